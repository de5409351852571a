package dev.layar.local.control;

import dev.layar.base.SplitMix64;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Names in Kubernetes' form. Pure. */
public final class PodNames {
  /** Kubernetes' alphabet for generated names: no vowels, nothing easily confused. */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int HASH = 9;

  private PodNames() {}

  /** The same for templates that say the same, in this process and any other. */
  public static String templateHash(JsonNode template, int collisions) {
    StringBuilder content = new StringBuilder();
    append(content, template);
    content.append(collisions);
    long hash = 0xcbf29ce484222325L;
    for (byte b : content.toString().getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return text(new SplitMix64(hash), HASH);
  }

  /** JSON with fields in the order of their names. */
  private static void append(StringBuilder out, JsonNode node) {
    if (node.isObject()) {
      TreeMap<String, JsonNode> sorted = new TreeMap<>();
      node.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
      out.append('{');
      sorted.forEach(
          (name, value) -> {
            out.append(name).append(':');
            append(out, value);
            out.append(',');
          });
      out.append('}');
    } else if (node.isArray()) {
      out.append('[');
      node.values().forEach(value -> append(out, value));
      out.append(']');
    } else {
      out.append(node);
    }
  }

  private static String text(SplitMix64 random, int length) {
    StringBuilder out = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      out.append(ALPHABET.charAt(random.below(ALPHABET.length())));
    }
    return out.toString();
  }
}

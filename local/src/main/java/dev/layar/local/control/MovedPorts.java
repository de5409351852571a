package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The ports of a pod on which this machine did not let it listen, and those it got instead; kept in
 * an annotation of the pod. Pure.
 */
public final class MovedPorts {
  /** For example {@code 80=20001,443=20002}. */
  public static final String ANNOTATION = "layar.dev/ports";

  private static final Pattern PAIR = Pattern.compile("(\\d{1,5})=(\\d{1,5})");

  private MovedPorts() {}

  /** Declared port → the one listened on, of those that differ. */
  public static Map<Integer, Integer> of(JsonNode pod) {
    Map<Integer, Integer> out = new LinkedHashMap<>();
    String text = Trees.annotations(pod).getOrDefault(ANNOTATION, "");
    Matcher pairs = PAIR.matcher(text);
    while (pairs.find()) {
      out.put(Integer.parseInt(pairs.group(1)), Integer.parseInt(pairs.group(2)));
    }
    return out;
  }

  /** The annotation's value; empty when every port is where it was declared. */
  public static String text(Map<Integer, Integer> ports) {
    return ports.entrySet().stream()
        .filter(port -> !port.getKey().equals(port.getValue()))
        .map(port -> port.getKey() + "=" + port.getValue())
        .collect(Collectors.joining(","));
  }
}

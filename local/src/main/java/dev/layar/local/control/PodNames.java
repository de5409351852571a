package dev.layar.local.control;

import dev.layar.base.SplitMix64;
import dev.layar.model.k8s.Deployment;
import java.nio.charset.StandardCharsets;

/** Names in Kubernetes' form: {@code DEPLOYMENT-TEMPLATEHASH-xxxxx}. */
public final class PodNames {
  /** Kubernetes' alphabet for generated names: no vowels, nothing easily confused. */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int SUFFIX = 5;
  private static final int HASH = 9;

  private PodNames() {}

  /** The same for equal templates, in this process and any other. */
  public static String templateHash(Deployment.PodTemplate template) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : content(template).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return text(new SplitMix64(hash), HASH);
  }

  /** What of a template makes its pods differ. */
  private static String content(Deployment.PodTemplate template) {
    var metadata = template.metadata();
    return metadata == null
        ? template.spec().toString()
        : metadata.labels() + "/" + metadata.annotations() + "/" + template.spec();
  }

  public static String pod(String deployment, String hash, SplitMix64 random) {
    return deployment + "-" + hash + "-" + text(random, SUFFIX);
  }

  private static String text(SplitMix64 random, int length) {
    StringBuilder out = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      out.append(ALPHABET.charAt(random.below(ALPHABET.length())));
    }
    return out.toString();
  }
}

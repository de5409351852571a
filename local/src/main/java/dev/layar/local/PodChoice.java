package dev.layar.local;

import java.util.Map;

/** How a person names a pod. */
final class PodChoice {
  private PodChoice() {}

  /** Without kubectl's {@code kind/}. */
  static String bare(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** Whether a pod is meant by its name, its Deployment's name or its {@code app} label. */
  static boolean matches(String wanted, String pod, Map<String, String> labels) {
    String hash = labels.getOrDefault("pod-template-hash", "");
    return pod.equals(wanted)
        || wanted.equals(labels.get("app"))
        || (!hash.isEmpty() && pod.startsWith(wanted + "-" + hash + "-"));
  }
}

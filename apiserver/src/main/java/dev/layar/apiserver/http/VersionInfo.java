package dev.layar.apiserver.http;

import tools.jackson.databind.node.ObjectNode;

/** The answer of {@code /version}. Stateless. */
final class VersionInfo {
  private VersionInfo() {}

  /** From a version such as {@code v1.32.4-layar}. */
  static ObjectNode of(String version) {
    String[] parts = version.substring(1).split("[.-]");
    ObjectNode node = Json.object();
    node.put("major", parts[0]).put("minor", parts[1]).put("gitVersion", version);
    node.put("gitCommit", "").put("gitTreeState", "clean").put("buildDate", "2026-01-01T00:00:00Z");
    node.put("goVersion", "go1.23").put("compiler", "javac");
    return node.put("platform", "linux/amd64");
  }
}

package dev.layar.local.node;

/** What a check decides. */
enum ProbeKind {
  STARTUP("startupProbe"),
  READINESS("readinessProbe"),
  LIVENESS("livenessProbe");

  private final String field;

  ProbeKind(String field) {
    this.field = field;
  }

  /** The container's field. */
  String field() {
    return field;
  }

  /** As events name it. */
  String word() {
    return switch (this) {
      case STARTUP -> "Startup";
      case READINESS -> "Readiness";
      case LIVENESS -> "Liveness";
    };
  }
}

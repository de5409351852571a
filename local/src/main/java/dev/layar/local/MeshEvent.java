package dev.layar.local;

/**
 * Something that happened to an object of the cluster, in the words of Kubernetes events.
 *
 * @param object what it is about, {@code kind/namespace/name}
 * @param reason one word, for example {@code Created}, {@code Ready}, {@code BackOff}, {@code
 *     ErrImageNotFound}
 * @param message one sentence
 */
public record MeshEvent(Kind kind, String object, String reason, String message) {
  /** Whether it needs attention. */
  public enum Kind {
    NORMAL,
    WARNING
  }

  public static MeshEvent normal(String object, String reason, String message) {
    return new MeshEvent(Kind.NORMAL, object, reason, message);
  }

  public static MeshEvent warning(String object, String reason, String message) {
    return new MeshEvent(Kind.WARNING, object, reason, message);
  }
}

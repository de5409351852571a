package dev.layar.controlplane.status;

import java.time.Instant;

/**
 * One condition of an object, as Kubernetes writes them ({@code metav1.Condition}). Immutable.
 *
 * @param since when it last changed between true, false and unknown
 */
public record StatusCondition(
    Type type, Value value, String reason, String message, Instant since) {

  /** What it is about. */
  public enum Type {
    /** The object is valid and everything in it is understood. */
    ACCEPTED("Accepted"),
    /** Every connected proxy has acknowledged this generation, as far as it concerns it. */
    PROGRAMMED("Programmed");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    /** As in {@code kubectl wait --for=condition=}. */
    public String word() {
      return word;
    }
  }

  /** Kubernetes' three values. */
  public enum Value {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String word;

    Value(String word) {
      this.word = word;
    }

    /** As Kubernetes writes it. */
    public String word() {
      return word;
    }
  }

  /** The same, unless the value is what it was before: then since before. */
  StatusCondition after(StatusCondition before) {
    return value == before.value
        ? new StatusCondition(type, value, reason, message, before.since)
        : this;
  }
}

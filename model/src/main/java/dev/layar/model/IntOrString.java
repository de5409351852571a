package dev.layar.model;

/** Kubernetes' union of a number and a name or percentage. */
public sealed interface IntOrString {
  /** A plain number. */
  record Number(int value) implements IntOrString {
    @Override
    public String toString() {
      return Integer.toString(value);
    }
  }

  /** A name, or a share such as {@code 25%}. */
  record Text(String value) implements IntOrString {
    @Override
    public String toString() {
      return value;
    }
  }
}

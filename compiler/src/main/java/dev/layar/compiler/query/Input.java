package dev.layar.compiler.query;

/**
 * A kind of input: values the engine is told, by key. An identity object, made once and kept in a
 * constant; the type parameters only type the accesses.
 *
 * @param <K> key; immutable, with {@code equals}
 * @param <V> value; immutable, with {@code equals}
 */
public final class Input<K, V> {
  private final String name;

  public Input(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }
}

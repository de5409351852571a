package dev.layar.compiler.query;

/**
 * A kind of derived value: a pure function of its key and of what it reads through its context. No
 * clock, I/O, randomness or mutable state. An identity object, made once and kept in a constant.
 *
 * @param <K> key; immutable, with {@code equals}
 * @param <V> value; immutable, with {@code equals}: equality is what stops a change from spreading
 */
public final class Query<K, V> {
  /** The function of a query. */
  @FunctionalInterface
  public interface Function<K, V> {
    V compute(QueryContext context, K key);
  }

  private final String name;
  private final Function<K, V> function;

  public Query(String name, Function<K, V> function) {
    this.name = name;
    this.function = function;
  }

  public String name() {
    return name;
  }

  V compute(QueryContext context, K key) {
    return function.compute(context, key);
  }

  @Override
  public String toString() {
    return name;
  }
}

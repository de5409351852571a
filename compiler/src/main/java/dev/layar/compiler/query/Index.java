package dev.layar.compiler.query;

import java.util.Collection;
import java.util.Comparator;
import java.util.function.BiFunction;

/**
 * A grouping of one {@link Input}'s keys by a pure function of the single value. The engine keeps
 * it on every write, so that adding or removing a value touches the readers of its own groups and
 * nobody else.
 *
 * @param <K> the input's key
 * @param <V> the input's value
 * @param <G> the group; immutable, with {@code equals}
 */
public final class Index<K, V, G> {
  private final String name;
  private final Input<K, V> input;
  private final Comparator<? super K> order;
  private final BiFunction<? super K, ? super V, ? extends Collection<? extends G>> groups;

  /**
   * @param order total order in which a group's keys are listed, consistent with equals
   * @param groups which groups a value belongs to; must depend on its arguments alone
   */
  public Index(
      String name,
      Input<K, V> input,
      Comparator<? super K> order,
      BiFunction<? super K, ? super V, ? extends Collection<? extends G>> groups) {
    this.name = name;
    this.input = input;
    this.order = order;
    this.groups = groups;
  }

  public String name() {
    return name;
  }

  Input<K, V> input() {
    return input;
  }

  /** The order in which a group's keys are listed. */
  public Comparator<? super K> order() {
    return order;
  }

  Collection<? extends G> groupsOf(K key, V value) {
    return groups.apply(key, value);
  }

  @Override
  public String toString() {
    return name;
  }
}

package dev.layar.compiler.authz;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One attribute: it has any of some values and none of others. Immutable.
 *
 * @param any alternatives; empty when there is no demand
 * @param none what it must not be
 * @param complete whether every value could be expressed
 */
record Condition<P>(List<P> any, List<P> none, boolean complete) {
  Condition {
    any = List.copyOf(any);
    none = List.copyOf(none);
  }

  static <P> Condition<P> of(
      List<String> values, List<String> notValues, Function<String, Optional<P>> reader) {
    List<P> any = new ArrayList<>();
    List<P> none = new ArrayList<>();
    values.forEach(value -> reader.apply(value).ifPresent(any::add));
    notValues.forEach(value -> reader.apply(value).ifPresent(none::add));
    boolean complete = any.size() == values.size() && none.size() == notValues.size();
    return new Condition<>(any, none, complete);
  }
}

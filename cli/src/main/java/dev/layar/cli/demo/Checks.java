package dev.layar.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What a scenario found so far. Confined to the thread that plays the scenario; each check is
 * passed on as soon as it is known.
 */
final class Checks {
  private final List<Check> all = new ArrayList<>();
  private final Consumer<Check> listener;

  Checks(Consumer<Check> listener) {
    this.listener = listener;
  }

  List<Check> all() {
    return List.copyOf(all);
  }

  void that(String what, String expected, String observed, boolean agrees) {
    Check check = new Check(what, expected, observed, agrees);
    all.add(check);
    listener.accept(check);
  }

  void equal(String what, Object expected, Object observed) {
    that(what, expected.toString(), observed.toString(), Objects.equals(expected, observed));
  }

  /** {@code hits} of {@code trials} must be credible for {@code probability}. */
  void share(String what, int trials, double probability, int hits) {
    BinomialBound bound = BinomialBound.of(trials, probability);
    that(
        what,
        String.format(
            Locale.ROOT,
            "%s, so %d to %d of %d",
            BinomialBound.percent(probability),
            bound.low(),
            bound.high(),
            trials),
        String.format(
            Locale.ROOT,
            "%d (%s)",
            hits,
            BinomialBound.percent(trials == 0 ? 0 : (double) hits / trials)),
        bound.accepts(hits));
  }
}

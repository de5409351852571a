package dev.layar.cli.demo;

import java.util.Locale;

/**
 * How many of {@code trials} independent draws may hit, if each hits with {@code probability},
 * before chance stops being a credible explanation: an exact two-sided acceptance interval of the
 * binomial distribution.
 *
 * @param low fewest hits accepted
 * @param high most hits accepted
 */
record BinomialBound(int trials, double probability, int low, int high) {

  /**
   * How often a correct mesh may fail a check by bad luck. One in a million: a person who runs the
   * demo every day would wait for centuries.
   */
  static final double FALSE_ALARM = 1e-6;

  /** The bound at {@link #FALSE_ALARM}. */
  static BinomialBound of(int trials, double probability) {
    return of(trials, probability, FALSE_ALARM);
  }

  /**
   * The smallest interval that leaves at most {@code falseAlarm / 2} of the distribution on each
   * side.
   *
   * @throws IllegalArgumentException when an argument is out of range
   */
  static BinomialBound of(int trials, double probability, double falseAlarm) {
    if (trials < 0
        || !(probability >= 0 && probability <= 1)
        || !(falseAlarm > 0 && falseAlarm < 1)) {
      throw new IllegalArgumentException(
          "no binomial bound for "
              + trials
              + " trials, p "
              + probability
              + ", alarm "
              + falseAlarm);
    }
    int low = tail(trials, probability, falseAlarm / 2);
    int high = trials - tail(trials, 1 - probability, falseAlarm / 2);
    return new BinomialBound(trials, probability, low, high);
  }

  /** Whether {@code hits} is credible. */
  boolean accepts(int hits) {
    return hits >= low && hits <= high;
  }

  /** For a reader: {@code 10 % of 1000: 54 to 153}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s of %d: %d to %d", percent(probability), trials, low, high);
  }

  /** {@code 10 %}, {@code 16.7 %}. */
  static String percent(double share) {
    double rounded = Math.round(share * 1000) / 10.0;
    return rounded == Math.rint(rounded)
        ? (long) rounded + " %"
        : String.format(Locale.ROOT, "%.1f %%", rounded);
  }

  /** The largest k with P(X < k) at most {@code mass}, by summing the probabilities from 0 up. */
  private static int tail(int n, double p, double mass) {
    if (p == 0) {
      return 0;
    }
    if (p == 1) {
      return n;
    }
    double logOdds = Math.log(p) - Math.log1p(-p);
    double logTerm = n * Math.log1p(-p); // in logs: 0.1 to the 2000th is below the smallest double
    double below = 0;
    for (int k = 0; k < n; k++) {
      below += Math.exp(logTerm);
      if (below > mass) {
        return k;
      }
      logTerm += Math.log(n - k) - Math.log(k + 1) + logOdds;
    }
    return n;
  }
}

package dev.layar.telemetry;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Samples as Envoy's admin endpoint {@code /stats} prints them: {@code name: value}, sorted. */
public final class StatsText {
  private static final double[] QUANTILES = {0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1};

  private StatsText() {}

  /**
   * @param usedOnly leaves out what was never written, as {@code ?usedonly} does
   * @param filter on Envoy's stat name, as {@code ?filter=} does
   */
  public static String of(List<Sample> samples, boolean usedOnly, Predicate<String> filter) {
    Map<String, String> scalars = new TreeMap<>();
    Map<String, String> histograms = new TreeMap<>();
    for (Sample sample : samples) {
      String name = sample.statName();
      if (name.isEmpty() || !filter.test(name)) {
        continue;
      }
      switch (sample.value()) {
        case Sample.CounterValue(long total) -> scalar(scalars, name, total, usedOnly);
        case Sample.GaugeValue(long level) -> scalar(scalars, name, level, usedOnly);
        case Sample.HistogramValue value -> {
          if (!usedOnly || value.total() > 0) {
            histograms.put(name, quantiles(value));
          }
        }
      }
    }
    StringBuilder out = new StringBuilder();
    scalars.forEach((name, value) -> line(out, name, value));
    histograms.forEach((name, value) -> line(out, name, value));
    return out.toString();
  }

  private static void scalar(
      Map<String, String> scalars, String name, long value, boolean usedOnly) {
    if (!usedOnly || value != 0) {
      scalars.put(name, Long.toString(value));
    }
  }

  private static void line(StringBuilder out, String name, String value) {
    out.append(name).append(": ").append(value).append('\n');
  }

  /**
   * {@code P50(interval,cumulative)}. DEVIATION: Layar keeps no interval histogram, so its place
   * shows {@code nan}, which is what Envoy prints for an empty interval.
   */
  private static String quantiles(Sample.HistogramValue value) {
    if (value.total() == 0) {
      return "No recorded values";
    }
    StringBuilder out = new StringBuilder();
    for (double quantile : QUANTILES) {
      out.append(out.isEmpty() ? "" : " ")
          .append('P')
          .append(trimmed(quantile * 100))
          .append("(nan,")
          .append(trimmed(value.quantileMillis(quantile)))
          .append(')');
    }
    return out.toString();
  }

  private static String trimmed(double number) {
    String text = String.format(Locale.ROOT, "%.3f", number);
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }
}

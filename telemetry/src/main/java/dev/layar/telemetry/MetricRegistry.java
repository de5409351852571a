package dev.layar.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Every source of metrics of one workload. Thread-safe. Sources come and go with the configuration;
 * what they counted goes with them.
 */
public final class MetricRegistry {
  private final Set<MetricSource> sources = ConcurrentHashMap.newKeySet();

  public void add(MetricSource source) {
    sources.add(source);
  }

  public void remove(MetricSource source) {
    sources.remove(source);
  }

  /**
   * Adds a gauge that is computed when asked for.
   *
   * @param statName Envoy's dotted name; the Prometheus name is derived from it
   */
  public void gauge(String statName, LongSupplier level) {
    String family = family(statName);
    add(
        out ->
            out.accept(
                new Sample(statName, family, List.of(), new Sample.GaugeValue(level.getAsLong()))));
  }

  /** Adds a counter that is kept elsewhere, such as one written by the configuration thread. */
  public void counter(String statName, LongSupplier total) {
    String family = family(statName);
    add(
        out ->
            out.accept(
                new Sample(
                    statName, family, List.of(), new Sample.CounterValue(total.getAsLong()))));
  }

  /** All values now, in no particular order. */
  public List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    sources.forEach(source -> source.collect(samples::add));
    return samples;
  }

  /** {@code envoy_} and the name with everything but letters, digits and {@code _} replaced. */
  private static String family(String statName) {
    return "envoy_" + statName.replaceAll("[^a-zA-Z0-9_]", "_");
  }
}

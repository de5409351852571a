package dev.layar.proxy.cluster.outlier;

import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * Envoy's outlier detection: failures in a row, success rate and failure percentage.
 *
 * <p>Implementation notes. (1) While an endpoint succeeds, a report is a read of two counters that
 * are 0. (2) An ejection happens at the report that brings a counter to exactly its threshold, and
 * only if the share of ejected endpoints allows it. (3) How long an endpoint stays out grows with
 * each ejection and shrinks with each interval it behaves; it comes back at an interval's end only.
 * (4) Success rates come from the endpoint's own counters, as their growth since the last interval.
 */
public final class ConsecutiveFailures implements OutlierDetector {
  /** What takes an endpoint out, by the end of Envoy's names for its counters. */
  private enum Detector {
    CONSECUTIVE_5XX,
    CONSECUTIVE_GATEWAY_FAILURE,
    CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
    SUCCESS_RATE,
    LOCAL_ORIGIN_SUCCESS_RATE,
    FAILURE_PERCENTAGE,
    FAILURE_PERCENTAGE_LOCAL_ORIGIN;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What an endpoint's counters say.
   *
   * @param responses answers of any kind
   * @param serverErrors answers with 5xx
   * @param local failures before an answer
   */
  private record Totals(long responses, long serverErrors, long local) {
    static final Totals NONE = new Totals(0, 0, 0);

    static Totals of(Endpoint endpoint) {
      Metrics metrics = endpoint.metrics();
      long resets = endpoint.failures().resets.get();
      long serverErrors = Math.max(0, metrics.sum(Endpoint.RQ_ERROR) - resets);
      return new Totals(
          metrics.sum(Endpoint.RQ_SUCCESS) + endpoint.failures().connects.get() + serverErrors,
          serverErrors,
          resets + metrics.sum(Endpoint.RQ_TIMEOUT));
    }

    Totals since(Totals before) {
      return new Totals(
          responses - before.responses, serverErrors - before.serverErrors, local - before.local);
    }
  }

  /** What an endpoint has behind it. */
  private static final class History {
    long ejectedAtNanos;
    boolean out;
    int multiplier;
    long jitterNanos;
    Totals last = Totals.NONE;
  }

  private final OutlierConfig config;
  private final Ticker ticker;
  private final SplitMix64 random;
  private final Runnable changed;
  private final Map<Endpoint, History> histories = new HashMap<>();
  private final AtomicLongArray enforced = new AtomicLongArray(Detector.values().length);
  private final AtomicLongArray detected = new AtomicLongArray(Detector.values().length);
  private final AtomicLong overflow = new AtomicLong();
  private volatile int active;
  private List<Endpoint> members = List.of();
  private long lastTickNanos;

  /**
   * @param changed run after an endpoint was taken out or came back, on the thread that saw it
   */
  public ConsecutiveFailures(
      OutlierConfig config, Ticker ticker, SplitMix64 random, Runnable changed) {
    this.config = config;
    this.ticker = ticker;
    this.random = random;
    this.changed = changed;
    this.lastTickNanos = ticker.nanos();
  }

  /** The endpoints that the cluster has now; what left is forgotten. */
  public synchronized void members(List<Endpoint> endpoints) {
    members = List.copyOf(endpoints);
    histories.keySet().retainAll(members);
    for (Endpoint endpoint : members) {
      histories.computeIfAbsent(endpoint, ConsecutiveFailures::fresh);
    }
    active = (int) histories.values().stream().filter(history -> history.out).count();
  }

  @Override
  public void response(Endpoint endpoint, int status) {
    reset(endpoint.failures().localOrigin);
    status(endpoint, status);
  }

  private void status(Endpoint endpoint, int status) {
    Endpoint.Failures failures = endpoint.failures();
    if (status < 500) {
      reset(failures.serverErrors);
      reset(failures.gatewayErrors);
      return;
    }
    if (status <= 504 && status >= 502) {
      gatewayError(endpoint);
    } else {
      reset(failures.gatewayErrors);
    }
    serverError(endpoint);
  }

  @Override
  public void connected(Endpoint endpoint) {
    endpoint.failures().connects.incrementAndGet();
    response(endpoint, 200);
  }

  @Override
  public void localFailure(Endpoint endpoint, LocalFailure failure) {
    if (failure != LocalFailure.TIMEOUT) {
      endpoint.failures().resets.incrementAndGet();
    }
    if (config.splitExternalLocalOriginErrors()) {
      count(
          endpoint,
          Detector.CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
          endpoint.failures().localOrigin,
          config.consecutiveLocalOriginFailure(),
          config.enforcingConsecutiveLocalOriginFailure());
      return;
    }
    switch (failure) {
      case CONNECT_FAILED, RESET -> status(endpoint, 503);
      case TIMEOUT -> status(endpoint, 504);
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (interval(nowNanos)) {
      changed.run();
    }
  }

  /**
   * An active health check found the endpoint well: it comes back at once ({@code
   * successful_active_health_check_uneject_host}). The caller rebuilds what balances.
   */
  public synchronized void recovered(Endpoint endpoint) {
    History history = histories.get(endpoint);
    if (history != null && history.out) {
      history.out = false;
      active--;
      endpoint.failures().clear();
      endpoint.ejected(false);
    }
  }

  /** Gauges and counters by Envoy's names. */
  public void collect(String cluster, Consumer<Sample> out) {
    out.accept(sample(cluster, "ejections_active", new Sample.GaugeValue(active)));
    long total = 0;
    for (Detector detector : Detector.values()) {
      total += enforced.get(detector.ordinal());
      counter(cluster, "ejections_enforced_" + detector.word(), enforced, detector, out);
      counter(cluster, "ejections_detected_" + detector.word(), detected, detector, out);
    }
    out.accept(sample(cluster, "ejections_enforced_total", new Sample.CounterValue(total)));
    out.accept(sample(cluster, "ejections_overflow", new Sample.CounterValue(overflow.get())));
  }

  private static void counter(
      String cluster,
      String name,
      AtomicLongArray counts,
      Detector detector,
      Consumer<Sample> out) {
    long count = counts.get(detector.ordinal());
    out.accept(sample(cluster, name, new Sample.CounterValue(count)));
  }

  private void serverError(Endpoint endpoint) {
    count(
        endpoint,
        Detector.CONSECUTIVE_5XX,
        endpoint.failures().serverErrors,
        config.consecutive5xx(),
        config.enforcingConsecutive5xx());
  }

  private void gatewayError(Endpoint endpoint) {
    count(
        endpoint,
        Detector.CONSECUTIVE_GATEWAY_FAILURE,
        endpoint.failures().gatewayErrors,
        config.consecutiveGatewayFailure(),
        config.enforcingConsecutiveGatewayFailure());
  }

  private void count(
      Endpoint endpoint, Detector detector, AtomicInteger counter, int threshold, int enforcing) {
    if (counter.incrementAndGet() == threshold) {
      counter.set(0);
      if (eject(endpoint, detector, enforcing)) {
        changed.run();
      }
    }
  }

  private synchronized boolean eject(Endpoint endpoint, Detector detector, int enforcing) {
    History history = histories.get(endpoint);
    if (history == null || history.out) {
      return false;
    }
    detected.incrementAndGet(detector.ordinal());
    if (random.below(100) >= enforcing) {
      return false;
    }
    boolean room = 100.0 * (active + 1) / members.size() <= config.maxEjectionPercent();
    if (!room && !(config.alwaysEjectOneHost() && active == 0)) {
      overflow.incrementAndGet();
      return false;
    }
    history.out = true;
    history.ejectedAtNanos = ticker.nanos();
    history.multiplier++;
    history.jitterNanos =
        config.maxEjectionJitterNanos() == 0
            ? 0
            : Math.floorMod(random.next(), config.maxEjectionJitterNanos());
    active++;
    enforced.incrementAndGet(detector.ordinal());
    endpoint.ejected(true);
    return true;
  }

  private synchronized boolean interval(long nowNanos) {
    if (nowNanos - lastTickNanos < config.intervalNanos()) {
      return false;
    }
    lastTickNanos = nowNanos;
    boolean any = false;
    for (Endpoint endpoint : members) {
      any |= endOfInterval(endpoint, nowNanos);
    }
    return any | rates();
  }

  private boolean endOfInterval(Endpoint endpoint, long nowNanos) {
    History history = histories.computeIfAbsent(endpoint, ConsecutiveFailures::fresh);
    if (!history.out) {
      history.multiplier = Math.max(0, history.multiplier - 1);
      return false;
    }
    long maximum = Math.max(config.maxEjectionNanos(), config.baseEjectionNanos());
    if (nowNanos - history.ejectedAtNanos
        < Math.min(config.baseEjectionNanos() * history.multiplier, maximum)
            + history.jitterNanos) {
      return false;
    }
    history.out = false;
    active--;
    endpoint.failures().clear();
    endpoint.ejected(false);
    return true;
  }

  private static History fresh(Endpoint endpoint) {
    History history = new History();
    history.last = Totals.of(endpoint);
    return history;
  }

  // ---- success rate and failure percentage

  private record Rate(Endpoint endpoint, long requests, double success) {
    static Rate of(Endpoint endpoint, long requests, long errors) {
      return new Rate(endpoint, requests, 100.0 * (requests - errors) / Math.max(1, requests));
    }
  }

  /** Judges by the growth of counters: answers and local failures apart where they are split. */
  private boolean rates() {
    boolean split = config.splitExternalLocalOriginErrors();
    List<Rate> external = new ArrayList<>();
    List<Rate> local = new ArrayList<>();
    for (Endpoint endpoint : members) {
      History history = histories.computeIfAbsent(endpoint, ConsecutiveFailures::fresh);
      Totals now = Totals.of(endpoint);
      Totals grown = now.since(history.last);
      history.last = now;
      long other = split ? 0 : grown.local();
      if (!history.out) {
        external.add(Rate.of(endpoint, grown.responses() + other, grown.serverErrors() + other));
        local.add(Rate.of(endpoint, grown.responses() + grown.local(), grown.local()));
      }
    }
    boolean any =
        bySuccessRate(external, Detector.SUCCESS_RATE, config.enforcingSuccessRate())
            | byFailurePercentage(
                external, Detector.FAILURE_PERCENTAGE, config.enforcingFailurePercentage());
    return split
        ? any
            | bySuccessRate(
                local, Detector.LOCAL_ORIGIN_SUCCESS_RATE, config.enforcingLocalOriginSuccessRate())
            | byFailurePercentage(
                local,
                Detector.FAILURE_PERCENTAGE_LOCAL_ORIGIN,
                config.enforcingFailurePercentageLocalOrigin())
        : any;
  }

  private boolean bySuccessRate(List<Rate> all, Detector detector, int enforcing) {
    List<Rate> rates = enough(all, config.successRateRequestVolume());
    if (rates.isEmpty() || rates.size() < config.successRateMinimumHosts()) {
      return false;
    }
    double mean = rates.stream().mapToDouble(Rate::success).sum() / rates.size();
    double variance =
        rates.stream().mapToDouble(r -> (r.success() - mean) * (r.success() - mean)).sum()
            / rates.size();
    double threshold = mean - Math.sqrt(variance) * config.successRateStdevFactor() / 1000;
    boolean any = false;
    for (Rate rate : rates) {
      if (rate.success() < threshold) {
        any |= eject(rate.endpoint(), detector, enforcing);
      }
    }
    return any;
  }

  private boolean byFailurePercentage(List<Rate> all, Detector detector, int enforcing) {
    List<Rate> rates = enough(all, config.failurePercentageRequestVolume());
    if (rates.size() < config.failurePercentageMinimumHosts()) {
      return false;
    }
    boolean any = false;
    for (Rate rate : rates) {
      if (100 - rate.success() >= config.failurePercentageThreshold()) {
        any |= eject(rate.endpoint(), detector, enforcing);
      }
    }
    return any;
  }

  private static List<Rate> enough(List<Rate> rates, int volume) {
    return rates.stream().filter(rate -> rate.requests() >= Math.max(1, volume)).toList();
  }

  private static void reset(AtomicInteger counter) {
    if (counter.get() != 0) {
      counter.set(0);
    }
  }

  private static Sample sample(String cluster, String name, Sample.Value value) {
    return new Sample(
        "cluster." + cluster + ".outlier_detection." + name,
        "envoy_cluster_outlier_detection_" + name,
        List.of(new Label("envoy_cluster_name", cluster)),
        value);
  }
}

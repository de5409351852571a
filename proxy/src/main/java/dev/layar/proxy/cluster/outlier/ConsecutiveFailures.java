package dev.layar.proxy.cluster.outlier;

import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
  /** What an endpoint has behind it. */
  private static final class History {
    long ejectedAtNanos;
    boolean out;
    int multiplier;
    long lastSuccess;
    long lastError;
  }

  private final OutlierConfig config;
  private final Ticker ticker;
  private final SplitMix64 random;
  private final Runnable changed;
  private final Map<Endpoint, History> histories = new HashMap<>();
  private final AtomicLong enforced = new AtomicLong();
  private final AtomicLong detected = new AtomicLong();
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
    Endpoint.Failures failures = endpoint.failures();
    if (status < 500) {
      reset(failures.serverErrors);
      reset(failures.gatewayErrors);
      reset(failures.localOrigin);
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
  public void localFailure(Endpoint endpoint, LocalFailure failure) {
    if (config.splitExternalLocalOriginErrors()) {
      count(
          endpoint,
          endpoint.failures().localOrigin,
          config.consecutiveLocalOriginFailure(),
          config.enforcingConsecutiveLocalOriginFailure());
      return;
    }
    switch (failure) {
      case CONNECT_FAILED, RESET -> response(endpoint, 503);
      case TIMEOUT -> response(endpoint, 504);
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (interval(nowNanos)) {
      changed.run();
    }
  }

  /** Gauges and counters by Envoy's names. */
  public void collect(String cluster, Consumer<Sample> out) {
    out.accept(sample(cluster, "ejections_active", new Sample.GaugeValue(active)));
    out.accept(
        sample(cluster, "ejections_enforced_total", new Sample.CounterValue(enforced.get())));
    out.accept(
        sample(
            cluster,
            "ejections_detected_consecutive_5xx",
            new Sample.CounterValue(detected.get())));
    out.accept(sample(cluster, "ejections_overflow", new Sample.CounterValue(overflow.get())));
  }

  private void serverError(Endpoint endpoint) {
    count(
        endpoint,
        endpoint.failures().serverErrors,
        config.consecutive5xx(),
        config.enforcingConsecutive5xx());
  }

  private void gatewayError(Endpoint endpoint) {
    count(
        endpoint,
        endpoint.failures().gatewayErrors,
        config.consecutiveGatewayFailure(),
        config.enforcingConsecutiveGatewayFailure());
  }

  private void count(Endpoint endpoint, AtomicInteger counter, int threshold, int enforcing) {
    if (counter.incrementAndGet() == threshold) {
      counter.set(0);
      detected.incrementAndGet();
      if (eject(endpoint, enforcing)) {
        changed.run();
      }
    }
  }

  private synchronized boolean eject(Endpoint endpoint, int enforcing) {
    History history = histories.get(endpoint);
    if (history == null || history.out || random.below(100) >= enforcing) {
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
    active++;
    enforced.incrementAndGet();
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
        < Math.min(config.baseEjectionNanos() * history.multiplier, maximum)) {
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
    history.lastSuccess = endpoint.metrics().sum(Endpoint.RQ_SUCCESS);
    history.lastError = endpoint.metrics().sum(Endpoint.RQ_ERROR);
    return history;
  }

  // ---- success rate and failure percentage

  private record Rate(Endpoint endpoint, long requests, double success) {}

  private boolean rates() {
    List<Rate> rates = new ArrayList<>();
    for (Endpoint endpoint : members) {
      History history = histories.computeIfAbsent(endpoint, ConsecutiveFailures::fresh);
      long success = endpoint.metrics().sum(Endpoint.RQ_SUCCESS);
      long error = endpoint.metrics().sum(Endpoint.RQ_ERROR);
      long good = success - history.lastSuccess;
      long requests = good + error - history.lastError;
      history.lastSuccess = success;
      history.lastError = error;
      if (requests > 0 && !history.out) {
        rates.add(new Rate(endpoint, requests, 100.0 * good / requests));
      }
    }
    return bySuccessRate(rates) | byFailurePercentage(rates);
  }

  private boolean bySuccessRate(List<Rate> all) {
    List<Rate> rates =
        all.stream().filter(r -> r.requests() >= config.successRateRequestVolume()).toList();
    if (config.enforcingSuccessRate() == 0 || rates.size() < config.successRateMinimumHosts()) {
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
        any |= eject(rate.endpoint(), config.enforcingSuccessRate());
      }
    }
    return any;
  }

  private boolean byFailurePercentage(List<Rate> all) {
    List<Rate> rates =
        all.stream().filter(r -> r.requests() >= config.failurePercentageRequestVolume()).toList();
    if (config.enforcingFailurePercentage() == 0
        || rates.size() < config.failurePercentageMinimumHosts()) {
      return false;
    }
    boolean any = false;
    for (Rate rate : rates) {
      if (100 - rate.success() >= config.failurePercentageThreshold()) {
        any |= eject(rate.endpoint(), config.enforcingFailurePercentage());
      }
    }
    return any;
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

package dev.layar.proxy.cluster.health;

/**
 * What the answers to health checks make of one endpoint. Confined to whoever checks; no clock of
 * its own.
 *
 * <p>Implementation notes, after Envoy's documentation on health checking. (1) The first good
 * answer makes an endpoint well, later it takes {@code healthy_threshold}. (2) A network failure
 * counts towards {@code unhealthy_threshold}; an answer that says ill counts at once. (3) The
 * interval depends on health, on whether it just changed, and on whether the cluster is used at
 * all.
 */
public final class HealthJudge {
  /** What became of one check. */
  public enum Answer {
    WELL,
    /** An answer that says that the endpoint is not well. */
    ILL,
    /** No answer, or one that may be tried again. */
    NONE
  }

  private enum Change {
    NONE,
    PENDING,
    DONE
  }

  private final HealthCheckConfig config;
  private boolean healthy;
  private boolean first = true;
  private int good;
  private int bad;
  private Change change = Change.NONE;

  public HealthJudge(HealthCheckConfig config, boolean healthy) {
    this.config = config;
    this.healthy = healthy;
  }

  public boolean healthy() {
    return healthy;
  }

  /** Whether no check has ended so far. */
  public boolean waitsForFirst() {
    return first;
  }

  /**
   * Takes an answer in.
   *
   * @return whether the endpoint's health changed
   */
  public boolean take(Answer answer) {
    change =
        switch (answer) {
          case WELL -> success();
          case ILL -> failure(true);
          case NONE -> failure(false);
        };
    first = false;
    return change == Change.DONE;
  }

  private Change success() {
    bad = 0;
    if (healthy) {
      return Change.NONE;
    }
    good++;
    if (!first && good < config.healthyThreshold()) {
      return Change.PENDING;
    }
    healthy = true;
    return Change.DONE;
  }

  private Change failure(boolean atOnce) {
    good = 0;
    if (!healthy) {
      return Change.NONE;
    }
    bad++;
    if (!atOnce && bad < config.unhealthyThreshold()) {
      return Change.PENDING;
    }
    healthy = false;
    return Change.DONE;
  }

  /**
   * How long to wait until the next check.
   *
   * @param used whether the cluster has ever opened a connection for traffic
   * @param random by which jitter is drawn
   */
  public long nextNanos(boolean used, long random) {
    HealthCheckConfig.Intervals intervals = config.intervals();
    long base = base(intervals, used);
    long percent = base / 100 * intervals.jitterPercent();
    return base
        + (percent > 0 ? Long.remainderUnsigned(random, percent) : 0)
        + (intervals.jitterNanos() > 0
            ? Long.remainderUnsigned(Long.rotateLeft(random, 32), intervals.jitterNanos())
            : 0);
  }

  private long base(HealthCheckConfig.Intervals intervals, boolean used) {
    if (!used) {
      return healthy && change != Change.PENDING
          ? intervals.noTrafficHealthyNanos()
          : intervals.noTrafficNanos();
    }
    if (healthy) {
      return change == Change.DONE ? intervals.healthyEdgeNanos() : intervals.nanos();
    }
    return change == Change.DONE ? intervals.unhealthyEdgeNanos() : intervals.unhealthyNanos();
  }
}

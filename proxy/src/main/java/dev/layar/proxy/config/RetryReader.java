package dev.layar.proxy.config;

import dev.layar.proxy.route.RetryPolicy;
import org.jspecify.annotations.Nullable;

/** {@code RetryPolicy} → {@link RetryPolicy}. */
final class RetryReader {
  private static final long MILLI = 1_000_000L;
  private static final long DEFAULT_BASE_MILLIS = 25;
  private static final String PREVIOUS_HOSTS =
      "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";

  private RetryReader() {}

  /** The policy; null when it retries nothing. */
  static @Nullable RetryPolicy read(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy proto, String path, Problems problems) {
    long on = RetryPolicy.parse(proto.getRetryOn());
    if (on == 0) {
      return null;
    }
    long base =
        Durations.nanos(
                proto.getRetryBackOff().hasBaseInterval(),
                proto.getRetryBackOff().getBaseInterval(),
                DEFAULT_BASE_MILLIS * MILLI,
                path + ".retry_back_off.base_interval",
                problems)
            / MILLI;
    long max =
        Durations.nanos(
                proto.getRetryBackOff().hasMaxInterval(),
                proto.getRetryBackOff().getMaxInterval(),
                base * 10 * MILLI,
                path + ".retry_back_off.max_interval",
                problems)
            / MILLI;
    if (max < base) {
      problems.invalid(
          path + ".retry_back_off.max_interval",
          "shorter than base_interval",
          max + "ms",
          "at least " + base + "ms");
    }
    return new RetryPolicy(
        on,
        proto.hasNumRetries() ? proto.getNumRetries().getValue() : 1,
        Durations.nanos(
            proto.hasPerTryTimeout(),
            proto.getPerTryTimeout(),
            0,
            path + ".per_try_timeout",
            problems),
        Durations.nanos(
            proto.hasPerTryIdleTimeout(),
            proto.getPerTryIdleTimeout(),
            0,
            path + ".per_try_idle_timeout",
            problems),
        proto.getRetriableStatusCodesList().stream().mapToInt(Integer::intValue).sorted().toArray(),
        Matchers.headers(proto.getRetriableHeadersList(), path + ".retriable_headers", problems),
        Matchers.headers(
            proto.getRetriableRequestHeadersList(), path + ".retriable_request_headers", problems),
        Math.max(1, base),
        Math.max(1, max),
        avoidsTried(proto, path, problems),
        proto.getHostSelectionRetryMaxAttempts() > 0
            ? (int) Math.min(100, proto.getHostSelectionRetryMaxAttempts())
            : 1);
  }

  private static boolean avoidsTried(
      io.envoyproxy.envoy.config.route.v3.RetryPolicy proto, String path, Problems problems) {
    boolean avoids = false;
    for (int i = 0; i < proto.getRetryHostPredicateCount(); i++) {
      String type = proto.getRetryHostPredicate(i).getTypedConfig().getTypeUrl();
      if (type.endsWith(PREVIOUS_HOSTS)
          || proto
              .getRetryHostPredicate(i)
              .getName()
              .equals("envoy.retry_host_predicates.previous_hosts")) {
        avoids = true;
      } else {
        problems.error(
            Problems.UNKNOWN_EXTENSION,
            path + ".retry_host_predicate[" + i + "]",
            "this predicate is not known",
            type,
            PREVIOUS_HOSTS);
      }
    }
    return avoids;
  }
}

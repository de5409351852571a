package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings.RetryDefaults;
import dev.layar.model.istio.VirtualService.HttpRetry;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Retry policies (Istio {@code route/retry/retry.go}). */
final class Retries {
  private static final String STATUS_CODES = "retriable-status-codes";

  private Retries() {}

  /**
   * The policy of a route, or null for none.
   *
   * @param written the rule's own, null when it has none
   * @param hashed whether the destination is chosen by hash, which avoiding tried hosts would break
   */
  static @Nullable RetryPolicy of(
      @Nullable HttpRetry written, RetryDefaults defaults, boolean hashed) {
    if (written == null) {
      if (defaults.written() != null) {
        return of(defaults.written(), RetryDefaults.ISTIO, hashed);
      }
      return defaults.attempts() == 0 ? null : byDefault(defaults, hashed);
    }
    if (written.attempts() <= 0) {
      return null;
    }
    RetryPolicy.Builder out = RetryPolicy.newBuilder().setNumRetries(Xds.uint(written.attempts()));
    conditions(out, written.retryOn(), defaults);
    if (written.perTryTimeout() != null) {
      out.setPerTryTimeout(Xds.duration(written.perTryTimeout()));
    }
    if (written.backoff() != null) {
      out.setRetryBackOff(
          RetryPolicy.RetryBackOff.newBuilder().setBaseInterval(Xds.duration(written.backoff())));
    }
    if (written.retryRemoteLocalities() != null && written.retryRemoteLocalities()) {
      otherPriorities(out);
    }
    boolean avoid =
        written.retryIgnorePreviousHosts() == null ? !hashed : written.retryIgnorePreviousHosts();
    if (avoid) {
      avoidTriedHosts(out);
    }
    return out.build();
  }

  /** The policy for requests alone whose method may be repeated. */
  static RetryPolicy onlyIdempotent(RetryPolicy policy) {
    return policy.toBuilder()
        .addRetriableRequestHeaders(
            HeaderMatcher.newBuilder()
                .setName(":method")
                .setStringMatch(
                    StringMatcher.newBuilder().setSafeRegex(RouteMatches.regex(OptIns.IDEMPOTENT))))
        .build();
  }

  private static RetryPolicy byDefault(RetryDefaults defaults, boolean hashed) {
    RetryPolicy.Builder out =
        RetryPolicy.newBuilder()
            .setNumRetries(Xds.uint(defaults.attempts()))
            .setRetryOn(String.join(",", defaults.retryOn()));
    if (!hashed) {
      avoidTriedHosts(out);
    }
    return out.build();
  }

  /** Numbers are status codes; with any, the condition that looks at them is added. */
  private static void conditions(RetryPolicy.Builder out, String retryOn, RetryDefaults defaults) {
    if (retryOn.isBlank()) {
      out.setRetryOn(String.join(",", defaults.retryOn()));
      return;
    }
    List<String> conditions = new ArrayList<>();
    for (String part : retryOn.split(",")) {
      String condition = part.strip();
      if (condition.matches("[1-9]\\d\\d")) {
        out.addRetriableStatusCodes(Integer.parseInt(condition));
      } else if (!condition.isEmpty()) {
        conditions.add(condition);
      }
    }
    if (out.getRetriableStatusCodesCount() > 0 && !conditions.contains(STATUS_CODES)) {
      conditions.add(STATUS_CODES);
    }
    out.setRetryOn(String.join(",", conditions));
  }

  private static void avoidTriedHosts(RetryPolicy.Builder out) {
    out.addRetryHostPredicate(
            RetryPolicy.RetryHostPredicate.newBuilder()
                .setName("envoy.retry_host_predicates.previous_hosts")
                .setTypedConfig(Xds.any(PreviousHostsPredicate.getDefaultInstance())))
        .setHostSelectionRetryMaxAttempts(5);
  }

  private static void otherPriorities(RetryPolicy.Builder out) {
    TypedExtensionConfig config =
        TypedExtensionConfig.newBuilder()
            .setName("envoy.retry_priorities.previous_priorities")
            .setTypedConfig(
                Xds.any(PreviousPrioritiesConfig.newBuilder().setUpdateFrequency(2).build()))
            .build();
    out.setRetryPriority(
        RetryPolicy.RetryPriority.newBuilder()
            .setName(config.getName())
            .setTypedConfig(config.getTypedConfig()));
  }
}

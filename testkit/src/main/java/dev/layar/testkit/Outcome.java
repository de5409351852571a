package dev.layar.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a proxy with given xDS resources would do with a {@link Call}. */
public sealed interface Outcome {
  /** How far the call got. */
  Trail trail();

  /**
   * The names met on the way; empty where the call did not get so far.
   *
   * @param rule {@code kind namespace/name[rule.match]} of the route's provenance metadata
   */
  record Trail(
      String listener, String routeConfig, String virtualHost, String route, String rule) {}

  /**
   * A cluster's part of the calls.
   *
   * @param percent share in percent
   * @param endpoints {@code ip:port} of the endpoints that may be picked, in order
   * @param refusal what the proxy answers itself, for example {@code 503 UH}; empty when it
   *     forwards
   */
  record Share(String cluster, double percent, List<String> endpoints, String refusal) {}

  /** A copy of the call goes to {@code cluster} with {@code authority} as its Host. */
  record Mirror(String cluster, double percent, String authority) {}

  /**
   * Injected before the call is forwarded.
   *
   * @param abortStatus HTTP status, 0 for no abort
   */
  record Fault(Duration delay, double delayPercent, int abortStatus, double abortPercent) {}

  /**
   * The call is forwarded.
   *
   * @param path as sent upstream
   * @param authority Host as sent upstream
   * @param timeout of the whole call, zero for none
   */
  record Forwarded(
      Trail trail,
      List<Share> shares,
      List<Mirror> mirrors,
      @Nullable Fault fault,
      String path,
      String authority,
      Duration timeout,
      int retries)
      implements Outcome {

    /** Percent by cluster name. */
    public Map<String, Double> percentByCluster() {
      Map<String, Double> percents = new TreeMap<>();
      shares.forEach(share -> percents.merge(share.cluster(), share.percent(), Double::sum));
      return percents;
    }
  }

  /** The proxy answers with a redirect. */
  record Redirected(Trail trail, int status, String location) implements Outcome {}

  /** The proxy answers with a configured response. */
  record Answered(Trail trail, int status, String body) implements Outcome {}

  /** The connection is handed on without reading HTTP. */
  record Tunnelled(Trail trail, List<Share> shares) implements Outcome {}

  /**
   * The proxy refuses.
   *
   * @param status HTTP status, 0 when the connection is closed
   * @param flag Envoy's response flag
   */
  record Refused(Trail trail, int status, String flag, String why) implements Outcome {}

  /** {@code 404 NR}: the short form that tests compare. */
  default String summary() {
    return switch (this) {
      case Forwarded f -> shares(f.shares());
      case Redirected r -> r.status() + " " + r.location();
      case Answered a -> a.status() + (a.body().isEmpty() ? "" : " " + a.body());
      case Tunnelled t -> "tcp " + shares(t.shares());
      case Refused r -> r.status() + " " + r.flag();
    };
  }

  private static String shares(List<Share> shares) {
    StringBuilder out = new StringBuilder();
    for (Share share : shares) {
      if (!out.isEmpty()) {
        out.append(", ");
      }
      if (shares.size() > 1) {
        out.append(number(share.percent())).append("% ");
      }
      out.append(share.cluster());
      if (!share.refusal().isEmpty()) {
        out.append(" (").append(share.refusal()).append(')');
      }
    }
    return out.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}

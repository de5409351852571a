package dev.layar.archtest;

import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Fields that have no effect of their own and get no warning of their own, with the reason.
 *
 * @param fields as {@code Message.field}
 */
record QuietField(Kind kind, Set<String> fields, String reason) {
  private static final String WARMUP = "counts with ROUND_ROBIN and LEAST_REQUEST, as in Istio";
  private static final String NAME = "a name for people; nothing refers to it";

  static final List<QuietField> ALL =
      List.of(
          new QuietField(
              Kinds.DESTINATION_RULE,
              Set.of("HttpPool.maxConcurrentStreams", "HttpPool.http2KeepAlive"),
              "about HTTP/2, which the proxy does not speak to destinations"),
          new QuietField(Kinds.GATEWAY, Set.of("Server.name", "Port.name"), NAME));

  /** Fields that work, and where to mind something. */
  static final Map<String, String> NOTES =
      Map.of(
          "LoadBalancer.warmup",
          WARMUP,
          "LoadBalancer.warmupDurationSecs",
          WARMUP,
          "HttpPool.useClientProtocol",
          "clients are spoken HTTP/1.1 to, and so are destinations",
          "TrafficPolicy.tunnel",
          "the proxy tunnels nothing, and connects directly");
}

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
  private static final String EXTENSION = "the rule is answered 500, and the route gets `LYR0416`";
  private static final String PARENT = "the kind alone tells parents apart";
  private static final String FILTER = "the field of the same name says it";
  private static final String NAME = "a name for people; nothing refers to it";

  static final List<QuietField> ALL =
      List.of(
          new QuietField(
              Kinds.DESTINATION_RULE,
              Set.of("HttpPool.maxConcurrentStreams", "HttpPool.http2KeepAlive"),
              "about HTTP/2, which the proxy does not speak to destinations"),
          new QuietField(Kinds.GATEWAY, Set.of("Server.name", "Port.name"), NAME),
          new QuietField(Kinds.HTTP_ROUTE, Set.of("Filter.type"), FILTER),
          new QuietField(Kinds.GRPC_ROUTE, Set.of("Filter.type"), FILTER),
          new QuietField(Kinds.HTTP_ROUTE, Set.of("Filter.extensionRef"), EXTENSION),
          new QuietField(Kinds.GRPC_ROUTE, Set.of("Filter.extensionRef"), EXTENSION),
          new QuietField(Kinds.HTTP_ROUTE, Set.of("Rule.name"), NAME),
          new QuietField(Kinds.GRPC_ROUTE, Set.of("Rule.name"), NAME),
          new QuietField(Kinds.TLS_ROUTE, Set.of("Rule.name"), NAME),
          new QuietField(Kinds.TCP_ROUTE, Set.of("Rule.name"), NAME),
          new QuietField(Kinds.HTTP_ROUTE, Set.of("ParentReference.group"), PARENT),
          new QuietField(Kinds.GRPC_ROUTE, Set.of("ParentReference.group"), PARENT),
          new QuietField(Kinds.TLS_ROUTE, Set.of("ParentReference.group"), PARENT),
          new QuietField(Kinds.TCP_ROUTE, Set.of("ParentReference.group"), PARENT));

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

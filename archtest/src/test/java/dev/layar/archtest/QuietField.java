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
  private static final String WITH_TLS = "only counts with TLS to the destination, see ";
  private static final String WARMUP = "counts with ROUND_ROBIN and LEAST_REQUEST, as in Istio";
  private static final String NOT_CARRIED =
      "connections to TCP and TLS ports are not carried by the proxy, which speaks HTTP";
  private static final String NAME = "a name for people; nothing refers to it";

  static final List<QuietField> ALL =
      List.of(
          new QuietField(
              Kinds.DESTINATION_RULE,
              Set.of(
                  "ClientTls.clientCertificate",
                  "ClientTls.privateKey",
                  "ClientTls.caCertificates",
                  "ClientTls.subjectAltNames",
                  "ClientTls.sni",
                  "ClientTls.insecureSkipVerify",
                  "ClientTls.caCrl"),
              WITH_TLS + "`mode`"),
          new QuietField(
              Kinds.DESTINATION_RULE,
              Set.of("HttpPool.maxConcurrentStreams", "HttpPool.http2KeepAlive"),
              "about HTTP/2, which the proxy does not speak to destinations"),
          new QuietField(Kinds.GATEWAY, Set.of("Server.name", "Port.name"), NAME),
          new QuietField(
              Kinds.SERVICE_ENTRY,
              Set.of("ServiceEntry.subjectAltNames"),
              WITH_TLS + "`ClientTls.mode` of DestinationRule"),
          new QuietField(
              Kinds.SERVICE_ENTRY,
              Set.of("WorkloadEntry.serviceAccount"),
              "workloads have no identities yet"));

  /** Fields that work, and where to mind something. */
  static final Map<String, String> NOTES =
      Map.of(
          "LoadBalancer.warmup",
          WARMUP,
          "LoadBalancer.warmupDurationSecs",
          WARMUP,
          "HttpPool.useClientProtocol",
          "clients are spoken HTTP/1.1 to, and so are destinations",
          "ServicePort.protocol",
          NOT_CARRIED,
          "Server.tls",
          "the proxy refuses listeners with TLS",
          "VirtualService.tcp",
          NOT_CARRIED,
          "VirtualService.tls",
          NOT_CARRIED,
          "TrafficPolicy.tunnel",
          NOT_CARRIED);
}

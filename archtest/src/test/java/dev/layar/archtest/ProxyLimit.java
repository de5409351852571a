package dev.layar.archtest;

import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import java.util.List;
import java.util.Set;

/**
 * A field that the compiler translates and Layar's own proxy does not act upon, with an object that
 * shows it. Another xDS client, such as Envoy, gets the configuration in full.
 *
 * @param fields as {@code Message.field}
 * @param condition the values in question; empty for all
 * @param effect what happens instead
 * @param refused whether the proxy refuses the resource, rather than warns
 * @param spec an object's spec that sets the fields so
 * @param xdsPath the end of the path that the proxy's finding has
 */
record ProxyLimit(
    Kind kind,
    Set<String> fields,
    String condition,
    String effect,
    boolean refused,
    String spec,
    String xdsPath) {

  static final List<ProxyLimit> ALL =
      List.of(
          new ProxyLimit(
              Kinds.VIRTUAL_SERVICE,
              Set.of("HttpRetry.retryRemoteLocalities"),
              "",
              "the proxy chooses hosts without regard to locality, and warns",
              false,
              route("retries: {attempts: 2, retryRemoteLocalities: true}"),
              "retry_policy.retry_priority"),
          new ProxyLimit(
              Kinds.VIRTUAL_SERVICE,
              Set.of("HttpMatch.statPrefix"),
              "",
              "the proxy does not count the requests apart, and warns",
              false,
              route("match: [{statPrefix: x}]"),
              "routes[0].stat_prefix"),
          new ProxyLimit(
              Kinds.DESTINATION_RULE,
              Set.of("TrafficPolicy.proxyProtocol"),
              "",
              "the proxy refuses the cluster: calls are answered 503 (NC), unless an earlier"
                  + " version of the cluster is in use, which stays",
              true,
              policy("proxyProtocol: {version: V2}"),
              "transport_socket"));

  private static String route(String body) {
    return "hosts: [app], http: [{route: [{destination: {host: app}}], " + body + "}]";
  }

  private static String policy(String body) {
    return "host: app, trafficPolicy: {" + body + "}";
  }
}

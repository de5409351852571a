package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may do what, by requests and by connections. */
class RbacTest {
  private static final String ROUTE = "- match: {prefix: /}\n  route: {cluster: web}";
  private static final String TYPE = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.";

  private static String filter(String config) {
    return """
    - name: envoy.filters.http.rbac
      typed_config:
        "@type": %sRBAC
    """
            .formatted(TYPE)
        + config.indent(4);
  }

  private static String filters(String... configs) {
    StringBuilder all = new StringBuilder("http_filters:\n");
    for (String config : configs) {
      all.append(filter(config));
    }
    return all.toString();
  }

  private static String rules(String action, String name, String permission, String principal) {
    return """
    rules:
      action: %s
      policies:
        "%s": {permissions: [%s], principals: [%s]}
    """
        .formatted(action, name, permission, principal);
  }

  private static int status(String filters, String path, String... headers) throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(filters).routes(ROUTE);
      return world.get(path, headers).status();
    }
  }

  @Test
  void whatNoRuleAllowsIsRefused() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listenWith(
              filters(
                  rules("ALLOW", "open", "{url_path: {path: {prefix: /open/}}}", "{any: true}")))
          .routes(ROUTE);
      assertThat(world.get("/open/a?b").body()).isEqualTo("hello");
      TestClient.Answer refused = world.get("/shut");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.body()).isEqualTo("RBAC: access denied");
      assertThat(refused.header("content-type")).isEqualTo("text/plain");
      assertThat(upstream.requests()).hasSize(1);
      assertThat(world.log(2).get(1))
          .startsWith("GET /shut 403 - rbac_access_denied_matched_policy[none] 0 19");
      assertThat(world.stat("http.main.rbac.allowed")).isOne();
      assertThat(world.stat("http.main.rbac.denied")).isOne();
    }
  }

  @Test
  void theFirstPolicyByNameThatDeniesIsNamed() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      String rules =
          """
          rules:
            action: DENY
            policies:
              "ns[b]-policy[x y]-rule[0]": {permissions: [{any: true}], principals: [{any: true}]}
              "ns[a]-policy[x y]-rule[0]":
                permissions: [{header: {name: ":method", string_match: {exact: GET}}}]
                principals: [{any: true}]
          """;
      world.listenWith(filters(rules)).routes(ROUTE);
      assertThat(world.get("/").status()).isEqualTo(403);
      assertThat(world.log(1).getFirst())
          .contains(" rbac_access_denied_matched_policy[ns[a]-policy[x_y]-rule[0]] ");
    }
  }

  @Test
  void rulesWithoutPoliciesAllowNothing() throws Exception {
    assertThat(status(filters("rules: {action: ALLOW}"), "/")).isEqualTo(403);
    assertThat(status(filters("rules: {action: DENY}"), "/")).isEqualTo(200);
    assertThat(status(filters("rules: {action: LOG}"), "/")).isEqualTo(200);
    assertThat(status(filters("shadow_rules_stat_prefix: none"), "/")).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /a/b/c  | {url_path: {path: {exact: /a/b/c}}}                           | 200
          /a/b/c  | {url_path: {path: {exact: /a/b}}}                             | 403
          /a/b/c  | {not_rule: {url_path: {path: {exact: /a/b}}}}                 | 200
          /a/b/c  | {uri_template: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/*/c"}}} | 200
          /a/b/x/c | {uri_template: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/*/c"}}} | 403
          /a/b/x/c | {uri_template: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/**/c"}}} | 200
          /       | {header: {name: x-a, string_match: {exact: one}}}             | 200
          /       | {header: {name: x-a, string_match: {exact: two}}}             | 403
          /       | {header: {name: x-b, present_match: true}}                    | 403
          /       | {destination_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}  | 200
          /       | {destination_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}   | 403
          /       | {destination_ip: {address_prefix: "::1", prefix_len: 0}}      | 403
          /       | {destination_port_range: {start: 1, end: 65536}}              | 200
          /       | {destination_port: 1}                                         | 403
          /       | {requested_server_name: {exact: a.example}}                   | 403
          /       | {and_rules: {rules: [{any: true}, {destination_port: 1}]}}    | 403
          /       | {or_rules: {rules: [{any: true}, {destination_port: 1}]}}     | 200
          /       | {metadata: {filter: f, path: [{key: k}], value: {string_match: {exact: v}}}} | 403
          /       | {metadata: {filter: f, path: [{key: k}], value: {string_match: {exact: v}}, invert: true}} | 200
          """)
  void permissions(String path, String permission, int status) throws Exception {
    assertThat(status(filters(rules("ALLOW", "p", permission, "{any: true}")), path, "x-a: one"))
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {direct_remote_ip: {address_prefix: 127.0.0.1, prefix_len: 32}}     | 200
          {direct_remote_ip: {address_prefix: 127.0.0.2, prefix_len: 32}}     | 403
          {remote_ip: {address_prefix: 203.0.113.0, prefix_len: 24}}          | 200
          {remote_ip: {address_prefix: 127.0.0.1, prefix_len: 32}}            | 403
          {not_id: {remote_ip: {address_prefix: 127.0.0.1, prefix_len: 32}}}  | 200
          {authenticated: {}}                                                 | 403
          {authenticated: {principal_name: {prefix: "spiffe://"}}}            | 403
          {not_id: {authenticated: {principal_name: {prefix: "spiffe://"}}}}  | 200
          {header: {name: ":authority", string_match: {exact: test}}}         | 200
          {filter_state: {key: io.istio.peer_principal, string_match: {prefix: "spiffe://"}}} | 403
          {and_ids: {ids: [{any: true}, {authenticated: {}}]}}                | 403
          {or_ids: {ids: [{authenticated: {}}, {any: true}]}}                 | 200
          """)
  void principals(String principal, int status) throws Exception {
    String filters = filters(rules("ALLOW", "p", "{any: true}", principal));
    assertThat(status(filters, "/", "x-forwarded-for: 203.0.113.7")).isEqualTo(status);
  }

  @Test
  void rulesOnTrialAreCountedAndLetEverythingThrough() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      String shadow =
          """
          shadow_rules_stat_prefix: istio_dry_run_deny_
          shadow_rules:
            action: DENY
            policies:
              p: {permissions: [{url_path: {path: {exact: /x}}}], principals: [{any: true}]}
          """;
      world.listenWith(filters(shadow)).routes(ROUTE);
      assertThat(world.get("/x").status()).isEqualTo(200);
      assertThat(world.get("/y").status()).isEqualTo(200);
      assertThat(world.stat("http.main.rbac.istio_dry_run_deny_shadow_denied")).isOne();
      assertThat(world.stat("http.main.rbac.istio_dry_run_deny_shadow_allowed")).isOne();
      assertThat(world.stat("http.main.rbac.denied")).isZero();
    }
  }

  /** What rules on trial found out is there for the filters behind them. */
  @Test
  void theOutcomeOfATrialIsMetadata() throws Exception {
    String shadow =
        """
        shadow_rules_stat_prefix: istio_ext_authz_
        shadow_rules:
          action: DENY
          policies:
            p1: {permissions: [{url_path: {path: {exact: /x}}}], principals: [{any: true}]}
        """;
    String asks =
        "{metadata: {filter: envoy.filters.http.rbac, path: [{key:"
            + " istio_ext_authz_shadow_effective_policy_id}], value: {string_match: {prefix: p}}}}";
    String filters = filters(shadow, rules("DENY", "d", asks, "{any: true}"));
    assertThat(status(filters, "/x")).isEqualTo(403);
    assertThat(status(filters, "/y")).isEqualTo(200);
  }

  @Test
  void aRouteHasRulesOfItsOwn() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      String routes =
          """
          - match: {prefix: /free}
            route: {cluster: web}
            typed_per_filter_config:
              envoy.filters.http.rbac: {"@type": %1$sRBACPerRoute}
          - match: {prefix: /own}
            route: {cluster: web}
            typed_per_filter_config:
              envoy.filters.http.rbac:
                "@type": %1$sRBACPerRoute
                rbac: {rules: {policies: {own: {permissions: [{url_path: {path: {exact: /own/a}}}], principals: [{any: true}]}}}}
          - match: {prefix: /}
            route: {cluster: web}
          """
              .formatted(TYPE);
      world.listenWith(filters("rules: {action: ALLOW}")).routes(routes);
      assertThat(world.get("/free").status()).isEqualTo(200);
      assertThat(world.get("/own/a").status()).isEqualTo(200);
      assertThat(world.get("/own/b").status()).isEqualTo(403);
      assertThat(world.get("/").status()).isEqualTo(403);
    }
  }

  /** Letting a request through because a condition is not understood would be worse. */
  @Test
  void aConditionThatIsNotUnderstoodRefusesTheListener() throws Exception {
    try (World world = World.start()) {
      String listener =
          """
          name: main
          address: {socket_address: {address: 127.0.0.1, port_value: 0}}
          filter_chains:
          - filters:
            - name: rbac
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC
                stat_prefix: tcp.
                rules:
                  policies:
                    p:
                      permissions: [{any: true}]
                      principals: [{filter_state: {key: other, string_match: {exact: a}}}]
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: main
                cluster: web
          """;
      assertThat(world.offer(ResourceType.LISTENER, "main", listener).toString())
          .contains("principals[0].filter_state");
    }
  }

  @Test
  void aConnectionThatIsRefusedIsClosedBeforeItReachesAnything() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.guardTcp(
          """
          rules:
            action: DENY
            policies:
              "of here":
                permissions: [{any: true}]
                principals: [{direct_remote_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}]
          """);
      world.listenTcp("", "cluster: web");
      try (Socket socket = new Socket()) {
        socket.connect(world.address());
        socket.setSoTimeout(20_000);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(world.log(1).getFirst()).contains(" rbac_access_denied_matched_policy[of_here] ");
      assertThat(world.stat("tcp.main.rbac.denied")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_total")).isZero();
    }
  }

  @Test
  void aConnectionThatIsAllowedGoesOn() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.guardTcp(
          rules("ALLOW", "all", "{destination_port_range: {start: 1, end: 65536}}", "{any: true}"));
      world.listenTcp("", "cluster: web");
      assertThat(world.get("/").body()).isEqualTo("hello");
      assertThat(world.stat("tcp.main.rbac.allowed")).isOne();
    }
  }
}

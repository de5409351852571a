package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Splits whose callers keep what they got, and clusters divided by metadata, on real sockets. */
class StickySplitTest {
  private static final String ROUTE =
      """
      - match: {prefix: /}
        metadata: {filter_metadata: {layar: {sticky: true}}}
        route:
          weighted_clusters:
            clusters:
            - {name: old, weight: %d}
            - {name: new, weight: %d}
          hash_policy:
          - {terminal: true, %s}
      """;
  private static final String BY_COOKIE = "cookie: {name: who, path: /, ttl: 3600s}";
  private static final String BY_HEADER = "header: {header_name: x-user}";

  private static World world(TestUpstream old, TestUpstream fresh) {
    return World.start().cluster("old", old.port()).cluster("new", fresh.port()).listen();
  }

  private static TestUpstream answering(String body) throws Exception {
    return TestUpstream.answering(body);
  }

  @Test
  void aCallerKeepsItsVersionAndOnlyThoseWhoseShareMovedMove() throws Exception {
    try (TestUpstream old = answering("old");
        TestUpstream fresh = answering("new");
        World world = world(old, fresh)) {
      world.routes(ROUTE.formatted(9000, 1000, BY_HEADER));
      List<String> before = answers(world, 60);
      assertThat(answers(world, 60)).isEqualTo(before);
      assertThat(before).contains("old", "new");
      world.routes(ROUTE.formatted(5000, 5000, BY_HEADER));
      List<String> after = answers(world, 60);
      for (int i = 0; i < before.size(); i++) {
        if (before.get(i).equals("new")) {
          assertThat(after.get(i)).as("user %d", i).isEqualTo("new");
        }
      }
      assertThat(after.stream().filter("new"::equals).count())
          .isGreaterThan(before.stream().filter("new"::equals).count());
    }
  }

  private static List<String> answers(World world, int users) throws Exception {
    List<String> answers = new ArrayList<>();
    try (TestClient client = world.client()) {
      for (int user = 0; user < users; user++) {
        answers.add(client.get("/", "x-user: user-" + user).body());
      }
    }
    return answers;
  }

  @Test
  void aCallerWithoutACookieGetsOneThatLeadsToTheSameVersion() throws Exception {
    try (TestUpstream old = answering("old");
        TestUpstream fresh = answering("new");
        World world = world(old, fresh).routes(ROUTE.formatted(5000, 5000, BY_COOKIE));
        TestClient client = world.client()) {
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        TestClient.Answer first = client.get("/");
        String cookie = first.header("set-cookie");
        assertThat(cookie).startsWith("who=\"").contains("max-age=3600", "path=/");
        TestClient.Answer again =
            client.get("/", "cookie: " + cookie.substring(0, cookie.indexOf(';')));
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("set-cookie")).isEmpty();
        seen.add(first.body());
      }
      assertThat(seen).as("one connection, many callers").contains("old", "new");
    }
  }

  @Test
  void aRoutesMetadataPicksTheSubset() throws Exception {
    try (TestUpstream one = answering("one");
        TestUpstream two = answering("two");
        World world = World.start()) {
      world.push(
          ResourceType.CLUSTER,
          "c",
          """
          name: c
          type: STATIC
          lb_subset_config:
            fallback_policy: NO_FALLBACK
            subset_selectors: [{keys: [version]}]
          load_assignment:
            cluster_name: c
            endpoints:
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                metadata: {filter_metadata: {envoy.lb: {version: v1}}}
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                metadata: {filter_metadata: {envoy.lb: {version: v2}}}
          """
              .formatted(one.port(), two.port()));
      world
          .listen()
          .routes(
              """
              - match: {prefix: /v1}
                route: {cluster: c, metadata_match: {filter_metadata: {envoy.lb: {version: v1}}}}
              - match: {prefix: /v2}
                route:
                  weighted_clusters:
                    clusters:
                    - name: c
                      weight: 1
                      metadata_match: {filter_metadata: {envoy.lb: {version: v2}}}
              - match: {prefix: /}
                route: {cluster: c}
              """);
      for (int i = 0; i < 4; i++) {
        assertThat(world.get("/v1").body()).isEqualTo("one");
        assertThat(world.get("/v2").body()).isEqualTo("two");
      }
      assertThat(world.get("/other").status()).isEqualTo(503);
      assertThat(world.stat("cluster.c.lb_subsets_selected")).isEqualTo(8);
      assertThat(world.stat("cluster.c.lb_subsets_active")).isEqualTo(2);
    }
  }
}

package dev.layar.proxy.config;

import static dev.layar.proxy.config.StoreWorld.assignment;
import static dev.layar.proxy.config.StoreWorld.edsCluster;
import static dev.layar.proxy.config.StoreWorld.listener;
import static dev.layar.proxy.config.StoreWorld.routes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.telemetry.Sample;
import dev.layar.xds.ResourceType;
import dev.layar.xds.client.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigStoreTest {
  private final StoreWorld world = new StoreWorld();

  private Snapshot snapshot() {
    return world.store.snapshot();
  }

  private Cluster cluster(String name) {
    return Objects.requireNonNull(snapshot().cluster(name), name);
  }

  private static List<String> addresses(Cluster cluster) {
    return cluster.endpoints().stream().map(Endpoint::toString).toList();
  }

  @Test
  void aClusterWarmsUntilItsAssignmentArrives() {
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    assertThat(snapshot().cluster("a")).isNull();
    assertThat(world.store.wanted(ResourceType.ENDPOINT)).containsExactly("a");

    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80", "10.0.0.2:80"));
    assertThat(addresses(cluster("a"))).containsExactly("10.0.0.1:80", "10.0.0.2:80");
    assertThat(world.published).hasSize(1);
  }

  @Test
  void aRemovedAssignmentEndsTheWaitingAndKeepsWhatWasThere() {
    world.push(ResourceType.CLUSTER, edsCluster("a"), edsCluster("b"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80"));
    world.store.update(ResourceType.ENDPOINT, List.of(), Set.of("a", "b"));
    assertThat(addresses(cluster("a"))).containsExactly("10.0.0.1:80");
    assertThat(addresses(cluster("b"))).isEmpty();
  }

  @Test
  void aListenerWarmsUntilItsRoutesArrive() {
    world.push(ResourceType.LISTENER, listener("l", "r"));
    assertThat(snapshot().listeners()).isEmpty();
    assertThat(world.store.wanted(ResourceType.ROUTE)).containsExactly("r");

    world.push(ResourceType.ROUTE, routes("r", "a"));
    assertThat(snapshot().listeners()).containsOnlyKeys("l");
    assertThat(snapshot().routes()).containsOnlyKeys("r");
  }

  @Test
  void anUpdatedListenerServesWithItsOldRoutesUntilTheNewOnesArrive() {
    world.push(ResourceType.LISTENER, listener("l", "r1"));
    world.push(ResourceType.ROUTE, routes("r1", "a"));
    ListenerConfig first = snapshot().listeners().get("l");
    world.push(ResourceType.LISTENER, listener("l", "r2"));
    assertThat(snapshot().listeners().get("l")).isSameAs(first);
    assertThat(world.store.wanted(ResourceType.ROUTE)).containsExactly("r1", "r2");

    world.push(ResourceType.ROUTE, routes("r2", "a"));
    assertThat(snapshot().listeners().get("l")).isNotSameAs(first);
    assertThat(world.store.wanted(ResourceType.ROUTE)).containsExactly("r2");
  }

  @Test
  void aBadResourceIsRefusedItsSiblingsApplyAndTheLastGoodVersionStays() {
    world.push(ResourceType.LISTENER, listener("l", "r"));
    world.push(ResourceType.ROUTE, routes("r", "old"));
    String bad =
        """
        name: r
        virtual_hosts:
        - {name: x, domains: ['a', 'A'], routes: [{match: {prefix: /}, route: {cluster: new}}]}
        """;
    List<Rejection> rejections = world.push(ResourceType.ROUTE, bad);
    assertThat(rejections)
        .singleElement()
        .satisfies(
            rejection -> {
              assertThat(rejection.resourceName()).isEqualTo("r");
              assertThat(rejection.findings())
                  .filteredOn(Finding::isError)
                  .singleElement()
                  .satisfies(
                      finding -> {
                        assertThat(finding.path()).isEqualTo("virtual_hosts[0].domains[1]");
                        assertThat(finding.value()).isEqualTo("a");
                        assertThat(finding.message())
                            .contains("Duplicate entry of domain a in route r");
                      });
            });
    assertThat(
            Objects.requireNonNull(snapshot().routes().get("r"))
                .hosts()
                .getFirst()
                .routes()
                .getFirst()
                .action()
                .toString())
        .contains("old");

    List<Rejection> mixed =
        world.push(
            ResourceType.CLUSTER,
            "{name: good, type: STATIC}",
            "{name: bad, lb_policy: MAGLEV, maglev_lb_config: {table_size: 6}}");
    assertThat(mixed).extracting(Rejection::resourceName).containsExactly("bad");
    assertThat(snapshot().clusters()).containsOnlyKeys("good");
  }

  @Test
  void anEqualResourceChangesNothing() {
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80"));
    Snapshot before = snapshot();
    Cluster cluster = cluster("a");
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80"));
    assertThat(snapshot()).isSameAs(before);
    assertThat(cluster("a")).isSameAs(cluster);
  }

  @Test
  void anEndpointKeepsItsIdentityWhileItsAddressStays() {
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80", "10.0.0.2:80"));
    Cluster cluster = cluster("a");
    Endpoint first = cluster.endpoints().get(0);
    Endpoint second = cluster.endpoints().get(1);
    long version = snapshot().version();

    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.2:80", "10.0.0.3:80"));
    assertThat(cluster("a")).isSameAs(cluster);
    assertThat(cluster.endpoints().get(0)).isSameAs(second);
    assertThat(first.removed()).isTrue();
    assertThat(second.removed()).isFalse();
    assertThat(snapshot().version()).isGreaterThan(version);
  }

  @Test
  void aChangedDefinitionKeepsCountersAndEndpoints() {
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80"));
    Cluster before = cluster("a");
    world.push(
        ResourceType.CLUSTER,
        "{name: a, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}, lb_policy: RANDOM}");
    Cluster after = cluster("a");
    assertThat(after).isNotSameAs(before);
    assertThat(after.stats()).isSameAs(before.stats());
    assertThat(after.breaker(Cluster.Priority.DEFAULT))
        .isSameAs(before.breaker(Cluster.Priority.DEFAULT));
    assertThat(after.endpoints()).isEqualTo(before.endpoints());
    assertThat(after.endpoints().getFirst().removed()).isFalse();
  }

  @Test
  void aDefinitionThatShapesConnectionsAnewGetsNewEndpoints() {
    world.push(ResourceType.CLUSTER, edsCluster("a"));
    world.push(ResourceType.ENDPOINT, assignment("a", "10.0.0.1:80"));
    Endpoint before = cluster("a").endpoints().getFirst();
    world.push(
        ResourceType.CLUSTER,
        "{name: a, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}, connect_timeout: 1s}");
    assertThat(cluster("a").endpoints().getFirst()).isNotSameAs(before);
    assertThat(before.removed()).isTrue();
  }

  @Test
  void removalTakesClustersAndListenersAwayButNotRoutes() {
    world.push(ResourceType.CLUSTER, "{name: c, type: STATIC}");
    world.push(ResourceType.LISTENER, listener("l", "r"));
    world.push(ResourceType.ROUTE, routes("r", "c"));
    world.store.update(ResourceType.ROUTE, List.of(), Set.of("r"));
    assertThat(snapshot().routes()).containsOnlyKeys("r");
    world.store.update(ResourceType.CLUSTER, List.of(), Set.of("c"));
    assertThat(snapshot().clusters()).isEmpty();
    world.store.update(ResourceType.LISTENER, List.of(), Set.of("l"));
    assertThat(snapshot().listeners()).isEmpty();
    assertThat(world.store.wanted(ResourceType.ROUTE)).isEmpty();
  }

  @Test
  void whatHasNoEffectIsWarnedOfWithItsPath() {
    world.push(
        ResourceType.CLUSTER,
        "{name: c, type: STATIC, preconnect_policy: {}, cleanup_interval: 5s}");
    assertThat(world.store.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.isError()).isFalse();
              assertThat(finding.path()).isEqualTo("preconnect_policy");
            });
  }

  @Test
  void anUnknownFilterIsRefusedByName() {
    List<Rejection> rejections =
        world.push(
            ResourceType.LISTENER,
            listener("l", "r")
                .replace("extensions.filters.http.fault.v3.HTTPFault", "x.Unknown")
                .replace(
                    "type.googleapis.com/envoy.x.Unknown",
                    "type.googleapis.com/google.protobuf.Empty"));
    assertThat(rejections)
        .singleElement()
        .satisfies(
            rejection ->
                assertThat(rejection.findings().toString())
                    .contains("http_filters[0]")
                    .contains("google.protobuf.Empty"));
  }

  @Test
  void namesAreLookedUpAndLookedUpAgain() {
    world.dns.put("db.example", List.of("10.1.0.1", "10.1.0.2"));
    String yaml =
        """
        name: db
        type: STRICT_DNS
        dns_refresh_rate: 5s
        load_assignment:
          cluster_name: db
          endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: db.example, port_value: 9}}}}]}]
        """;
    world.push(ResourceType.CLUSTER, yaml);
    assertThat(addresses(cluster("db"))).containsExactly("10.1.0.1:9", "10.1.0.2:9");
    Endpoint second = cluster("db").endpoints().get(1);

    world.dns.put("db.example", List.of("10.1.0.2"));
    world.now += 4_999_000_000L;
    world.store.tick(world.now);
    assertThat(addresses(cluster("db"))).hasSize(2);
    world.now += 1_000_000L;
    world.store.tick(world.now);
    assertThat(cluster("db").endpoints()).containsExactly(second);

    world.dns.remove("db.example");
    world.now += 5_000_000_000L;
    world.store.tick(world.now);
    assertThat(cluster("db").endpoints()).containsExactly(second);
  }

  @Test
  void aNameThatIsNotFoundIsAskedForLessAndLessOften() {
    world.push(
        ResourceType.CLUSTER,
        """
        name: db
        type: STRICT_DNS
        dns_lookup_family: V4_ONLY
        dns_refresh_rate: 60s
        dns_failure_refresh_rate: {base_interval: 1s, max_interval: 3s}
        load_assignment:
          cluster_name: db
          endpoints:
          - {locality: {zone: a}, lb_endpoints: [{endpoint: {address: {socket_address: {address: one.example, port_value: 9}}}}]}
          - {locality: {zone: b}, priority: 1, lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.2.0.1, port_value: 9}}}}]}
        """);
    assertThat(addresses(cluster("db"))).as("what is known is used").containsExactly("10.2.0.1:9");
    List<Long> failures = new ArrayList<>();
    for (int second = 0; second < 10; second++) {
      world.now += 1_000_000_000L;
      world.store.tick(world.now);
      failures.add(failedLookups());
    }
    assertThat(failures).containsExactly(2L, 2L, 3L, 3L, 3L, 4L, 4L, 4L, 5L, 5L);

    world.dns.put("one.example", List.of("10.1.0.1", "fd00::1"));
    world.now += 3_000_000_000L;
    world.store.tick(world.now);
    assertThat(addresses(cluster("db"))).containsExactly("10.1.0.1:9", "10.2.0.1:9");
    assertThat(cluster("db").endpoints().getFirst().locality().zone()).isEqualTo("a");

    world.dns.remove("one.example");
    world.now += 60_000_000_000L;
    world.store.tick(world.now);
    assertThat(addresses(cluster("db"))).containsExactly("10.1.0.1:9", "10.2.0.1:9");
  }

  private long failedLookups() {
    return world.metrics.samples().stream()
        .filter(sample -> sample.statName().equals("cluster.db.update_failure"))
        .mapToLong(sample -> sample.value() instanceof Sample.CounterValue(long n) ? n : -1)
        .sum();
  }

  @Test
  void anOriginalDestinationClusterDialsTheAuthority() {
    world.push(
        ResourceType.CLUSTER, "{name: pass, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED}");
    PickContext context = new PickContext();
    byte[] authority = "xexample.org:8080".getBytes(StandardCharsets.US_ASCII);
    context.reset(0, 1);
    assertThat(cluster("pass").pick(context)).isNull();
    context.authority(authority, 1, authority.length - 1);
    Endpoint endpoint = Objects.requireNonNull(cluster("pass").pick(context));
    assertThat(endpoint.toString()).isEqualTo("example.org:8080");
    assertThat(endpoint.address().isUnresolved()).isTrue();
    assertThat(cluster("pass").pick(context)).isSameAs(endpoint);
    context.authority("10.0.0.9".getBytes(StandardCharsets.US_ASCII), 0, 8);
    assertThat(Objects.requireNonNull(cluster("pass").pick(context)).toString())
        .isEqualTo("10.0.0.9:80");
  }
}

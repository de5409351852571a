package dev.layar.proxy.config;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.route.RouteTable;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Objects;

/** Route tables and clusters from YAML, for tests of other packages. */
public final class TestTables {
  private TestTables() {}

  public static RouteTable routes(String yaml) {
    Problems problems = new Problems("test");
    RouteTable table =
        RouteReader.read(
            (RouteConfiguration) StoreWorld.parse(RouteConfiguration.newBuilder(), yaml), problems);
    if (!problems.findings().isEmpty()) {
      throw new IllegalArgumentException(problems.findings().toString());
    }
    return table;
  }

  /** A static cluster of this policy over so many hosts. */
  public static Cluster cluster(String policy, int hosts) {
    StringBuilder endpoints = new StringBuilder();
    for (int i = 1; i <= hosts; i++) {
      endpoints
          .append("{endpoint: {address: {socket_address: {address: 10.0.0.")
          .append(i)
          .append(", port_value: 80}}}},");
    }
    return pushed(
        "{name: c, type: STATIC, lb_policy: "
            + policy
            + ", load_assignment: {cluster_name: c, endpoints: [{lb_endpoints: ["
            + endpoints
            + "]}]}}");
  }

  public static Cluster originalDestination() {
    return pushed("{name: c, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED}");
  }

  private static Cluster pushed(String yaml) {
    StoreWorld world = new StoreWorld();
    var rejections = world.push(ResourceType.CLUSTER, yaml);
    if (!rejections.isEmpty()) {
      throw new IllegalArgumentException(rejections.toString());
    }
    return Objects.requireNonNull(world.store.snapshot().cluster("c"));
  }
}

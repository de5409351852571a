package dev.layar.controlplane.ads;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.net.InetSocketAddress;

/** Hand-made xDS in the form that proxyless gRPC reads. */
final class Mesh {
  private static final ConfigSource ADS =
      ConfigSource.newBuilder().setAds(AggregatedConfigSource.getDefaultInstance()).build();

  private Mesh() {}

  static XdsResource listener(String name, String route) {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setRds(Rds.newBuilder().setRouteConfigName(route).setConfigSource(ADS))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(Any.pack(Router.getDefaultInstance())))
            .build();
    return resource(
        ResourceType.LISTENER,
        name,
        Listener.newBuilder()
            .setName(name)
            .setApiListener(ApiListener.newBuilder().setApiListener(Any.pack(manager)))
            .build());
  }

  static XdsResource route(String name, String cluster) {
    return resource(
        ResourceType.ROUTE,
        name,
        RouteConfiguration.newBuilder()
            .setName(name)
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName("all")
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setMatch(RouteMatch.newBuilder().setPrefix(""))
                            .setRoute(RouteAction.newBuilder().setCluster(cluster))))
            .build());
  }

  static XdsResource cluster(String name) {
    return cluster(name, Cluster.LbPolicy.ROUND_ROBIN);
  }

  static XdsResource cluster(String name, Cluster.LbPolicy policy) {
    return resource(
        ResourceType.CLUSTER,
        name,
        Cluster.newBuilder()
            .setName(name)
            .setType(Cluster.DiscoveryType.EDS)
            .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ADS))
            .setLbPolicy(policy)
            .build());
  }

  static XdsResource endpoints(String cluster, InetSocketAddress... addresses) {
    LocalityLbEndpoints.Builder locality =
        LocalityLbEndpoints.newBuilder()
            .setLocality(Locality.newBuilder().setRegion("here"))
            .setLoadBalancingWeight(UInt32Value.of(1));
    for (InetSocketAddress address : addresses) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  Endpoint.newBuilder()
                      .setAddress(
                          Address.newBuilder()
                              .setSocketAddress(
                                  SocketAddress.newBuilder()
                                      .setAddress(address.getAddress().getHostAddress())
                                      .setPortValue(address.getPort())))));
    }
    return resource(
        ResourceType.ENDPOINT,
        cluster,
        ClusterLoadAssignment.newBuilder().setClusterName(cluster).addEndpoints(locality).build());
  }

  private static XdsResource resource(ResourceType type, String name, Message message) {
    return XdsResource.of(type, name, message.toByteString());
  }
}

package dev.layar.compiler.patch;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.build.Xds;
import dev.layar.model.istio.EnvoyFilter.ClusterMatch;
import dev.layar.model.istio.EnvoyFilter.Context;
import dev.layar.model.istio.EnvoyFilter.FilterChainMatch;
import dev.layar.model.istio.EnvoyFilter.ListenerMatch;
import dev.layar.model.istio.EnvoyFilter.Operation;
import dev.layar.model.istio.EnvoyFilter.RouteConfigurationMatch;
import dev.layar.model.istio.EnvoyFilter.RouteMatch;
import dev.layar.model.istio.EnvoyFilter.VirtualHostMatch;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Applies patches to one resource, in order (Istio {@code networking/core/envoyfilter}). Pure
 * functions; a patch whose value cannot be read changes nothing.
 */
final class Patcher {
  private static final String VIRTUAL_INBOUND = "virtualInbound";
  private static final String ROUTER = "envoy.filters.http.router";

  private Patcher() {}

  // ---- clusters

  /** The cluster as it is then; empty when it is removed. */
  static Optional<Cluster> cluster(Cluster cluster, Context side, List<Step> steps) {
    List<Cluster> left = List.of(cluster);
    for (Step step : steps) {
      boolean own = step.operation() != Operation.ADD && step.concerns(side);
      if (own) {
        left =
            Values.changed(
                left, step, Cluster.getDefaultInstance(), true, item -> isMeant(item, step));
      }
    }
    return left.stream().findFirst();
  }

  private static boolean isMeant(Cluster cluster, Step step) {
    ClusterMatch match = step.cluster();
    if (match == null) {
      return true;
    }
    String[] parts = cluster.getName().split("\\|", 4);
    boolean own = parts.length == 4;
    return (match.name().isEmpty() || match.name().equals(cluster.getName()))
        && (match.service().isEmpty() || (own && match.service().equals(parts[3])))
        && (match.subset().isEmpty() || (own && match.subset().equals(parts[2])))
        && (match.portNumber() == 0 || (own && parts[1].equals(Long.toString(match.portNumber()))));
  }

  // ---- listeners

  /** The listener as it is then; empty when it is removed. */
  static Optional<Listener> listener(Listener listener, Context side, List<Step> steps) {
    List<Listener> left = List.of(listener);
    for (Step step : steps) {
      if (step.concerns(side)) {
        left = left.stream().flatMap(item -> changed(item, step).stream()).toList();
      }
    }
    return left.stream().findFirst();
  }

  private static List<Listener> changed(Listener listener, Step step) {
    if (!isMeant(listener, step)) {
      return List.of(listener);
    }
    return switch (step.applyTo()) {
      case LISTENER ->
          step.operation() == Operation.ADD
              ? List.of(listener)
              : Values.changed(
                  List.of(listener), step, Listener.getDefaultInstance(), true, item -> true);
      case LISTENER_FILTER -> {
        ListenerMatch match = step.listener();
        String name = match == null ? "" : match.listenerFilter();
        yield List.of(
            listener.toBuilder()
                .clearListenerFilters()
                .addAllListenerFilters(
                    Values.changed(
                        listener.getListenerFiltersList(),
                        step,
                        ListenerFilter.getDefaultInstance(),
                        !name.isEmpty(),
                        item -> name.isEmpty() || item.getName().equals(name)))
                .build());
      }
      case FILTER_CHAIN ->
          List.of(
              listener.toBuilder()
                  .clearFilterChains()
                  .addAllFilterChains(
                      Values.changed(
                          listener.getFilterChainsList(),
                          step,
                          FilterChain.getDefaultInstance(),
                          step.chain() != null,
                          item -> isMeant(listener, item, step)))
                  .build());
      case NETWORK_FILTER, HTTP_FILTER, ROUTE_CONFIGURATION, VIRTUAL_HOST, HTTP_ROUTE ->
          List.of(eachChain(listener, step));
      case INVALID, CLUSTER, EXTENSION_CONFIG, BOOTSTRAP -> List.of(listener);
    };
  }

  private static boolean isMeant(Listener listener, Step step) {
    ListenerMatch match = step.listener();
    return match == null
        || ((match.name().isEmpty() || match.name().equals(listener.getName()))
            && (match.portNumber() == 0
                || listener.getName().equals(VIRTUAL_INBOUND)
                || listener.getAddress().getSocketAddress().getPortValue() == match.portNumber()));
  }

  private static boolean isMeant(Listener listener, FilterChain chain, Step step) {
    ListenerMatch at = step.listener();
    int port = chain.getFilterChainMatch().getDestinationPort().getValue();
    if (at != null
        && at.portNumber() != 0
        && listener.getName().equals(VIRTUAL_INBOUND)
        && port != at.portNumber()) {
      return false;
    }
    FilterChainMatch match = step.chain();
    return match == null
        || ((match.name().isEmpty() || match.name().equals(chain.getName()))
            && (match.sni().isEmpty()
                || chain.getFilterChainMatch().getServerNamesList().contains(match.sni()))
            && (match.transportProtocol().isEmpty()
                || match
                    .transportProtocol()
                    .equals(chain.getFilterChainMatch().getTransportProtocol()))
            && (match.applicationProtocols().isEmpty()
                || chain
                    .getFilterChainMatch()
                    .getApplicationProtocolsList()
                    .containsAll(List.of(match.applicationProtocols().split(","))))
            && (match.destinationPort() == 0 || port == match.destinationPort()));
  }

  private static Listener eachChain(Listener listener, Step step) {
    Listener.Builder out = listener.toBuilder();
    for (FilterChain.Builder chain : out.getFilterChainsBuilderList()) {
      if (isMeant(listener, chain.build(), step)) {
        change(chain, step);
      }
    }
    if (out.hasDefaultFilterChain() && isMeant(listener, out.getDefaultFilterChain(), step)) {
      change(out.getDefaultFilterChainBuilder(), step);
    }
    return out.build();
  }

  private static void change(FilterChain.Builder chain, Step step) {
    switch (step.applyTo()) {
      case NETWORK_FILTER -> {
        String name = step.filter();
        List<Filter> filters =
            Values.changed(
                chain.getFiltersList(),
                step,
                Filter.getDefaultInstance(),
                !name.isEmpty(),
                item -> name.isEmpty() || item.getName().equals(name));
        chain.clearFilters().addAllFilters(filters);
      }
      case HTTP_FILTER -> eachHttp(chain, hcm -> httpFilters(hcm, step));
      case ROUTE_CONFIGURATION, VIRTUAL_HOST, HTTP_ROUTE ->
          eachHttp(
              chain,
              hcm ->
                  hcm.hasRouteConfig()
                      ? hcm.toBuilder().setRouteConfig(changed(hcm.getRouteConfig(), step)).build()
                      : hcm);
      case INVALID,
          LISTENER,
          LISTENER_FILTER,
          FILTER_CHAIN,
          CLUSTER,
          EXTENSION_CONFIG,
          BOOTSTRAP -> {}
    }
  }

  private static void eachHttp(
      FilterChain.Builder chain, UnaryOperator<HttpConnectionManager> change) {
    for (Filter.Builder filter : chain.getFiltersBuilderList()) {
      Any config = filter.getTypedConfig();
      if (config.is(HttpConnectionManager.class)) {
        try {
          HttpConnectionManager hcm = config.unpack(HttpConnectionManager.class);
          filter.setTypedConfig(Xds.any(change.apply(hcm)));
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException("own bytes do not parse", e);
        }
      }
    }
  }

  /**
   * DEVIATION: a filter that is added without a place goes before the router; Istio puts it behind,
   * where Envoy refuses it.
   */
  private static HttpConnectionManager httpFilters(HttpConnectionManager hcm, Step step) {
    String name = step.subFilter();
    List<HttpFilter> filters =
        Values.changed(
            hcm.getHttpFiltersList(),
            step,
            HttpFilter.getDefaultInstance(),
            !name.isEmpty(),
            item -> name.isEmpty() || item.getName().equals(name));
    List<HttpFilter> sorted = new ArrayList<>(filters);
    if (step.operation() == Operation.ADD || step.operation() == Operation.INSERT_AFTER) {
      filters.stream()
          .filter(filter -> filter.getName().equals(ROUTER))
          .findFirst()
          .ifPresent(
              router -> {
                sorted.remove(router);
                sorted.add(router);
              });
    }
    return hcm.toBuilder().clearHttpFilters().addAllHttpFilters(sorted).build();
  }

  // ---- routes

  static RouteConfiguration routes(RouteConfiguration routes, Context side, List<Step> steps) {
    RouteConfiguration out = routes;
    for (Step step : steps) {
      if (step.concerns(side)) {
        out = changed(out, step);
      }
    }
    return out;
  }

  private static RouteConfiguration changed(RouteConfiguration routes, Step step) {
    if (!isMeant(routes, step)) {
      return routes;
    }
    return switch (step.applyTo()) {
      case ROUTE_CONFIGURATION -> {
        RouteConfiguration value =
            Values.read(RouteConfiguration.getDefaultInstance(), step.value());
        boolean merges =
            step.operation() == Operation.MERGE
                || step.operation() == Operation.MERGE_AND_REPLACE_LIST;
        yield value == null || !merges
            ? routes
            : Values.merged(routes, value, step.operation() == Operation.MERGE_AND_REPLACE_LIST);
      }
      case VIRTUAL_HOST ->
          routes.toBuilder()
              .clearVirtualHosts()
              .addAllVirtualHosts(
                  Values.changed(
                      routes.getVirtualHostsList(),
                      step,
                      VirtualHost.getDefaultInstance(),
                      step.host() != null,
                      host -> isMeant(host, step)))
              .build();
      case HTTP_ROUTE -> {
        RouteConfiguration.Builder out = routes.toBuilder();
        for (VirtualHost.Builder host : out.getVirtualHostsBuilderList()) {
          if (isMeant(host.build(), step)) {
            List<Route> changed = routes(host.getRoutesList(), step);
            host.clearRoutes().addAllRoutes(changed);
          }
        }
        yield out.build();
      }
      case INVALID,
          LISTENER,
          LISTENER_FILTER,
          FILTER_CHAIN,
          NETWORK_FILTER,
          HTTP_FILTER,
          CLUSTER,
          EXTENSION_CONFIG,
          BOOTSTRAP ->
          routes;
    };
  }

  private static List<Route> routes(List<Route> routes, Step step) {
    VirtualHostMatch host = step.host();
    RouteMatch match = host == null ? null : host.route();
    return Values.changed(
        routes, step, Route.getDefaultInstance(), match != null, route -> isMeant(route, match));
  }

  /**
   * The port is in the name: {@code PORT}, {@code http.PORT}, {@code https.PORT.…}, {@code h:PORT}.
   */
  private static boolean isMeant(RouteConfiguration routes, Step step) {
    RouteConfigurationMatch match = step.routes();
    if (match == null) {
      return true;
    }
    String name = routes.getName();
    String[] parts = name.split("[.:|]");
    String port = Long.toString(match.portNumber());
    boolean ported =
        match.portNumber() == 0
            || name.equals(port)
            || (parts.length > 1
                && (parts[1].equals(port)
                    || (name.contains(":") && parts[parts.length - 1].equals(port))));
    return ported
        && (match.name().isEmpty() || match.name().equals(name))
        && (match.portName().isEmpty() || (parts.length > 2 && parts[2].equals(match.portName())))
        && (match.gateway().isEmpty() || ofGateway(parts, match.gateway()));
  }

  /** {@code https.PORT.NAME.GATEWAY.NAMESPACE}; plain HTTP is shared by all gateways of a port. */
  private static boolean ofGateway(String[] parts, String gateway) {
    return parts[0].equals("http")
        || (parts.length == 5 && gateway.equals(parts[4] + "/" + parts[3]));
  }

  private static boolean isMeant(VirtualHost host, Step step) {
    VirtualHostMatch match = step.host();
    return match == null
        || ((match.name().isEmpty() || match.name().equals(host.getName()))
            && (match.domainName().isEmpty()
                || host.getDomainsList().contains(match.domainName())));
  }

  private static boolean isMeant(Route route, @Nullable RouteMatch match) {
    if (match == null) {
      return true;
    }
    boolean named = match.name().isEmpty() || match.name().equals(route.getName());
    return named
        && switch (match.action()) {
          case ANY -> true;
          case ROUTE -> route.hasRoute();
          case REDIRECT -> route.hasRedirect();
          case DIRECT_RESPONSE -> route.hasDirectResponse();
        };
  }
}

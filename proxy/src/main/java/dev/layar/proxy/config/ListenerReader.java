package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.proxy.cluster.lb.SubsetMatch;
import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.tls.TlsConfig;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilterChainMatchPredicate;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code Listener} → {@link ListenerConfig}. */
final class ListenerReader {
  private static final long SECOND = 1_000_000_000L;
  private static final int DEFAULT_BUFFER_LIMIT = 1024 * 1024;

  private final Listener proto;
  private final Problems problems;
  private final List<ListenerFilterConfig> filters = new ArrayList<>();

  private ListenerReader(Listener proto, Problems problems) {
    this.proto = proto;
    this.problems = problems;
  }

  /** The configuration; not to be used when {@code problems} has an error afterwards. */
  @SuppressWarnings("deprecation")
  static ListenerConfig read(Listener proto, Problems problems) {
    return new ListenerReader(proto, problems).read();
  }

  @SuppressWarnings("deprecation")
  private ListenerConfig read() {
    if (!proto.getAddress().hasSocketAddress()) {
      problems.missing("address", "a listener needs an address", "socket_address");
    }
    SocketAddress socket = proto.getAddress().getSocketAddress();
    if (EndpointReader.ip(socket.getAddress()) == null) {
      problems.invalid(
          "address.socket_address.address",
          "not an IP address",
          socket.getAddress(),
          "an IP address");
    }
    int port = EndpointReader.port(socket, "address", problems);
    listenerFilters();
    List<FilterChain> chains = chains();
    FilterChain defaultChain =
        proto.hasDefaultFilterChain()
            ? chain(proto.getDefaultFilterChain(), "default_filter_chain")
            : null;
    if (chains.isEmpty() && defaultChain == null) {
      problems.missing("filter_chains", "a listener needs a filter chain", "at least one");
    }
    String address = socket.getAddress() + "_" + port;
    boolean bound =
        proto.hasBindToPort()
            ? proto.getBindToPort().getValue()
            : !proto.getDeprecatedV1().hasBindToPort()
                || proto.getDeprecatedV1().getBindToPort().getValue();
    return new ListenerConfig(
        proto.getName().isEmpty() ? address : proto.getName(),
        socket.getAddress(),
        port,
        proto.getStatPrefix().isEmpty() ? address : proto.getStatPrefix(),
        direction(),
        bound,
        proto.getUseOriginalDst().getValue(),
        filters,
        Durations.nanos(
            proto.hasListenerFiltersTimeout(),
            proto.getListenerFiltersTimeout(),
            15 * SECOND,
            "listener_filters_timeout",
            problems),
        proto.getContinueOnListenerFiltersTimeout(),
        proto.hasPerConnectionBufferLimitBytes()
            ? proto.getPerConnectionBufferLimitBytes().getValue()
            : DEFAULT_BUFFER_LIMIT,
        chains,
        defaultChain,
        AccessLogReader.read(proto.getAccessLogList(), "access_log", problems));
  }

  private ListenerConfig.Direction direction() {
    return switch (proto.getTrafficDirection()) {
      case UNSPECIFIED, UNRECOGNIZED -> ListenerConfig.Direction.UNSPECIFIED;
      case INBOUND -> ListenerConfig.Direction.INBOUND;
      case OUTBOUND -> ListenerConfig.Direction.OUTBOUND;
    };
  }

  private void listenerFilters() {
    if (proto.getUseOriginalDst().getValue()) {
      filters.add(new ListenerFilterConfig.OriginalDst(new ListenerFilterConfig.NoPorts()));
    }
    for (int i = 0; i < proto.getListenerFiltersCount(); i++) {
      ListenerFilter filter = proto.getListenerFilters(i);
      String path = "listener_filters[" + i + "]";
      Any config = Extensions.unwrap(filter.getTypedConfig(), path + ".typed_config", problems);
      ListenerFilterConfig.Ports disabled =
          filter.hasFilterDisabled()
              ? ports(filter.getFilterDisabled(), path + ".filter_disabled")
              : new ListenerFilterConfig.NoPorts();
      if (Extensions.is(config, Extensions.ORIGINAL_DST)) {
        filters.add(new ListenerFilterConfig.OriginalDst(disabled));
      } else if (Extensions.is(config, Extensions.TLS_INSPECTOR)) {
        filters.add(new ListenerFilterConfig.TlsInspector(disabled));
      } else if (Extensions.is(config, Extensions.HTTP_INSPECTOR)) {
        filters.add(new ListenerFilterConfig.HttpInspector(disabled));
      } else if (Extensions.is(config, Extensions.PROXY_PROTOCOL)) {
        filters.add(proxyProtocol(config, disabled, path + ".typed_config"));
      } else {
        problems.error(
            Problems.UNKNOWN_EXTENSION,
            path,
            "this listener filter is not known",
            filter.getName() + " " + config.getTypeUrl(),
            "original_dst, tls_inspector, http_inspector or proxy_protocol");
      }
    }
  }

  private ListenerFilterConfig proxyProtocol(
      Any config, ListenerFilterConfig.Ports disabled, String path) {
    boolean optional = false;
    try {
      ProxyProtocol read = ProxyProtocol.parseFrom(config.getValue());
      SupportedFields.check(ProxyProtocol.getDescriptor(), read, path, problems);
      optional = read.getAllowRequestsWithoutProxyProtocol();
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", "ProxyProtocol");
    }
    return new ListenerFilterConfig.ProxyProtocol(disabled, optional);
  }

  private ListenerFilterConfig.Ports ports(ListenerFilterChainMatchPredicate proto, String path) {
    return switch (proto.getRuleCase()) {
      case OR_MATCH -> new ListenerFilterConfig.Any(all(proto.getOrMatch(), path + ".or_match"));
      case AND_MATCH -> new ListenerFilterConfig.All(all(proto.getAndMatch(), path + ".and_match"));
      case NOT_MATCH -> new ListenerFilterConfig.Not(ports(proto.getNotMatch(), path));
      case ANY_MATCH -> new ListenerFilterConfig.All(List.of());
      case DESTINATION_PORT_RANGE ->
          new ListenerFilterConfig.Range(
              proto.getDestinationPortRange().getStart(), proto.getDestinationPortRange().getEnd());
      case RULE_NOT_SET -> {
        problems.missing(path, "the predicate is empty", "destination_port_range, or_match, …");
        yield new ListenerFilterConfig.NoPorts();
      }
    };
  }

  private List<ListenerFilterConfig.Ports> all(
      ListenerFilterChainMatchPredicate.MatchSet set, String path) {
    List<ListenerFilterConfig.Ports> parts = new ArrayList<>();
    for (ListenerFilterChainMatchPredicate rule : set.getRulesList()) {
      parts.add(ports(rule, path));
    }
    return parts;
  }

  // ---- chains

  private List<FilterChain> chains() {
    List<FilterChain> chains = new ArrayList<>();
    Map<FilterChainMatch, String> seen = new HashMap<>();
    for (int i = 0; i < proto.getFilterChainsCount(); i++) {
      String path = "filter_chains[" + i + "]";
      FilterChain chain = chain(proto.getFilterChains(i), path);
      if (chain == null) {
        continue;
      }
      if (seen.putIfAbsent(chain.match(), path) != null) {
        problems.error(
            Problems.DUPLICATE,
            path + ".filter_chain_match",
            "multiple filter chains with the same matching rules",
            chain.name(),
            "a match that differs from that of " + seen.get(chain.match()));
      }
      chains.add(chain);
    }
    return chains;
  }

  private @Nullable FilterChain chain(
      io.envoyproxy.envoy.config.listener.v3.FilterChain chain, String path) {
    TlsConfig.Downstream tls =
        chain.hasTransportSocket()
            ? TlsReader.downstream(chain.getTransportSocket(), path + ".transport_socket", problems)
            : null;
    FilterChain.Handler handler = handler(chain.getFiltersList(), path + ".filters");
    return handler == null
        ? null
        : new FilterChain(
            chain.getName(),
            match(chain.getFilterChainMatch(), path + ".filter_chain_match"),
            tls,
            Durations.nanos(
                chain.hasTransportSocketConnectTimeout(),
                chain.getTransportSocketConnectTimeout(),
                0,
                path + ".transport_socket_connect_timeout",
                problems),
            handler);
  }

  private FilterChain.@Nullable Handler handler(List<Filter> filters, String path) {
    FilterChain.Handler handler = null;
    List<RbacConfig> guards = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      String where = path + "[" + i + "]";
      Any config =
          Extensions.unwrap(filters.get(i).getTypedConfig(), where + ".typed_config", problems);
      if (handler != null) {
        problems.invalid(
            where, "nothing may follow the terminal filter", filters.get(i).getName(), "no filter");
      } else if (Extensions.is(config, Extensions.HCM)
          || Extensions.is(config, Extensions.TCP_PROXY)) {
        handler = terminal(config, guards, where + ".typed_config");
      } else if (Extensions.is(config, Extensions.NETWORK_RBAC)) {
        guards.add(RbacReader.network(config, where + ".typed_config", problems));
      } else if (Extensions.inert(config.getTypeUrl())) {
        problems.warning(
            Problems.UNSUPPORTED, where, "accepted, but does nothing here: " + config.getTypeUrl());
      } else {
        problems.error(
            Problems.UNKNOWN_EXTENSION,
            where,
            "this network filter is not known",
            filters.get(i).getName() + " " + config.getTypeUrl(),
            "rbac, http_connection_manager or tcp_proxy");
      }
    }
    if (handler == null && !problems.refused()) {
      problems.missing(
          path, "no terminal filter", "http_connection_manager or tcp_proxy at the end");
    }
    return handler;
  }

  private FilterChain.@Nullable Handler terminal(Any config, List<RbacConfig> guards, String path) {
    if (Extensions.is(config, Extensions.HCM) && !guards.isEmpty()) {
      problems.error(
          Problems.UNSUPPORTED,
          path,
          "the network RBAC filter acts before tcp_proxy only",
          "",
          "the HTTP RBAC filter");
    }
    try {
      return Extensions.is(config, Extensions.HCM)
          ? HttpReader.read(
              HttpConnectionManager.parseFrom(config.getValue()),
              proto.getTrafficDirection() == TrafficDirection.OUTBOUND,
              path,
              problems)
          : tcp(TcpProxy.parseFrom(config.getValue()), guards, path);
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", config.getTypeUrl());
      return null;
    }
  }

  private TcpProxyConfig tcp(TcpProxy tcp, List<RbacConfig> guards, String path) {
    SupportedFields.check(TcpProxy.getDescriptor(), tcp, path, problems);
    return new TcpProxyConfig(
        tcp.getStatPrefix(),
        clusters(tcp, path),
        Durations.nanos(
            tcp.hasIdleTimeout(),
            tcp.getIdleTimeout(),
            3600 * SECOND,
            path + ".idle_timeout",
            problems),
        Durations.nanos(
            tcp.hasMaxDownstreamConnectionDuration(),
            tcp.getMaxDownstreamConnectionDuration(),
            0,
            path + ".max_downstream_connection_duration",
            problems),
        tcp.hasMaxConnectAttempts() ? Math.max(1, tcp.getMaxConnectAttempts().getValue()) : 1,
        tcp.getHashPolicyList().stream().anyMatch(policy -> policy.hasSourceIp()),
        guards,
        AccessLogReader.read(tcp.getAccessLogList(), path + ".access_log", problems));
  }

  private RouteAction.ClusterChoice clusters(TcpProxy tcp, String path) {
    SubsetMatch subset = Metadatas.subset(tcp.getMetadataMatch());
    return switch (tcp.getClusterSpecifierCase()) {
      case CLUSTER ->
          new RouteAction.Single(RouteAction.Target.of(tcp.getCluster()).within(subset));
      case WEIGHTED_CLUSTERS ->
          weighted(tcp.getWeightedClusters(), subset, path + ".weighted_clusters");
      case CLUSTERSPECIFIER_NOT_SET -> {
        problems.missing(path, "no cluster is named", "cluster or weighted_clusters");
        yield new RouteAction.Single(RouteAction.Target.of(""));
      }
    };
  }

  private RouteAction.ClusterChoice weighted(
      TcpProxy.WeightedCluster proto, @Nullable SubsetMatch subset, String path) {
    List<RouteAction.Target> targets = new ArrayList<>();
    long total = 0;
    for (TcpProxy.WeightedCluster.ClusterWeight one : proto.getClustersList()) {
      long weight = Integer.toUnsignedLong(one.getWeight());
      RouteAction.Target named = RouteAction.Target.of(one.getName());
      targets.add(
          new RouteAction.Target(
                  one.getName(),
                  weight,
                  named.requestHeaders(),
                  named.responseHeaders(),
                  null,
                  null,
                  Metadatas.subset(one.getMetadataMatch()))
              .within(subset));
      total += weight;
    }
    if (total == 0 || total > 0xFFFF_FFFFL) {
      problems.invalid(
          path, "the weights' sum is out of range", total, "a sum from 1 to 4294967295");
      return new RouteAction.Single(RouteAction.Target.of(""));
    }
    return new RouteAction.Weighted(targets, total, false);
  }

  // ---- match

  private FilterChainMatch match(
      io.envoyproxy.envoy.config.listener.v3.FilterChainMatch proto, String path) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < proto.getServerNamesCount(); i++) {
      String name = proto.getServerNames(i).toLowerCase(Locale.ROOT);
      if (name.indexOf('*') >= 0 && !name.matches("\\*\\.[^*]+")) {
        problems.invalid(
            path + ".server_names[" + i + "]", "not a server name", name, "a name or *.suffix");
      }
      names.add(name);
    }
    return new FilterChainMatch(
        proto.getDestinationPort().getValue(),
        ranges(proto.getPrefixRangesList(), path + ".prefix_ranges"),
        names,
        proto.getTransportProtocol(),
        proto.getApplicationProtocolsList(),
        ranges(proto.getDirectSourcePrefixRangesList(), path + ".direct_source_prefix_ranges"),
        switch (proto.getSourceType()) {
          case ANY, UNRECOGNIZED -> FilterChainMatch.SourceType.ANY;
          case SAME_IP_OR_LOOPBACK -> FilterChainMatch.SourceType.SAME_IP_OR_LOOPBACK;
          case EXTERNAL -> FilterChainMatch.SourceType.EXTERNAL;
        },
        ranges(proto.getSourcePrefixRangesList(), path + ".source_prefix_ranges"),
        proto.getSourcePortsList());
  }

  private List<Cidr> ranges(List<CidrRange> protos, String path) {
    List<Cidr> ranges = new ArrayList<>();
    for (int i = 0; i < protos.size(); i++) {
      InetAddress prefix = EndpointReader.ip(protos.get(i).getAddressPrefix());
      int length = protos.get(i).getPrefixLen().getValue();
      if (prefix == null || length < 0 || length > prefix.getAddress().length * 8) {
        problems.invalid(
            path + "[" + i + "]",
            "not a range of addresses",
            protos.get(i).getAddressPrefix() + "/" + length,
            "an address and a prefix length");
      } else {
        ranges.add(new Cidr(prefix, length));
      }
    }
    return ranges;
  }
}

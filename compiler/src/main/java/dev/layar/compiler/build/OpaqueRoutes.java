package dev.layar.compiler.build;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.compiler.build.RouteBuilder.Site;
import dev.layar.compiler.build.Targets.Target;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule.HashKey;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.DestinationRule.Tunnel;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.L4Match;
import dev.layar.model.istio.VirtualService.RouteDestination;
import dev.layar.model.istio.VirtualService.TcpRoute;
import dev.layar.model.istio.VirtualService.TlsMatch;
import dev.layar.model.istio.VirtualService.TlsRoute;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.HashPolicy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Filter chains of connections that are not looked into: TLS by server name, TCP by address (Istio
 * {@code tls.go}, {@code networkfilter.go}). Called by queries, through whose context it reads.
 */
final class OpaqueRoutes {
  /**
   * A chain before its listener is known.
   *
   * @param match the whole condition; empty for every connection
   */
  record Chain(FilterChainMatch match, FilterChain chain) {
    FilterChain built() {
      return match.equals(FilterChainMatch.getDefaultInstance())
          ? chain
          : chain.toBuilder().setFilterChainMatch(match).build();
    }
  }

  private final Registry registry;
  private final Rules rules;
  private final Targets targets;
  private final ListenerParts parts;

  OpaqueRoutes(Registry registry, Rules rules, Targets targets, ListenerParts parts) {
    this.registry = registry;
    this.rules = rules;
    this.targets = targets;
    this.parts = parts;
  }

  /**
   * The chains of a service's port on a sidecar, in order.
   *
   * @param ranges addresses that a connection must be for; empty where the listener has the
   *     service's own address
   * @param shared whether the listener is for any address, so that server names tell services apart
   */
  List<Chain> ofService(
      QueryContext context,
      Site site,
      MeshService service,
      Protocol protocol,
      List<String> ranges,
      boolean shared) {
    List<Resource<VirtualService>> ruling = ruling(context, site, service);
    List<Chain> chains =
        isTls(protocol) ? tls(context, site, ruling, ranges) : tcp(context, site, ruling, ranges);
    boolean all = chains.stream().anyMatch(chain -> chain.match().equals(addresses(ranges)));
    if (isTls(protocol) ? chains.isEmpty() : !all) {
      Target target = targets.ofService(context, site.scope(), service, site.port());
      Set<String> names = new LinkedHashSet<>();
      if (isTls(protocol) && (shared || !ranges.isEmpty())) {
        names.add(service.host());
        registry
            .aliases(context, site.scope().viewer(), service.host())
            .forEach(alias -> names.add(alias.host()));
      }
      FilterChain chain =
          parts.opaque(
              "", proxy(List.of(new Weighted(target, 100))), Xds.provenance(service.source()));
      chains.add(new Chain(addresses(ranges).toBuilder().addAllServerNames(names).build(), chain));
    }
    return chains;
  }

  static boolean isTls(Protocol protocol) {
    return protocol == Protocol.TLS || protocol == Protocol.HTTPS;
  }

  private List<Resource<VirtualService>> ruling(
      QueryContext context, Site site, MeshService service) {
    if (site.scope().viewer().serviceNetwork()) {
      return List.of();
    }
    List<Resource<VirtualService>> ruling = new ArrayList<>();
    for (ObjectKey key : rules.concerning(context, site.scope().viewer(), service.host())) {
      Resource<VirtualService> vs = MeshObjects.read(context, key, VirtualService.class);
      if (vs != null) {
        ruling.add(vs);
      }
    }
    return ruling;
  }

  /** Chains of {@code tls} rules; of two with the same condition the first has effect. */
  private List<Chain> tls(
      QueryContext context, Site site, List<Resource<VirtualService>> ruling, List<String> ranges) {
    List<Chain> chains = new ArrayList<>();
    Set<FilterChainMatch> seen = new HashSet<>();
    for (Resource<VirtualService> vs : ruling) {
      for (int i = 0; i < vs.spec().tls().size(); i++) {
        TlsRoute rule = vs.spec().tls().get(i);
        for (TlsMatch match : rule.match()) {
          FilterChainMatch condition = condition(match, ranges, match.sniHosts());
          if (applies(match, site, vs) && seen.add(condition)) {
            chains.add(new Chain(condition, forward(context, site, vs, "tls", i, rule.route())));
          }
        }
      }
    }
    return chains;
  }

  private static FilterChainMatch condition(
      TlsMatch match, List<String> ranges, List<String> names) {
    List<String> wanted =
        match.destinationSubnets().isEmpty() ? ranges : match.destinationSubnets();
    return addresses(wanted).toBuilder().addAllServerNames(names).build();
  }

  /**
   * Chains of a TLS server of a gateway that passes TLS on: what both the server and the rules name
   * (Istio {@code gateway.go:buildGatewayNetworkFiltersFromTLSRoutes}).
   */
  List<Chain> tlsOfGateway(
      QueryContext context, Site site, Resource<VirtualService> vs, List<String> serverHosts) {
    List<Chain> chains = new ArrayList<>();
    for (int i = 0; i < vs.spec().tls().size(); i++) {
      TlsRoute rule = vs.spec().tls().get(i);
      for (TlsMatch match : rule.match()) {
        List<String> names =
            match.sniHosts().stream()
                .filter(name -> serverHosts.stream().anyMatch(h -> HostNames.overlap(h, name)))
                .toList();
        if (applies(match, site, vs) && !names.isEmpty()) {
          chains.add(
              new Chain(
                  condition(match, List.of(), names),
                  forward(context, site, vs, "tls", i, rule.route())));
        }
      }
    }
    return chains;
  }

  /** The chain of the first {@code tcp} rule of a gateway's server that applies, or null. */
  @Nullable FilterChain tcpOfGateway(QueryContext context, Site site, Resource<VirtualService> vs) {
    for (int i = 0; i < vs.spec().tcp().size(); i++) {
      TcpRoute rule = vs.spec().tcp().get(i);
      if (rule.match().isEmpty()
          || rule.match().stream().anyMatch(match -> applies(match, site, vs))) {
        return forward(context, site, vs, "tcp", i, rule.route());
      }
    }
    return null;
  }

  /** Chains of {@code tcp} rules, up to the first for every connection of the service. */
  private List<Chain> tcp(
      QueryContext context, Site site, List<Resource<VirtualService>> ruling, List<String> ranges) {
    List<Chain> chains = new ArrayList<>();
    for (Resource<VirtualService> vs : ruling) {
      for (int i = 0; i < vs.spec().tcp().size(); i++) {
        TcpRoute rule = vs.spec().tcp().get(i);
        List<String> wanted = subnets(rule, site, vs, ranges);
        if (wanted != null) {
          FilterChainMatch condition = addresses(wanted);
          chains.add(new Chain(condition, forward(context, site, vs, "tcp", i, rule.route())));
          if (condition.equals(addresses(ranges))) {
            return chains;
          }
        }
      }
    }
    return chains;
  }

  /** The addresses for which a rule decides, null when it does not apply. */
  private static @Nullable List<String> subnets(
      TcpRoute rule, Site site, Resource<VirtualService> vs, List<String> ranges) {
    if (rule.match().isEmpty()) {
      return ranges;
    }
    List<String> subnets = new ArrayList<>();
    boolean some = false;
    for (L4Match match : rule.match()) {
      if (applies(match, site, vs)) {
        if (match.destinationSubnets().isEmpty()) {
          return ranges;
        }
        some = true;
        subnets.addAll(match.destinationSubnets());
      }
    }
    return some ? subnets : null;
  }

  private static boolean applies(TlsMatch match, Site site, Resource<VirtualService> vs) {
    return applies(
        site, vs, match.port(), match.gateways(), match.sourceLabels(), match.sourceNamespace());
  }

  private static boolean applies(L4Match match, Site site, Resource<VirtualService> vs) {
    return applies(
        site, vs, match.port(), match.gateways(), match.sourceLabels(), match.sourceNamespace());
  }

  /** Other than for HTTP, all of them must hold (Istio {@code tls.go:matchTCP}). */
  private static boolean applies(
      Site site,
      Resource<VirtualService> vs,
      long port,
      List<String> gateways,
      Map<String, String> labels,
      String namespace) {
    return (port == 0 || port == site.port())
        && (gateways.isEmpty() || site.isNamedBy(gateways, vs.metadata().namespace()))
        && site.scope().labels().entrySet().containsAll(labels.entrySet())
        && (namespace.isEmpty() || namespace.equals(site.scope().viewer().namespace()));
  }

  private record Weighted(Target target, long weight) {}

  private FilterChain forward(
      QueryContext context,
      Site site,
      Resource<VirtualService> vs,
      String list,
      int index,
      List<RouteDestination> route) {
    List<Weighted> weighted = new ArrayList<>();
    for (RouteDestination to : route) {
      if (to.weight() > 0 || route.size() == 1) {
        Target target =
            targets.of(
                context, site.scope(), site.port(), vs.metadata().namespace(), to.destination());
        weighted.add(new Weighted(target, to.weight()));
      }
    }
    Map<String, Value> provenance = Xds.provenance(vs.key());
    provenance.put("list", Xds.text(list));
    provenance.put("rule", Xds.number(index));
    return parts.opaque("", proxy(weighted), provenance);
  }

  /** Timeouts, tunnel and hash are those of the first destination, as in Istio. */
  private TcpProxy.Builder proxy(List<Weighted> weighted) {
    TcpProxy.Builder out = TcpProxy.newBuilder();
    if (weighted.isEmpty()) {
      return out.setStatPrefix(Clusters.BLACK_HOLE).setCluster(Clusters.BLACK_HOLE);
    }
    Target first = weighted.getFirst().target();
    out.setStatPrefix(first.cluster());
    if (weighted.size() == 1) {
      out.setCluster(first.cluster());
    } else {
      for (Weighted one : weighted) {
        out.getWeightedClustersBuilder()
            .addClustersBuilder()
            .setName(one.target().cluster())
            .setWeight((int) one.weight());
      }
    }
    policy(out, first.policy());
    if (first.hash() != null
        && first.hash().hashKey() instanceof HashKey.UseSourceIp(boolean use)
        && use) {
      out.addHashPolicy(
          HashPolicy.newBuilder().setSourceIp(HashPolicy.SourceIp.getDefaultInstance()));
    }
    return out;
  }

  private static void policy(TcpProxy.Builder out, @Nullable TrafficPolicy policy) {
    if (policy == null) {
      return;
    }
    if (policy.connectionPool() != null && policy.connectionPool().tcp() != null) {
      if (policy.connectionPool().tcp().idleTimeout() != null) {
        out.setIdleTimeout(Xds.duration(policy.connectionPool().tcp().idleTimeout()));
      }
      if (policy.connectionPool().tcp().maxConnectionDuration() != null) {
        out.setMaxDownstreamConnectionDuration(
            Xds.duration(policy.connectionPool().tcp().maxConnectionDuration()));
      }
    }
    Tunnel tunnel = policy.tunnel();
    if (tunnel != null) {
      out.getTunnelingConfigBuilder()
          .setHostname(tunnel.targetHost() + ":" + tunnel.targetPort())
          .setUsePost(tunnel.protocol().equals("POST"));
    }
  }

  static FilterChainMatch addresses(List<String> ranges) {
    FilterChainMatch.Builder match = FilterChainMatch.newBuilder();
    for (String range : ranges) {
      int slash = range.indexOf('/');
      String address = slash < 0 ? range : range.substring(0, slash);
      int length = address.contains(":") ? 128 : 32;
      match
          .addPrefixRangesBuilder()
          .setAddressPrefix(address)
          .setPrefixLen(
              Xds.uint(slash < 0 ? length : Integer.parseInt(range.substring(slash + 1))));
    }
    return match.build();
  }

  /** What the chain's metadata says of where it came from. */
  static Metadata metadata(Map<String, Value> provenance) {
    return Metadata.newBuilder()
        .putFilterMetadata(Xds.PROVENANCE, Struct.newBuilder().putAllFields(provenance).build())
        .build();
  }
}

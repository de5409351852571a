package dev.layar.compiler.build;

import dev.layar.compiler.build.RouteBuilder.Site;
import dev.layar.compiler.build.Rules.VirtualName;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.PortUse;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.VirtualService;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Queries for the route configurations of sidecars (Istio {@code httproute.go}). One per compiler;
 * it holds no state, only the queries' definitions.
 *
 * <p>Implementation notes. A virtual host is a query of its own, so that an edit recomputes the
 * hosts it concerns and then only the concatenation. Which virtual host a domain belongs to when
 * several claim it is decided in the concatenation: full names first, then in order of the virtual
 * hosts' names.
 */
public final class VirtualHosts {
  /** The route configuration of the HTTP-proxy listener. */
  public static final String HTTP_PROXY = "http_proxy";

  private static final int PLAIN_HTTP = 80;

  /**
   * One service on one port.
   *
   * @param withPort whether domains carry the port, as the HTTP-proxy listener needs them
   */
  private record HostKey(Scope scope, String host, int port, boolean withPort) {}

  /** A route configuration by name. */
  private record ConfigKey(Scope scope, String name) {}

  /**
   * A virtual host before its domains are settled.
   *
   * @param full domains it claims before any short form
   */
  private record Draft(VirtualHost host, List<String> full) {}

  private final Outbound outbound;
  private final Registry registry;
  private final Rules rules;
  private final RouteBuilder routes;

  private final Query<HostKey, Optional<Draft>> ofService =
      new Query<>("virtualHost", this::computeOfService);
  private final Query<HostKey, Optional<Draft>> ofName =
      new Query<>("virtualNameHost", this::computeOfName);
  private final Query<ConfigKey, Optional<XdsResource>> configs =
      new Query<>("routeConfiguration", this::computeConfig);

  VirtualHosts(Outbound outbound, Registry registry, Rules rules, RouteBuilder routes) {
    this.outbound = outbound;
    this.registry = registry;
    this.rules = rules;
    this.routes = routes;
  }

  /**
   * A sidecar's route configuration: {@code PORT}, {@code FQDN:PORT} for a port whose protocol is
   * detected, or {@link #HTTP_PROXY}. Empty when the scope has no such port.
   */
  Optional<XdsResource> config(QueryContext context, Scope scope, String name) {
    return context.get(configs, new ConfigKey(scope, name));
  }

  private Optional<XdsResource> computeConfig(QueryContext context, ConfigKey key) {
    RouteConfiguration.Builder out =
        RouteConfiguration.newBuilder()
            .setName(key.name())
            .setValidateClusters(Xds.bool(false))
            .setMaxDirectResponseBodySizeBytes(Xds.uint(1 << 20));
    int colon = key.name().lastIndexOf(':');
    if (colon >= 0) {
      int port = Integer.parseInt(key.name().substring(colon + 1));
      HostKey of = new HostKey(key.scope(), key.name().substring(0, colon), port, false);
      Optional<Draft> draft = context.get(ofService, of);
      if (draft.isEmpty()) {
        return Optional.empty();
      }
      out.setIgnorePortInHostMatching(true)
          .addVirtualHosts(draft.get().host().toBuilder().clearDomains().addDomains("*"));
    } else if (key.name().equals(HTTP_PROXY)) {
      settle(everyPort(context, key.scope()), out);
      out.addVirtualHosts(unknown(context, key.scope()));
    } else {
      out.setIgnorePortInHostMatching(true);
      settle(onPort(context, key.scope(), Integer.parseInt(key.name())), out);
      out.addVirtualHosts(unknown(context, key.scope()));
    }
    return Optional.of(Xds.resource(ResourceType.ROUTE, key.name(), out.build()));
  }

  private List<Draft> onPort(QueryContext context, Scope scope, int port) {
    List<Draft> drafts = new ArrayList<>();
    PortUse use = registry.ports(context, scope.viewer()).get(port);
    if (use != null) {
      Set<String> hosts = new LinkedHashSet<>(use.http());
      use.detected().stream().filter(use.homeless()::contains).forEach(hosts::add);
      for (String host : hosts) {
        context.get(ofService, new HostKey(scope, host, port, false)).ifPresent(drafts::add);
      }
    }
    if (port == PLAIN_HTTP) {
      addNames(context, scope, false, drafts);
    }
    return drafts;
  }

  private List<Draft> everyPort(QueryContext context, Scope scope) {
    List<Draft> drafts = new ArrayList<>();
    for (Map.Entry<Integer, PortUse> entry : registry.ports(context, scope.viewer()).entrySet()) {
      List<String> hosts = new ArrayList<>(entry.getValue().http());
      hosts.addAll(entry.getValue().detected());
      for (String host : hosts) {
        context
            .get(ofService, new HostKey(scope, host, entry.getKey(), true))
            .ifPresent(drafts::add);
      }
    }
    addNames(context, scope, true, drafts);
    return drafts;
  }

  private void addNames(QueryContext context, Scope scope, boolean withPort, List<Draft> drafts) {
    for (VirtualName name : rules.virtualNames(context, scope.viewer())) {
      context
          .get(ofName, new HostKey(scope, name.host(), PLAIN_HTTP, withPort))
          .ifPresent(drafts::add);
    }
  }

  /** Gives each domain to the first that claims it, full names before short forms. */
  private static void settle(List<Draft> drafts, RouteConfiguration.Builder out) {
    Map<String, Draft> byName = new TreeMap<>();
    Set<String> full = new HashSet<>();
    for (Draft draft : drafts) {
      if (byName.putIfAbsent(draft.host().getName(), draft) == null) {
        full.addAll(draft.full());
      }
    }
    Set<String> taken = new HashSet<>();
    for (Draft draft : byName.values()) {
      List<String> domains = new ArrayList<>();
      for (String domain : draft.host().getDomainsList()) {
        boolean own = draft.full().contains(domain) || !full.contains(domain);
        if (own && taken.add(domain)) {
          domains.add(domain);
        }
      }
      if (domains.size() == draft.host().getDomainsCount()) {
        out.addVirtualHosts(draft.host());
      } else if (!domains.isEmpty()) {
        out.addVirtualHosts(draft.host().toBuilder().clearDomains().addAllDomains(domains));
      }
    }
  }

  private Optional<Draft> computeOfService(QueryContext context, HostKey key) {
    Optional<MeshService> found = registry.service(context, key.scope().viewer(), key.host());
    Port port = found.map(service -> service.port(key.port())).orElse(null);
    if (found.isEmpty() || port == null) {
      return Optional.empty();
    }
    MeshService service = found.get();
    List<Route> built = routesOf(context, key, service);
    List<String> full = withPort(key, List.of(service.host()));
    Set<String> domains = new LinkedHashSet<>(domains(key.scope(), service));
    for (MeshService alias : registry.aliases(context, key.scope().viewer(), service.host())) {
      domains.addAll(domains(key.scope(), alias));
    }
    return Optional.of(new Draft(host(key, withPort(key, List.copyOf(domains)), built), full));
  }

  private List<Route> routesOf(QueryContext context, HostKey key, MeshService service) {
    if (!key.scope().viewer().serviceNetwork()) {
      List<Route> ruled = ruled(context, key, service.host());
      if (!ruled.isEmpty()) {
        return ruled;
      }
    }
    return List.of(routes.byDefault(context, key.scope(), service, key.port()));
  }

  /** The routes of all that rules a host; of several objects, what matches everything is last. */
  private List<Route> ruled(QueryContext context, HostKey key, String host) {
    List<ObjectKey> owners = rules.owners(context, key.scope().viewer(), host);
    List<Route> built = new ArrayList<>();
    for (ObjectKey owner : owners) {
      Resource<VirtualService> vs = MeshObjects.read(context, owner, VirtualService.class);
      if (vs != null) {
        Site site = new Site(key.scope(), Set.of(VirtualService.MESH), key.port());
        built.addAll(routes.routes(context, site, vs));
      }
    }
    if (owners.size() > 1) {
      built.sort(Comparator.comparing(route -> RouteMatches.isCatchAll(route.getMatch())));
    }
    return built;
  }

  private Optional<Draft> computeOfName(QueryContext context, HostKey key) {
    List<Route> built = ruled(context, key, key.host());
    if (built.isEmpty()) {
      return Optional.empty();
    }
    List<String> domains = withPort(key, List.of(key.host()));
    return Optional.of(new Draft(host(key, domains, built), domains));
  }

  private static VirtualHost host(HostKey key, List<String> domains, List<Route> built) {
    return VirtualHost.newBuilder()
        .setName(key.host() + ":" + key.port())
        .addAllDomains(domains)
        .addAllRoutes(built)
        .setIncludeRequestAttemptCount(true)
        .build();
  }

  /**
   * All ways to write a service's name (Istio {@code httproute.go:generateVirtualHostDomains}): the
   * full name with and without the final dot, the forms that Kubernetes' DNS search completes, and
   * the virtual addresses.
   */
  private List<String> domains(Scope scope, MeshService service) {
    List<String> domains = new ArrayList<>();
    domains.add(service.host());
    if (service.isKubernetes()) {
      domains.add(service.host() + ".");
      String name = service.shortName();
      String namespace = service.namespace();
      if (namespace.equals(scope.viewer().namespace())) {
        domains.add(name);
      }
      domains.add(name + "." + namespace + ".svc");
      domains.add(name + "." + namespace);
      if (service.headless()) {
        domains.addAll(domains.stream().map(domain -> "*." + domain).toList());
      }
    } else if (!HostNames.isWildcard(service.host())) {
      domains.add(service.host() + ".");
    }
    service.addresses().stream().filter(a -> !a.contains("/")).forEach(domains::add);
    return domains;
  }

  /** Domains with the port; on port 80, which clients leave out, also without. */
  private static List<String> withPort(HostKey key, List<String> domains) {
    if (!key.withPort()) {
      return domains;
    }
    List<String> out = new ArrayList<>();
    for (String domain : domains) {
      if (key.port() == PLAIN_HTTP) {
        out.add(domain);
      }
      out.add((domain.contains(":") ? "[" + domain + "]" : domain) + ":" + key.port());
    }
    return Collections.unmodifiableList(out);
  }

  private VirtualHost unknown(QueryContext context, Scope scope) {
    return switch (outbound.cluster(context, scope.viewer())) {
      case Clusters.PASSTHROUGH -> ALLOW_ANY;
      case Clusters.BLACK_HOLE -> BLOCK_ALL;
      case String cluster -> allowAny(cluster);
    };
  }

  private static final VirtualHost ALLOW_ANY = allowAny(Clusters.PASSTHROUGH);

  private static VirtualHost allowAny(String cluster) {
    return VirtualHost.newBuilder()
        .setName("allow_any")
        .addDomains("*")
        .setIncludeRequestAttemptCount(true)
        .addRoutes(
            Route.newBuilder()
                .setName("allow_any")
                .setMatch(RouteMatches.EVERYTHING)
                .setRoute(
                    RouteAction.newBuilder()
                        .setCluster(cluster)
                        .setTimeout(com.google.protobuf.Duration.getDefaultInstance())))
        .build();
  }

  private static final VirtualHost BLOCK_ALL =
      VirtualHost.newBuilder()
          .setName("block_all")
          .addDomains("*")
          .setIncludeRequestAttemptCount(true)
          .addRoutes(
              Route.newBuilder()
                  .setName("block_all")
                  .setMatch(RouteMatches.EVERYTHING)
                  .setDirectResponse(DirectResponseAction.newBuilder().setStatus(502)))
          .build();
}

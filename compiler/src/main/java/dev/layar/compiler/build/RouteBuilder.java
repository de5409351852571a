package dev.layar.compiler.build;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.Targets.Target;
import dev.layar.compiler.gatewayapi.Internal;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.DestinationRule.ConsistentHashLb;
import dev.layar.model.istio.DestinationRule.HashKey;
import dev.layar.model.istio.Percent;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.Body;
import dev.layar.model.istio.VirtualService.DirectResponse;
import dev.layar.model.istio.VirtualService.HttpDestination;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpMirror;
import dev.layar.model.istio.VirtualService.HttpRedirect;
import dev.layar.model.istio.VirtualService.HttpRewrite;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.istio.VirtualService.PortSelection;
import dev.layar.model.istio.VirtualService.RedirectPort;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.Decorator;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Envoy routes from the rules of a VirtualService, and the route of a service without rules (Istio
 * {@code route/route.go}). Called by queries, through whose context it reads.
 */
final class RouteBuilder {
  /**
   * Where routes are built for.
   *
   * @param gateways the Gateways that the listener serves as {@code namespace/name}; {@code mesh}
   *     for sidecars
   * @param port the port that callers address
   */
  record Site(Scope scope, Set<String> gateways, int port) {
    /** Whether a rule's own list of gateways, of an object in a namespace, has one of these. */
    boolean isNamedBy(List<String> names, String namespace) {
      return (gateways.contains(VirtualService.MESH) && names.contains(VirtualService.MESH))
          || Rules.gatewayNames(names, namespace).stream().anyMatch(gateways::contains);
    }
  }

  /**
   * A rule with where it stands.
   *
   * @param source the VirtualService it is written in
   * @param index its position in {@code spec.http} of {@code source}
   */
  record Rule(HttpRoute route, ObjectKey source, int index) {}

  /** Of the weights of a sticky split, so that a change of one moves no other's callers. */
  private static final long STICKY_TOTAL = 10_000;

  private final MeshSettings settings;
  private final Targets targets;

  RouteBuilder(MeshSettings settings, Targets targets) {
    this.settings = settings;
    this.targets = targets;
  }

  /**
   * The routes that apply at a site, in order, up to the first that matches everything; empty when
   * every rule is for somebody else.
   */
  List<Route> routes(QueryContext context, Site site, Resource<VirtualService> vs) {
    List<Route> routes = new ArrayList<>();
    List<HttpRoute> http = vs.spec().http();
    for (int i = 0; i < http.size(); i++) {
      for (Rule rule :
          Delegates.expand(context, vs, i, settings.config().defaultVirtualServiceExportTo())) {
        if (addRule(context, site, vs, rule, routes)) {
          return routes;
        }
      }
    }
    return routes;
  }

  /** Adds a rule's routes; whether the last one matches everything. */
  private boolean addRule(
      QueryContext context, Site site, Resource<VirtualService> vs, Rule rule, List<Route> routes) {
    if (rule.route().match().isEmpty()) {
      return add(route(context, site, vs, rule, null, -1), routes);
    }
    List<HttpMatch> matches = rule.route().match();
    for (int i = 0; i < matches.size(); i++) {
      if (applies(matches.get(i), site, vs.metadata().namespace())
          && add(route(context, site, vs, rule, matches.get(i), i), routes)) {
        return true;
      }
    }
    return false;
  }

  private static boolean add(@Nullable Route route, List<Route> routes) {
    if (route == null) {
      return false;
    }
    routes.add(route);
    return RouteMatches.isCatchAll(route.getMatch());
  }

  /**
   * The conditions that are decided here and not per request: port, and either gateways or the
   * caller's labels and namespace (Istio {@code route.go:sourceMatchHTTP}).
   */
  private static boolean applies(HttpMatch match, Site site, String namespace) {
    if (match.port() != 0 && match.port() != site.port()) {
      return false;
    }
    if (!match.gateways().isEmpty()) {
      return site.isNamedBy(match.gateways(), namespace);
    }
    return site.scope().labels().entrySet().containsAll(match.sourceLabels().entrySet())
        && (match.sourceNamespace().isEmpty()
            || match.sourceNamespace().equals(site.scope().viewer().namespace()));
  }

  private @Nullable Route route(
      QueryContext context,
      Site site,
      Resource<VirtualService> vs,
      Rule rule,
      @Nullable HttpMatch match,
      int matchIndex) {
    HttpRoute http = rule.route();
    RouteMatch routeMatch =
        match == null
            ? RouteMatches.EVERYTHING
            : RouteMatches.of(match, Internal.hasSegments(vs.metadata()));
    Route.Builder out =
        Route.newBuilder()
            .setName(name(http, match))
            .setMatch(routeMatch)
            .setMetadata(provenance(rule, matchIndex));
    if (match != null && !match.statPrefix().isEmpty()) {
      out.setStatPrefix(match.statPrefix());
    }
    HeaderChanges.of(http.headers()).addTo(out);
    if (http.redirect() != null) {
      out.setRedirect(redirect(http.redirect(), site.port()));
    } else if (http.directResponse() != null) {
      out.setDirectResponse(answer(http.directResponse()));
    } else if (!http.route().isEmpty() && !hasWeight(http)) {
      out.setDirectResponse(DirectResponseAction.newBuilder().setStatus(503));
    } else if (!http.route().isEmpty()) {
      forward(context, site, rule, OptIns.of(vs.metadata()), out);
    } else {
      return null;
    }
    out.setDecorator(
        Decorator.newBuilder().setOperation(operation(out, vs.metadata().name(), site.port())));
    if (http.fault() != null) {
      out.putTypedPerFilterConfig(RouteFilters.FAULT, RouteFilters.fault(http.fault()));
    }
    if (http.corsPolicy() != null) {
      out.putTypedPerFilterConfig(RouteFilters.CORS, RouteFilters.cors(http.corsPolicy()));
    }
    return out.build();
  }

  private static String name(HttpRoute http, @Nullable HttpMatch match) {
    return match == null || match.name().isEmpty() ? http.name() : http.name() + "." + match.name();
  }

  private static Metadata provenance(Rule rule, int match) {
    Map<String, Value> own = Xds.provenance(rule.source());
    own.put("rule", Xds.number(rule.index()));
    if (match >= 0) {
      own.put("match", Xds.number(match));
    }
    return metadata(rule.source(), own);
  }

  private static Metadata metadata(ObjectKey source, Map<String, Value> own) {
    return Metadata.newBuilder()
        .putFilterMetadata("istio", Xds.struct(Map.of("config", Xds.text(Xds.configPath(source)))))
        .putFilterMetadata(Xds.PROVENANCE, Struct.newBuilder().putAllFields(own).build())
        .build();
  }

  /** What tracing calls it: {@code HOST:PORT/PATH}. */
  private static String operation(Route.Builder route, String rulesName, int port) {
    RouteMatch match = route.getMatch();
    String path =
        switch (match.getPathSpecifierCase()) {
          case PATH -> match.getPath();
          case PREFIX -> match.getPrefix() + "*";
          default -> "/*";
        };
    String[] cluster = route.getRoute().getCluster().split("\\|", 4);
    return cluster.length == 4
        ? cluster[3] + ":" + cluster[1] + path
        : rulesName + ":" + port + path;
  }

  private static RedirectAction redirect(HttpRedirect redirect, int port) {
    RedirectAction.Builder out =
        RedirectAction.newBuilder()
            .setHostRedirect(redirect.authority())
            .setResponseCode(
                switch (redirect.redirectCode()) {
                  case 302 -> RedirectAction.RedirectResponseCode.FOUND;
                  case 303 -> RedirectAction.RedirectResponseCode.SEE_OTHER;
                  case 307 -> RedirectAction.RedirectResponseCode.TEMPORARY_REDIRECT;
                  case 308 -> RedirectAction.RedirectResponseCode.PERMANENT_REDIRECT;
                  default -> RedirectAction.RedirectResponseCode.MOVED_PERMANENTLY;
                });
    if (!redirect.uri().isEmpty()) {
      out.setPathRedirect(redirect.uri());
    } else if (!redirect.prefixRewrite().isEmpty()) {
      out.setPrefixRewrite(redirect.prefixRewrite());
    }
    if (!redirect.scheme().isEmpty()) {
      out.setSchemeRedirect(redirect.scheme());
    }
    switch (redirect.redirectPort()) {
      case null -> {}
      case RedirectPort.Port(int number) -> out.setPortRedirect(number);
      case RedirectPort.DerivePort(PortSelection selection) -> {
        if (selection == PortSelection.FROM_REQUEST_PORT) {
          out.setPortRedirect(port);
        }
      }
    }
    return out.build();
  }

  private static DirectResponseAction answer(DirectResponse response) {
    DirectResponseAction.Builder out =
        DirectResponseAction.newBuilder().setStatus(response.status());
    switch (response.body()) {
      case null -> {}
      case Body.Text(String text) -> out.setBody(DataSource.newBuilder().setInlineString(text));
      case Body.Bytes(String base64) ->
          out.setBody(DataSource.newBuilder().setInlineBytes(ByteString.copyFrom(bytes(base64))));
    }
    return out.build();
  }

  /** The bytes, none where the text is not base64. */
  private static byte[] bytes(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0]; // validation refuses such text; what is stored already must not fail here
    }
  }

  /** Whether some destination gets traffic: a single one always does. */
  static boolean hasWeight(HttpRoute http) {
    return http.route().size() == 1 || http.route().stream().anyMatch(d -> d.weight() > 0);
  }

  private void forward(
      QueryContext context, Site site, Rule rule, OptIns optIns, Route.Builder out) {
    HttpRoute http = rule.route();
    RouteAction.Builder action = RouteAction.newBuilder();
    timeout(action, http.timeout());
    rewrite(action, http.rewrite());
    mirrors(context, site, rule, action);
    List<ConsistentHashLb> hashes = new ArrayList<>();
    if (http.route().size() == 1) {
      Target target = target(context, site, rule, http.route().getFirst().destination());
      action.setCluster(target.cluster());
      addIfPresent(hashes, target.hash());
      HeaderChanges changes = HeaderChanges.of(http.route().getFirst().headers());
      changes.addTo(out);
      if (!changes.authority().isEmpty() && !action.hasHostRewriteLiteral()) {
        action.setHostRewriteLiteral(changes.authority());
      }
    } else {
      action.setWeightedClusters(weighted(context, site, rule, hashes));
      if (optIns.sticky() != null) {
        stick(action, out, optIns.sticky());
      }
    }
    String authority = HeaderChanges.of(http.headers()).authority();
    if (!authority.isEmpty() && (http.rewrite() == null || http.rewrite().authority().isEmpty())) {
      action.setHostRewriteLiteral(authority);
    }
    hashes.forEach(hash -> addHash(action, hash));
    RetryPolicy retry = Retries.of(http.retries(), settings.defaultRetry(), !hashes.isEmpty());
    if (retry != null) {
      action.setRetryPolicy(optIns.onlyIdempotent() ? Retries.onlyIdempotent(retry) : retry);
    }
    out.setRoute(action);
  }

  /**
   * Lets the destination be chosen by a hash of what recognises the caller. Every caller has its
   * place in the line of shares, whose length never changes, so that moving a border moves only
   * those beside it. The metadata {@code layar.sticky} says so; to a proxy that does not read it,
   * it is an ordinary split.
   */
  private static void stick(RouteAction.Builder action, Route.Builder route, OptIns.Sticky sticky) {
    HashPolicy.Builder hash = HashPolicy.newBuilder().setTerminal(true);
    if (sticky.cookie()) {
      hash.getCookieBuilder()
          .setName(sticky.name())
          .setPath("/")
          .setTtl(Xds.duration(java.time.Duration.ofDays(365)));
    } else {
      hash.getHeaderBuilder().setHeaderName(sticky.name());
    }
    action.addHashPolicy(hash);
    WeightedCluster.Builder split = action.getWeightedClustersBuilder();
    long total = split.getClustersList().stream().mapToLong(c -> c.getWeight().getValue()).sum();
    long passed = 0;
    long placed = 0;
    for (ClusterWeight.Builder cluster : split.getClustersBuilderList()) {
      passed += cluster.getWeight().getValue();
      long border = STICKY_TOTAL * passed / total;
      cluster.setWeight(Xds.uint(border - placed));
      placed = border;
    }
    Struct own =
        route.getMetadata().getFilterMetadataOrThrow(Xds.PROVENANCE).toBuilder()
            .putFields("sticky", Value.newBuilder().setBoolValue(true).build())
            .build();
    route.setMetadata(route.getMetadata().toBuilder().putFilterMetadata(Xds.PROVENANCE, own));
  }

  private static <T> void addIfPresent(List<T> list, @Nullable T item) {
    if (item != null) {
      list.add(item);
    }
  }

  /** Weight 0 among several gets nothing (item left out), and order is as written. */
  private WeightedCluster weighted(
      QueryContext context, Site site, Rule rule, List<ConsistentHashLb> hashes) {
    WeightedCluster.Builder out = WeightedCluster.newBuilder();
    for (HttpDestination destination : rule.route().route()) {
      if (destination.weight() > 0) {
        Target target = target(context, site, rule, destination.destination());
        ClusterWeight.Builder weight =
            ClusterWeight.newBuilder()
                .setName(target.cluster())
                .setWeight(Xds.uint(destination.weight()));
        HeaderChanges.of(destination.headers()).addTo(weight);
        out.addClusters(weight);
        addIfPresent(hashes, target.hash());
      }
    }
    return out.build();
  }

  /** Istio turns Envoy's default of 15 s off: no timeout means none. */
  private static void timeout(RouteAction.Builder action, java.time.@Nullable Duration written) {
    com.google.protobuf.Duration timeout =
        written == null ? com.google.protobuf.Duration.getDefaultInstance() : Xds.duration(written);
    action.setTimeout(timeout).setMaxGrpcTimeout(timeout);
  }

  private static void rewrite(RouteAction.Builder action, @Nullable HttpRewrite rewrite) {
    if (rewrite == null) {
      return;
    }
    if (!rewrite.uri().isEmpty()) {
      action.setPrefixRewrite(rewrite.uri());
    }
    if (rewrite.uriRegexRewrite() != null) {
      action.setRegexRewrite(
          RegexMatchAndSubstitute.newBuilder()
              .setPattern(RouteMatches.regex(rewrite.uriRegexRewrite().match()))
              .setSubstitution(rewrite.uriRegexRewrite().rewrite()));
    }
    if (!rewrite.authority().isEmpty()) {
      action.setHostRewriteLiteral(rewrite.authority());
    }
  }

  private void mirrors(QueryContext context, Site site, Rule rule, RouteAction.Builder action) {
    HttpRoute http = rule.route();
    for (HttpMirror mirror : http.mirrors()) {
      addMirror(
          context, site, rule, action, mirror.destination(), percent(mirror.percentage(), null));
    }
    if (http.mirror() != null) {
      double percent = percent(http.mirrorPercentage(), http.mirrorPercent());
      addMirror(context, site, rule, action, http.mirror(), percent);
    }
  }

  private static double percent(@Nullable Percent percentage, @Nullable Long whole) {
    if (percentage != null) {
      return percentage.value();
    }
    return whole == null ? 100 : whole;
  }

  private void addMirror(
      QueryContext context,
      Site site,
      Rule rule,
      RouteAction.Builder action,
      Destination destination,
      double percent) {
    if (percent <= 0) {
      return;
    }
    action.addRequestMirrorPolicies(
        RequestMirrorPolicy.newBuilder()
            .setCluster(target(context, site, rule, destination).cluster())
            .setRuntimeFraction(
                RuntimeFractionalPercent.newBuilder().setDefaultValue(Xds.percent(percent)))
            .setTraceSampled(Xds.bool(false))
            .setDisableShadowHostSuffixAppend(!settings.shadowHostSuffix()));
  }

  private Target target(QueryContext context, Site site, Rule rule, Destination destination) {
    return targets.of(context, site.scope(), site.port(), rule.source().namespace(), destination);
  }

  /** The one route of a service that no rules govern. */
  Route byDefault(QueryContext context, Scope scope, MeshService service, int port) {
    Target target = targets.ofService(context, scope, service, port);
    ConsistentHashLb hash = target.hash();
    RouteAction.Builder action = RouteAction.newBuilder().setCluster(target.cluster());
    timeout(action, null);
    if (hash != null) {
      addHash(action, hash);
    }
    RetryPolicy retry =
        scope.viewer().serviceNetwork()
            ? null
            : Retries.of(null, settings.defaultRetry(), hash != null);
    if (retry != null) {
      action.setRetryPolicy(retry);
    }
    return Route.newBuilder()
        .setName("default")
        .setMatch(RouteMatches.EVERYTHING)
        .setRoute(action)
        .setDecorator(Decorator.newBuilder().setOperation(service.host() + ":" + port + "/*"))
        .setMetadata(
            Metadata.newBuilder()
                .putFilterMetadata(
                    Xds.PROVENANCE,
                    Struct.newBuilder()
                        .putAllFields(new TreeMap<>(Xds.provenance(service.source())))
                        .build()))
        .build();
  }

  private static void addHash(RouteAction.Builder action, ConsistentHashLb hash) {
    HashPolicy.Builder out = HashPolicy.newBuilder();
    switch (hash.hashKey()) {
      case HashKey.HttpHeaderName(String name) -> out.getHeaderBuilder().setHeaderName(name);
      case HashKey.HttpCookie(var cookie) -> {
        HashPolicy.Cookie.Builder policy = out.getCookieBuilder().setName(cookie.name());
        policy.setPath(cookie.path());
        if (cookie.ttl() != null) {
          policy.setTtl(Xds.duration(cookie.ttl()));
        }
        cookie
            .attributes()
            .forEach(a -> policy.addAttributesBuilder().setName(a.name()).setValue(a.value()));
      }
      case HashKey.UseSourceIp(boolean use) -> {
        if (!use) {
          return;
        }
        out.getConnectionPropertiesBuilder().setSourceIp(true);
      }
      case HashKey.HttpQueryParameterName(String name) ->
          out.getQueryParameterBuilder().setName(name);
      case null -> {
        return;
      }
    }
    action.addHashPolicy(out);
  }
}

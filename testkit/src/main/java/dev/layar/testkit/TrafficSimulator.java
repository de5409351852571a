package dev.layar.testkit;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Value;
import com.google.re2j.Pattern;
import dev.layar.testkit.Outcome.Answered;
import dev.layar.testkit.Outcome.Fault;
import dev.layar.testkit.Outcome.Forwarded;
import dev.layar.testkit.Outcome.Mirror;
import dev.layar.testkit.Outcome.Redirected;
import dev.layar.testkit.Outcome.Refused;
import dev.layar.testkit.Outcome.Share;
import dev.layar.testkit.Outcome.Trail;
import dev.layar.testkit.Outcome.Tunnelled;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers what a proxy with given xDS resources would do with a call, without a proxy: which
 * listener takes it, which filter chain, virtual host and route, which clusters share it and which
 * endpoints they have, or why not. An independent reading of Envoy's rules, for tests to compare
 * with. Immutable.
 *
 * <p>A resource that uses a matcher this class does not know is an {@link
 * UnsupportedOperationException}: it never guesses.
 */
public final class TrafficSimulator {
  private final Map<String, Listener> listeners = new LinkedHashMap<>();
  private final Map<String, RouteConfiguration> routes = new LinkedHashMap<>();
  private final Map<String, Cluster> clusters = new LinkedHashMap<>();
  private final Map<String, ClusterLoadAssignment> assignments = new LinkedHashMap<>();
  private final Set<String> dead;

  private TrafficSimulator(Collection<? extends Message> resources, Set<String> dead) {
    this.dead = Set.copyOf(dead);
    for (Message resource : resources) {
      switch (resource) {
        case Listener listener -> listeners.put(listener.getName(), listener);
        case RouteConfiguration route -> routes.put(route.getName(), route);
        case Cluster cluster -> clusters.put(cluster.getName(), cluster);
        case ClusterLoadAssignment assignment ->
            assignments.put(assignment.getClusterName(), assignment);
        default ->
            throw new IllegalArgumentException(
                "not a resource of traffic: " + resource.getDescriptorForType().getFullName());
      }
    }
  }

  /** A proxy with these listeners, route configurations, clusters and load assignments. */
  public static TrafficSimulator of(Collection<? extends Message> resources) {
    return new TrafficSimulator(resources, Set.of());
  }

  /** The same proxy after it has found these endpoints, {@code ip:port}, not to answer. */
  public TrafficSimulator without(Collection<String> endpoints) {
    List<Message> all = new ArrayList<>(listeners.values());
    all.addAll(routes.values());
    all.addAll(clusters.values());
    all.addAll(assignments.values());
    return new TrafficSimulator(all, Set.copyOf(endpoints));
  }

  /**
   * How a cluster divides calls between localities, in percent by {@code region/zone/subzone}, by
   * the weights that Envoy uses with {@code locality_weighted_lb_config}; by the number of
   * endpoints without it. Only the first priority with a usable endpoint counts.
   */
  public Map<String, Double> localities(String cluster) {
    Cluster of = clusters.get(cluster);
    ClusterLoadAssignment assignment = of == null ? null : assignment(of);
    Map<String, Double> weights = new TreeMap<>();
    if (of != null && assignment != null) {
      boolean weighted = of.getCommonLbConfig().hasLocalityWeightedLbConfig();
      for (LocalityLbEndpoints group : usable(assignment)) {
        Locality at = group.getLocality();
        String name = at.getRegion() + "/" + at.getZone() + "/" + at.getSubZone();
        double weight = weighted ? group.getLoadBalancingWeight().getValue() : alive(group).size();
        weights.merge(name.replaceAll("/+$", ""), weight, Double::sum);
      }
    }
    double total = weights.values().stream().mapToDouble(w -> w).sum();
    weights.replaceAll((name, weight) -> 100 * weight / total);
    return weights;
  }

  /** A proxy with these resources as they go over the wire. */
  public static TrafficSimulator ofPacked(Collection<Any> resources) {
    List<Message> messages = new ArrayList<>();
    for (Any any : resources) {
      messages.add(unpackResource(any));
    }
    return new TrafficSimulator(messages, Set.of());
  }

  private static Message unpackResource(Any any) {
    for (Class<? extends Message> type :
        List.of(
            Listener.class, RouteConfiguration.class, Cluster.class, ClusterLoadAssignment.class)) {
      if (any.is(type)) {
        return unpack(any, type);
      }
    }
    throw new IllegalArgumentException("not a resource of traffic: " + any.getTypeUrl());
  }

  private static <M extends Message> M unpack(Any any, Class<M> type) {
    try {
      return any.unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("broken " + any.getTypeUrl(), e);
    }
  }

  /** What happens to a call. */
  public Outcome call(Call call) {
    Listener listener = listenerFor(call);
    if (listener == null) {
      return new Refused(
          new Trail("", "", "", "", ""), 0, "", "nothing listens on port " + call.port());
    }
    Trail trail = new Trail(listener.getName(), "", "", "", "");
    FilterChain chain = ChainMatch.of(listener, call);
    if (chain == null) {
      return new Refused(trail, 0, "NR", "no filter chain matches");
    }
    String handshake = handshake(chain, call);
    if (!handshake.isEmpty()) {
      return new Refused(trail, 0, "", handshake);
    }
    for (Filter filter : chain.getFiltersList()) {
      Any config = filter.getTypedConfig();
      if (config.is(HttpConnectionManager.class)) {
        return call.isTls() == chain.hasTransportSocket() && !call.method().isEmpty()
            ? http(trail, unpack(config, HttpConnectionManager.class), call)
            : new Refused(trail, 0, "", "not HTTP where HTTP is expected");
      }
      if (config.is(TcpProxy.class)) {
        return tcp(
            new Trail(trail.listener(), "", "", chain.getName(), rule(chain.getMetadata())),
            unpack(config, TcpProxy.class));
      }
    }
    throw new UnsupportedOperationException("no terminal filter in " + listener.getName());
  }

  /** Why the transport refuses, or nothing. */
  private static String handshake(FilterChain chain, Call call) {
    if (!chain.hasTransportSocket()) {
      return "";
    }
    if (!chain.getTransportSocket().getTypedConfig().is(DownstreamTlsContext.class)) {
      throw new UnsupportedOperationException("transport socket " + chain.getTransportSocket());
    }
    DownstreamTlsContext tls =
        unpack(chain.getTransportSocket().getTypedConfig(), DownstreamTlsContext.class);
    if (!call.isTls()) {
      return "plain bytes where TLS is expected";
    }
    return tls.getRequireClientCertificate().getValue() && call.identity().isEmpty()
        ? "no client certificate"
        : "";
  }

  /**
   * How a cluster speaks to one of its endpoints: {@code plain}, {@code tls SNI} or {@code mutual
   * SNI}, the server name empty where it comes from each request.
   */
  public String transport(String cluster, String endpoint) {
    Cluster of = clusters.get(cluster);
    if (of == null) {
      throw new IllegalArgumentException("no cluster " + cluster);
    }
    for (Cluster.TransportSocketMatch match : of.getTransportSocketMatchesList()) {
      if (tagsOf(of, endpoint).entrySet().containsAll(match.getMatch().getFieldsMap().entrySet())) {
        return transport(match.getTransportSocket());
      }
    }
    return of.hasTransportSocket() ? transport(of.getTransportSocket()) : "plain";
  }

  private Map<String, Value> tagsOf(Cluster cluster, String endpoint) {
    ClusterLoadAssignment assignment = assignment(cluster);
    if (assignment != null) {
      for (LocalityLbEndpoints group : assignment.getEndpointsList()) {
        for (LbEndpoint candidate : group.getLbEndpointsList()) {
          if (addressOf(candidate).equals(endpoint)) {
            return candidate
                .getMetadata()
                .getFilterMetadataOrDefault(
                    "envoy.transport_socket_match", com.google.protobuf.Struct.getDefaultInstance())
                .getFieldsMap();
          }
        }
      }
    }
    throw new IllegalArgumentException("no endpoint " + endpoint + " of " + cluster.getName());
  }

  private static String transport(TransportSocket socket) {
    Any config = socket.getTypedConfig();
    if (config.is(RawBuffer.class)) {
      return "plain";
    }
    if (config.is(ProxyProtocolUpstreamTransport.class)) {
      ProxyProtocolUpstreamTransport wrapper = unpack(config, ProxyProtocolUpstreamTransport.class);
      return "proxy-"
          + wrapper.getConfig().getVersion().name().toLowerCase(Locale.ROOT)
          + " "
          + transport(wrapper.getTransportSocket());
    }
    if (!config.is(UpstreamTlsContext.class)) {
      throw new UnsupportedOperationException("transport socket " + socket);
    }
    UpstreamTlsContext tls = unpack(config, UpstreamTlsContext.class);
    boolean mutual =
        tls.getCommonTlsContext().getTlsCertificatesCount()
                + tls.getCommonTlsContext().getTlsCertificateSdsSecretConfigsCount()
            > 0;
    return (mutual ? "mutual " : "tls ") + tls.getSni();
  }

  /**
   * Exact address and port, then any address and that port, then the listener that takes redirected
   * connections (Envoy {@code use_original_dst}).
   */
  private @Nullable Listener listenerFor(Call call) {
    List<Listener> onPort =
        listeners.values().stream().filter(l -> socketOf(l).getPortValue() == call.port()).toList();
    Listener found = first(onPort, l -> socketOf(l).getAddress().equals(call.address()));
    if (found == null) {
      found = first(onPort, l -> socketOf(l).getAddress().equals("0.0.0.0"));
    }
    if (found == null && call.address().isEmpty() && onPort.size() == 1) {
      found = onPort.getFirst();
    }
    return found != null
        ? found
        : first(List.copyOf(listeners.values()), l -> l.getUseOriginalDst().getValue());
  }

  private static SocketAddress socketOf(Listener listener) {
    return listener.getAddress().getSocketAddress();
  }

  private static <T> @Nullable T first(List<T> list, Predicate<T> condition) {
    for (T item : list) {
      if (condition.test(item)) {
        return item;
      }
    }
    return null;
  }

  private Outcome tcp(Trail trail, TcpProxy proxy) {
    if (proxy.hasWeightedClusters()) {
      List<TcpProxy.WeightedCluster.ClusterWeight> weights =
          proxy.getWeightedClusters().getClustersList();
      long total = weights.stream().mapToLong(w -> w.getWeight()).sum();
      return new Tunnelled(
          trail,
          weights.stream().map(w -> share(w.getName(), 100.0 * w.getWeight() / total)).toList());
    }
    return new Tunnelled(trail, List.of(share(proxy.getCluster(), 100)));
  }

  private Outcome http(Trail trail, HttpConnectionManager hcm, Call call) {
    String name = hcm.hasRds() ? hcm.getRds().getRouteConfigName() : "";
    RouteConfiguration config = hcm.hasRds() ? routes.get(name) : hcm.getRouteConfig();
    Trail here = new Trail(trail.listener(), name, "", "", "");
    if (config == null) {
      return new Refused(here, 404, "NR", "no route configuration " + name);
    }
    VirtualHost host = virtualHost(config, call.authority());
    if (host == null) {
      return new Refused(here, 404, "NR", "no virtual host for " + call.authority());
    }
    Trail inside = new Trail(trail.listener(), name, host.getName(), "", "");
    if (host.getRequireTls() == VirtualHost.TlsRequirementType.ALL
        && !call.scheme().equals("https")) {
      return new Redirected(inside, 301, "https://" + call.authority() + call.path());
    }
    for (Route route : host.getRoutesList()) {
      if (matches(route.getMatch(), call)) {
        Trail full =
            new Trail(
                trail.listener(), name, host.getName(), route.getName(), rule(route.getMetadata()));
        return act(full, route, call);
      }
    }
    return new Refused(inside, 404, "NR", "no route for " + call.method() + " " + call.path());
  }

  /** The one virtual host for a Host header, or null; Envoy's order of domains. */
  private static @Nullable VirtualHost virtualHost(RouteConfiguration config, String authority) {
    String host = authority.toLowerCase(Locale.ROOT);
    if (config.getIgnorePortInHostMatching()) {
      host = withoutPort(host);
    }
    VirtualHost best = null;
    int bestRank = -1;
    for (VirtualHost candidate : config.getVirtualHostsList()) {
      for (String domain : candidate.getDomainsList()) {
        int rank = rank(domain.toLowerCase(Locale.ROOT), host);
        if (rank > bestRank) {
          best = candidate;
          bestRank = rank;
        }
      }
    }
    return best;
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') && host.substring(colon + 1).matches("\\d+")
        ? host.substring(0, colon)
        : host;
  }

  /** -1 for no match; exact over suffix wildcards over prefix wildcards over all, longest first. */
  private static int rank(String domain, String host) {
    if (domain.equals("*")) {
      return 0;
    }
    if (domain.equals(host)) {
      return Integer.MAX_VALUE;
    }
    if (domain.startsWith("*")) {
      boolean fits = host.length() >= domain.length() && host.endsWith(domain.substring(1));
      return fits ? 1_000_000 + domain.length() : -1;
    }
    if (domain.endsWith("*")) {
      String prefix = domain.substring(0, domain.length() - 1);
      return host.length() >= domain.length() && host.startsWith(prefix) ? domain.length() : -1;
    }
    return -1;
  }

  private static boolean matches(RouteMatch match, Call call) {
    if (match.hasRuntimeFraction() || match.hasGrpc() || match.getDynamicMetadataCount() > 0) {
      throw new UnsupportedOperationException("route match " + match);
    }
    return match.getHeadersList().stream().allMatch(m -> matches(m, call))
        && match.getQueryParametersList().stream().allMatch(m -> matches(m, call))
        && pathMatches(match, pathOnly(call.path()));
  }

  private static String pathOnly(String path) {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  private static boolean pathMatches(RouteMatch match, String path) {
    boolean exactCase = !match.hasCaseSensitive() || match.getCaseSensitive().getValue();
    return switch (match.getPathSpecifierCase()) {
      case PREFIX ->
          path.regionMatches(!exactCase, 0, match.getPrefix(), 0, match.getPrefix().length());
      case PATH ->
          exactCase ? path.equals(match.getPath()) : path.equalsIgnoreCase(match.getPath());
      case SAFE_REGEX -> Pattern.matches(match.getSafeRegex().getRegex(), path);
      case PATH_SEPARATED_PREFIX ->
          path.equals(match.getPathSeparatedPrefix())
              || path.startsWith(match.getPathSeparatedPrefix() + "/");
      case CONNECT_MATCHER -> false;
      case PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET ->
          throw new UnsupportedOperationException("path match " + match);
    };
  }

  private static boolean matches(HeaderMatcher matcher, Call call) {
    List<String> values = call.header(matcher.getName());
    boolean invert = matcher.getInvertMatch();
    switch (matcher.getHeaderMatchSpecifierCase()) {
      case PRESENT_MATCH -> {
        return (!values.isEmpty() == matcher.getPresentMatch()) != invert;
      }
      case HEADERMATCHSPECIFIER_NOT_SET -> {
        return values.isEmpty() == invert;
      }
      case STRING_MATCH -> {
        if (values.isEmpty() && !matcher.getTreatMissingHeaderAsEmpty()) {
          return false;
        }
        String value = values.isEmpty() ? "" : values.getFirst();
        return matches(matcher.getStringMatch(), value) != invert;
      }
      default -> throw new UnsupportedOperationException("header match " + matcher);
    }
  }

  private static boolean matches(QueryParameterMatcher matcher, Call call) {
    String value = queryValue(call.path(), matcher.getName());
    return switch (matcher.getQueryParameterMatchSpecifierCase()) {
      case PRESENT_MATCH -> (value != null) == matcher.getPresentMatch();
      case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> value != null;
      case STRING_MATCH -> value != null && matches(matcher.getStringMatch(), value);
    };
  }

  private static @Nullable String queryValue(String path, String name) {
    int query = path.indexOf('?');
    if (query < 0) {
      return null;
    }
    for (String pair : path.substring(query + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      if (key.equals(name)) {
        return equals < 0 ? "" : pair.substring(equals + 1);
      }
    }
    return null;
  }

  private static boolean matches(StringMatcher matcher, String value) {
    boolean fold = matcher.getIgnoreCase();
    return switch (matcher.getMatchPatternCase()) {
      case EXACT ->
          fold ? value.equalsIgnoreCase(matcher.getExact()) : value.equals(matcher.getExact());
      case PREFIX ->
          value.regionMatches(fold, 0, matcher.getPrefix(), 0, matcher.getPrefix().length());
      case SUFFIX -> value.endsWith(matcher.getSuffix());
      case CONTAINS -> value.contains(matcher.getContains());
      case SAFE_REGEX -> Pattern.matches(matcher.getSafeRegex().getRegex(), value);
      default -> throw new UnsupportedOperationException("string match " + matcher);
    };
  }

  private Outcome act(Trail trail, Route route, Call call) {
    return switch (route.getActionCase()) {
      case ROUTE -> forward(trail, route, route.getRoute(), call);
      case REDIRECT -> redirect(trail, route, route.getRedirect(), call);
      case DIRECT_RESPONSE ->
          new Answered(
              trail,
              route.getDirectResponse().getStatus(),
              body(route.getDirectResponse().getBody()));
      default -> throw new UnsupportedOperationException("action of route " + route);
    };
  }

  private static String body(DataSource source) {
    return switch (source.getSpecifierCase()) {
      case INLINE_STRING -> source.getInlineString();
      case INLINE_BYTES -> source.getInlineBytes().toStringUtf8();
      case SPECIFIER_NOT_SET -> "";
      case FILENAME, ENVIRONMENT_VARIABLE ->
          throw new UnsupportedOperationException("body from " + source);
    };
  }

  private Outcome forward(Trail trail, Route route, RouteAction action, Call call) {
    String authority = call.authority();
    if (action.hasHostRewriteLiteral()) {
      authority = action.getHostRewriteLiteral();
    }
    Duration timeout =
        action.hasTimeout()
            ? Duration.ofSeconds(action.getTimeout().getSeconds(), action.getTimeout().getNanos())
            : Duration.ofSeconds(15);
    int retries =
        action.hasRetryPolicy()
            ? action.getRetryPolicy().hasNumRetries()
                ? action.getRetryPolicy().getNumRetries().getValue()
                : 1
            : 0;
    return new Forwarded(
        trail,
        shares(action),
        mirrors(action, authority),
        fault(route),
        rewritten(route.getMatch(), action, call.path()),
        authority,
        timeout,
        retries);
  }

  private List<Share> shares(RouteAction action) {
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER -> List.of(share(action.getCluster(), 100));
      case WEIGHTED_CLUSTERS -> {
        List<WeightedCluster.ClusterWeight> weights =
            action.getWeightedClusters().getClustersList();
        long total = weights.stream().mapToLong(w -> w.getWeight().getValue()).sum();
        yield weights.stream()
            .map(w -> share(w.getName(), 100.0 * w.getWeight().getValue() / total))
            .toList();
      }
      default -> throw new UnsupportedOperationException("cluster of " + action);
    };
  }

  private Share share(String name, double percent) {
    Cluster cluster = clusters.get(name);
    if (cluster == null) {
      return new Share(name, percent, List.of(), "503 NC");
    }
    if (cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST) {
      return new Share(name, percent, List.of("(original destination)"), "");
    }
    ClusterLoadAssignment assignment = assignment(cluster);
    List<String> endpoints =
        assignment == null
            ? List.of()
            : usable(assignment).stream().flatMap(group -> alive(group).stream()).toList();
    return new Share(name, percent, endpoints, endpoints.isEmpty() ? "503 UH" : "");
  }

  private @Nullable ClusterLoadAssignment assignment(Cluster cluster) {
    return cluster.getType() == Cluster.DiscoveryType.EDS
        ? assignments.get(assignmentName(cluster))
        : cluster.getLoadAssignment();
  }

  private static String assignmentName(Cluster cluster) {
    String service = cluster.getEdsClusterConfig().getServiceName();
    return service.isEmpty() ? cluster.getName() : service;
  }

  /**
   * The localities of the first priority that has a usable endpoint. Envoy begins to spill over
   * before the last one of a priority is gone; callers must let all of a priority die or none.
   */
  private List<LocalityLbEndpoints> usable(ClusterLoadAssignment assignment) {
    int priorities =
        assignment.getEndpointsList().stream()
            .mapToInt(LocalityLbEndpoints::getPriority)
            .max()
            .orElse(-1);
    for (int i = 0; i <= priorities; i++) {
      int priority = i;
      List<LocalityLbEndpoints> usable =
          assignment.getEndpointsList().stream()
              .filter(group -> group.getPriority() == priority && !alive(group).isEmpty())
              .toList();
      if (!usable.isEmpty()) {
        return usable;
      }
    }
    return List.of();
  }

  private List<String> alive(LocalityLbEndpoints group) {
    List<String> alive = new ArrayList<>();
    for (LbEndpoint endpoint : group.getLbEndpointsList()) {
      HealthStatus health = endpoint.getHealthStatus();
      String address = addressOf(endpoint);
      if ((health == HealthStatus.UNKNOWN || health == HealthStatus.HEALTHY)
          && !dead.contains(address)) {
        alive.add(address);
      }
    }
    return alive;
  }

  private static String addressOf(LbEndpoint endpoint) {
    SocketAddress socket = endpoint.getEndpoint().getAddress().getSocketAddress();
    return socket.getAddress() + ":" + socket.getPortValue();
  }

  private static List<Mirror> mirrors(RouteAction action, String authority) {
    List<Mirror> mirrors = new ArrayList<>();
    for (RouteAction.RequestMirrorPolicy policy : action.getRequestMirrorPoliciesList()) {
      double percent =
          policy.hasRuntimeFraction()
              ? percent(policy.getRuntimeFraction().getDefaultValue())
              : 100;
      mirrors.add(
          new Mirror(
              policy.getCluster(),
              percent,
              policy.getDisableShadowHostSuffixAppend() ? authority : shadow(authority)));
    }
    return mirrors;
  }

  /** Envoy appends the suffix to the host and keeps the port. */
  private static String shadow(String authority) {
    String host = withoutPort(authority);
    return host + "-shadow" + authority.substring(host.length());
  }

  private static double percent(FractionalPercent percent) {
    return switch (percent.getDenominator()) {
      case HUNDRED -> percent.getNumerator();
      case TEN_THOUSAND -> percent.getNumerator() / 100.0;
      case MILLION -> percent.getNumerator() / 10_000.0;
      case UNRECOGNIZED -> throw new UnsupportedOperationException("percent " + percent);
    };
  }

  private static @Nullable Fault fault(Route route) {
    Any any = route.getTypedPerFilterConfigMap().get("envoy.filters.http.fault");
    if (any == null) {
      return null;
    }
    HTTPFault fault = unpack(any, HTTPFault.class);
    com.google.protobuf.Duration delay = fault.getDelay().getFixedDelay();
    return new Fault(
        Duration.ofSeconds(delay.getSeconds(), delay.getNanos()),
        fault.hasDelay() ? percent(fault.getDelay().getPercentage()) : 0,
        fault.getAbort().getHttpStatus(),
        fault.hasAbort() ? percent(fault.getAbort().getPercentage()) : 0);
  }

  private static String rewritten(RouteMatch match, RouteAction action, String path) {
    String only = pathOnly(path);
    String query = path.substring(only.length());
    if (action.hasRegexRewrite()) {
      return substituted(action.getRegexRewrite(), only) + query;
    }
    return action.getPrefixRewrite().isEmpty()
        ? path
        : replaced(match, action.getPrefixRewrite(), only) + query;
  }

  private static String replaced(RouteMatch match, String replacement, String path) {
    return switch (match.getPathSpecifierCase()) {
      case PREFIX -> replacement + path.substring(match.getPrefix().length());
      case PATH_SEPARATED_PREFIX ->
          replacement + path.substring(match.getPathSeparatedPrefix().length());
      default -> replacement;
    };
  }

  private static String substituted(RegexMatchAndSubstitute rewrite, String path) {
    String replacement =
        rewrite.getSubstitution().replace("$", "\\$").replaceAll("\\\\(\\d)", "\\$$1");
    return Pattern.compile(rewrite.getPattern().getRegex()).matcher(path).replaceAll(replacement);
  }

  private static Outcome redirect(Trail trail, Route route, RedirectAction action, Call call) {
    String scheme =
        action.getHttpsRedirect()
            ? "https"
            : action.getSchemeRedirect().isEmpty() ? call.scheme() : action.getSchemeRedirect();
    String host = action.getHostRedirect().isEmpty() ? call.authority() : action.getHostRedirect();
    if (action.getPortRedirect() != 0) {
      host = withoutPort(host) + ":" + action.getPortRedirect();
    }
    return new Redirected(
        trail,
        status(action),
        scheme + "://" + host + location(route.getMatch(), action, call.path()));
  }

  /** The query of {@code path_redirect} wins; without one the request's own stays. */
  private static String location(RouteMatch match, RedirectAction action, String path) {
    String only = pathOnly(path);
    String query = action.getStripQuery() ? "" : path.substring(only.length());
    if (!action.getPathRedirect().isEmpty()) {
      return action.getPathRedirect() + (action.getPathRedirect().contains("?") ? "" : query);
    }
    if (action.hasRegexRewrite()) {
      return substituted(action.getRegexRewrite(), only) + query;
    }
    return action.getPrefixRewrite().isEmpty()
        ? only + query
        : replaced(match, action.getPrefixRewrite(), only) + query;
  }

  private static int status(RedirectAction action) {
    return switch (action.getResponseCode()) {
      case MOVED_PERMANENTLY -> 301;
      case FOUND -> 302;
      case SEE_OTHER -> 303;
      case TEMPORARY_REDIRECT -> 307;
      case PERMANENT_REDIRECT -> 308;
      case UNRECOGNIZED -> throw new UnsupportedOperationException("redirect " + action);
    };
  }

  private static String rule(Metadata metadata) {
    Map<String, Value> fields =
        metadata
            .getFilterMetadataOrDefault("layar", com.google.protobuf.Struct.getDefaultInstance())
            .getFieldsMap();
    if (!fields.containsKey("kind")) {
      return "";
    }
    String object =
        text(fields, "kind") + " " + text(fields, "namespace") + "/" + text(fields, "name");
    if (!fields.containsKey("rule")) {
      return object;
    }
    String match = fields.containsKey("match") ? "." + text(fields, "match") : "";
    return object + "[" + text(fields, "rule") + match + "]";
  }

  private static String text(Map<String, Value> fields, String key) {
    Value value = fields.getOrDefault(key, Value.getDefaultInstance());
    return value.hasNumberValue()
        ? Long.toString((long) value.getNumberValue())
        : value.getStringValue();
  }
}

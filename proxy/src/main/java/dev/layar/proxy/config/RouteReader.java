package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.re2j.Pattern;
import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.lb.SubsetMatch;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.CorsConfig;
import dev.layar.proxy.route.FaultConfig;
import dev.layar.proxy.route.FilterOverride;
import dev.layar.proxy.route.Fraction;
import dev.layar.proxy.route.GrpcTimeouts;
import dev.layar.proxy.route.HashPolicies;
import dev.layar.proxy.route.HeaderEdits;
import dev.layar.proxy.route.PathMatcher;
import dev.layar.proxy.route.PathRewrite;
import dev.layar.proxy.route.QueryMatcher;
import dev.layar.proxy.route.RetryPolicy;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteMatcher;
import dev.layar.proxy.route.RouteTable;
import dev.layar.proxy.route.VirtualHost;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code RouteConfiguration} → {@link RouteTable}. Long because a route is; each method reads one
 * message.
 */
final class RouteReader {
  private static final long DEFAULT_TIMEOUT_NANOS = 15_000_000_000L;
  private static final int DEFAULT_MAX_BODY = 4096;

  private final RouteConfiguration proto;
  private final Problems problems;
  private final HeaderEdits.Level tableRequest;
  private final HeaderEdits.Level tableResponse;
  private final @Nullable FaultConfig tableFault;
  private final Map<String, FilterOverride> tableOverrides;

  private RouteReader(RouteConfiguration proto, Problems problems) {
    this.proto = proto;
    this.problems = problems;
    this.tableRequest =
        HeaderEditsReader.level(
            proto.getRequestHeadersToAddList(),
            proto.getRequestHeadersToRemoveList(),
            "request_headers_to_add",
            "request_headers_to_remove",
            problems);
    this.tableResponse =
        HeaderEditsReader.level(
            proto.getResponseHeadersToAddList(),
            proto.getResponseHeadersToRemoveList(),
            "response_headers_to_add",
            "response_headers_to_remove",
            problems);
    this.tableFault = fault(proto.getTypedPerFilterConfigMap(), "");
    this.tableOverrides = overrides(proto.getTypedPerFilterConfigMap(), "");
  }

  /** The table; not to be used when {@code problems} has an error afterwards. */
  static RouteTable read(RouteConfiguration proto, Problems problems) {
    return new RouteReader(proto, problems).table();
  }

  private RouteTable table() {
    List<VirtualHost> hosts = new ArrayList<>(proto.getVirtualHostsCount());
    Map<String, String> owners = new HashMap<>();
    for (int i = 0; i < proto.getVirtualHostsCount(); i++) {
      String path = "virtual_hosts[" + i + "]";
      hosts.add(host(proto.getVirtualHosts(i), path, owners));
    }
    return new RouteTable(proto.getName(), hosts, proto.getIgnorePortInHostMatching());
  }

  // ---- virtual host

  private VirtualHost host(
      io.envoyproxy.envoy.config.route.v3.VirtualHost host,
      String path,
      Map<String, String> owners) {
    List<String> domains = domains(host, path, owners);
    Levels levels =
        new Levels(
            HeaderEditsReader.level(
                host.getRequestHeadersToAddList(),
                host.getRequestHeadersToRemoveList(),
                path + ".request_headers_to_add",
                path + ".request_headers_to_remove",
                problems),
            HeaderEditsReader.level(
                host.getResponseHeadersToAddList(),
                host.getResponseHeadersToRemoveList(),
                path + ".response_headers_to_add",
                path + ".response_headers_to_remove",
                problems),
            fault(host.getTypedPerFilterConfigMap(), path),
            cors(host.getTypedPerFilterConfigMap(), path),
            over(tableOverrides, overrides(host.getTypedPerFilterConfigMap(), path)));
    List<RouteEntry> routes = new ArrayList<>(host.getRoutesCount());
    for (int i = 0; i < host.getRoutesCount(); i++) {
      routes.add(route(host.getRoutes(i), host, levels, path + ".routes[" + i + "]"));
    }
    return new VirtualHost(host.getName(), domains, routes, httpsRedirect(host));
  }

  private record Levels(
      HeaderEdits.Level request,
      HeaderEdits.Level response,
      @Nullable FaultConfig fault,
      @Nullable CorsConfig cors,
      Map<String, FilterOverride> overrides) {}

  private List<String> domains(
      io.envoyproxy.envoy.config.route.v3.VirtualHost host,
      String path,
      Map<String, String> owners) {
    if (host.getDomainsCount() == 0) {
      problems.missing(path + ".domains", "a virtual host needs a domain", "at least one domain");
    }
    List<String> domains = new ArrayList<>(host.getDomainsCount());
    for (int i = 0; i < host.getDomainsCount(); i++) {
      String domain = host.getDomains(i).toLowerCase(Locale.ROOT);
      String where = path + ".domains[" + i + "]";
      int star = domain.indexOf('*');
      boolean wild = star >= 0;
      boolean misplaced =
          wild && (domain.lastIndexOf('*') != star || star != 0 && star != domain.length() - 1);
      if (domain.isEmpty() || misplaced) {
        problems.invalid(where, "not a domain", domain, "a name, or one '*' at its start or end");
      } else if (owners.putIfAbsent(domain, host.getName()) != null) {
        problems.error(
            Problems.DUPLICATE,
            where,
            domain.equals("*")
                ? "Only a single wildcard domain is permitted in route " + proto.getName()
                : "Only unique values for domains are permitted. Duplicate entry of domain "
                    + domain
                    + " in route "
                    + proto.getName(),
            domain,
            "a domain that no other virtual host has");
      }
      domains.add(domain);
    }
    return domains;
  }

  /** The answer to requests that did not come by https, when the host requires that. */
  private static @Nullable RouteEntry httpsRedirect(
      io.envoyproxy.envoy.config.route.v3.VirtualHost host) {
    if (host.getRequireTls()
        == io.envoyproxy.envoy.config.route.v3.VirtualHost.TlsRequirementType.NONE) {
      return null;
    }
    RouteAction.Redirect redirect =
        new RouteAction.Redirect("https", null, 0, null, null, false, 301);
    RouteMatcher any =
        new RouteMatcher(
            new PathMatcher.Prefix(Ascii.bytes("/"), false), List.of(), List.of(), null, false);
    return RouteEntry.of(
        "",
        host.getName(),
        any,
        redirect,
        HeaderEdits.NONE,
        HeaderEdits.NONE,
        null,
        null,
        Map.of(),
        "",
        false,
        false,
        -1,
        null);
  }

  // ---- route

  private RouteEntry route(
      Route route,
      io.envoyproxy.envoy.config.route.v3.VirtualHost host,
      Levels hostLevels,
      String path) {
    RouteMatcher matcher = matcher(route.getMatch(), path + ".match");
    HeaderEdits.Level request =
        HeaderEditsReader.level(
            route.getRequestHeadersToAddList(),
            route.getRequestHeadersToRemoveList(),
            path + ".request_headers_to_add",
            path + ".request_headers_to_remove",
            problems);
    HeaderEdits.Level response =
        HeaderEditsReader.level(
            route.getResponseHeadersToAddList(),
            route.getResponseHeadersToRemoveList(),
            path + ".response_headers_to_add",
            path + ".response_headers_to_remove",
            problems);
    FaultConfig own = fault(route.getTypedPerFilterConfigMap(), path);
    CorsConfig cors = cors(route.getTypedPerFilterConfigMap(), path);
    FaultConfig inherited = hostLevels.fault() != null ? hostLevels.fault() : tableFault;
    return RouteEntry.of(
        route.getName(),
        host.getName(),
        matcher,
        action(route, host, matcher, path),
        ordered(request, hostLevels.request(), tableRequest),
        ordered(response, hostLevels.response(), tableResponse),
        own != null ? own : inherited,
        cors != null ? cors.over(hostLevels.cors()) : hostLevels.cors(),
        over(hostLevels.overrides(), overrides(route.getTypedPerFilterConfigMap(), path)),
        route.getDecorator().getOperation(),
        host.getIncludeRequestAttemptCount(),
        host.getIncludeAttemptCountInResponse(),
        route.hasPerRequestBufferLimitBytes()
            ? Integer.toUnsignedLong(route.getPerRequestBufferLimitBytes().getValue())
            : host.hasPerRequestBufferLimitBytes()
                ? Integer.toUnsignedLong(host.getPerRequestBufferLimitBytes().getValue())
                : -1,
        Metadatas.provenance(route.getMetadata()));
  }

  /** Most specific first, so that outer levels win; the other way round when the table says so. */
  private HeaderEdits ordered(
      HeaderEdits.Level route, HeaderEdits.Level host, HeaderEdits.Level table) {
    List<HeaderEdits.Level> levels = new ArrayList<>(List.of(route, host, table));
    if (proto.getMostSpecificHeaderMutationsWins()) {
      Collections.reverse(levels);
    }
    return HeaderEdits.of(levels);
  }

  private RouteMatcher matcher(RouteMatch match, String path) {
    List<QueryMatcher> queries = new ArrayList<>();
    for (int i = 0; i < match.getQueryParametersCount(); i++) {
      queries.add(
          Matchers.query(
              match.getQueryParameters(i), path + ".query_parameters[" + i + "]", problems));
    }
    if (match.getDynamicMetadataCount() > 0) {
      problems.error(
          Problems.UNSUPPORTED,
          path + ".dynamic_metadata",
          "routes by metadata are not supported; ignoring the condition would match too much",
          "",
          "no metadata condition");
    }
    return new RouteMatcher(
        pathMatcher(match, path),
        Matchers.headers(match.getHeadersList(), path + ".headers", problems),
        queries,
        Matchers.fraction(
            match.hasRuntimeFraction(),
            match.getRuntimeFraction(),
            path + ".runtime_fraction",
            problems),
        match.hasGrpc());
  }

  private PathMatcher pathMatcher(RouteMatch match, String path) {
    boolean ignoreCase = match.hasCaseSensitive() && !match.getCaseSensitive().getValue();
    return switch (match.getPathSpecifierCase()) {
      case PREFIX ->
          new PathMatcher.Prefix(Matchers.folded(match.getPrefix(), ignoreCase), ignoreCase);
      case PATH -> new PathMatcher.Exact(Matchers.folded(match.getPath(), ignoreCase), ignoreCase);
      case SAFE_REGEX -> {
        Pattern pattern =
            Regexes.compile(match.getSafeRegex().getRegex(), path + ".safe_regex.regex", problems);
        yield pattern == null
            ? new PathMatcher.Exact(new byte[0], false)
            : new PathMatcher.Regex(pattern);
      }
      case PATH_SEPARATED_PREFIX -> separated(match.getPathSeparatedPrefix(), ignoreCase, path);
      case CONNECT_MATCHER -> new PathMatcher.Connect();
      case PATH_MATCH_POLICY, PATHSPECIFIER_NOT_SET -> {
        problems.missing(
            path,
            "a route needs a path specifier",
            "prefix, path, safe_regex, path_separated_prefix or connect_matcher");
        yield new PathMatcher.Exact(new byte[0], false);
      }
    };
  }

  private PathMatcher separated(String prefix, boolean ignoreCase, String path) {
    if (prefix.isEmpty() || prefix.endsWith("/") || prefix.matches(".*[?#].*")) {
      problems.invalid(
          path + ".path_separated_prefix",
          "not a separated prefix",
          prefix,
          "a path that does not end in '/' and holds no '?' or '#'");
    }
    return new PathMatcher.Separated(Matchers.folded(prefix, ignoreCase), ignoreCase);
  }

  // ---- actions

  private RouteAction action(
      Route route,
      io.envoyproxy.envoy.config.route.v3.VirtualHost host,
      RouteMatcher matcher,
      String path) {
    return switch (route.getActionCase()) {
      case ROUTE ->
          forward(
              route.getRoute(),
              host,
              matcher,
              Metadatas.sticky(route.getMetadata()),
              path + ".route");
      case REDIRECT -> redirect(route.getRedirect(), matcher, path + ".redirect");
      case DIRECT_RESPONSE -> direct(route.getDirectResponse(), path + ".direct_response");
      case NON_FORWARDING_ACTION, FILTER_ACTION, ACTION_NOT_SET -> {
        problems.missing(path, "a route needs an action", "route, redirect or direct_response");
        yield new RouteAction.DirectResponse(500, new byte[0]);
      }
    };
  }

  private RouteAction forward(
      io.envoyproxy.envoy.config.route.v3.RouteAction action,
      io.envoyproxy.envoy.config.route.v3.VirtualHost host,
      RouteMatcher matcher,
      boolean sticky,
      String path) {
    PathRewrite rewrite =
        rewrite(
            action.getPrefixRewrite(),
            action.hasRegexRewrite() ? action.getRegexRewrite() : null,
            matcher,
            path);
    RetryPolicy retry =
        action.hasRetryPolicy()
            ? RetryReader.read(action.getRetryPolicy(), path + ".retry_policy", problems)
            : host.hasRetryPolicy()
                ? RetryReader.read(host.getRetryPolicy(), "retry_policy", problems)
                : null;
    return new RouteAction.Forward(
        clusters(action, path, sticky),
        Durations.nanos(
            action.hasTimeout(),
            action.getTimeout(),
            DEFAULT_TIMEOUT_NANOS,
            path + ".timeout",
            problems),
        Durations.nanos(
            action.hasIdleTimeout(), action.getIdleTimeout(), -1, path + ".idle_timeout", problems),
        Durations.nanos(
            action.getMaxStreamDuration().hasMaxStreamDuration(),
            action.getMaxStreamDuration().getMaxStreamDuration(),
            -1,
            path + ".max_stream_duration",
            problems),
        retry,
        mirrors(action, path),
        hostRewrite(action),
        action.getAppendXForwardedHost(),
        rewrite,
        hashPolicies(action, path, sticky),
        action.getPriority() == RoutingPriority.HIGH
            ? Cluster.Priority.HIGH
            : Cluster.Priority.DEFAULT,
        notFoundStatus(action),
        UpgradesReader.ofRoute(action.getUpgradeConfigsList()),
        grpcTimeouts(action, path));
  }

  @SuppressWarnings("deprecation")
  private GrpcTimeouts grpcTimeouts(
      io.envoyproxy.envoy.config.route.v3.RouteAction action, String path) {
    var stream = action.getMaxStreamDuration();
    if (!action.hasMaxGrpcTimeout() && !stream.hasGrpcTimeoutHeaderMax()) {
      return GrpcTimeouts.UNSET;
    }
    return new GrpcTimeouts(
        Durations.nanos(
            action.hasMaxGrpcTimeout(),
            action.getMaxGrpcTimeout(),
            -1,
            path + ".max_grpc_timeout",
            problems),
        Durations.nanos(
            action.hasGrpcTimeoutOffset(),
            action.getGrpcTimeoutOffset(),
            0,
            path + ".grpc_timeout_offset",
            problems),
        Durations.nanos(
            stream.hasGrpcTimeoutHeaderMax(),
            stream.getGrpcTimeoutHeaderMax(),
            -1,
            path + ".max_stream_duration.grpc_timeout_header_max",
            problems),
        Durations.nanos(
            stream.hasGrpcTimeoutHeaderOffset(),
            stream.getGrpcTimeoutHeaderOffset(),
            0,
            path + ".max_stream_duration.grpc_timeout_header_offset",
            problems));
  }

  private static int notFoundStatus(io.envoyproxy.envoy.config.route.v3.RouteAction action) {
    return switch (action.getClusterNotFoundResponseCode()) {
      case SERVICE_UNAVAILABLE, UNRECOGNIZED -> 503;
      case NOT_FOUND -> 404;
      case INTERNAL_SERVER_ERROR -> 500;
    };
  }

  private RouteAction.ClusterChoice clusters(
      io.envoyproxy.envoy.config.route.v3.RouteAction action, String path, boolean sticky) {
    SubsetMatch subset = Metadatas.subset(action.getMetadataMatch());
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER ->
          new RouteAction.Single(RouteAction.Target.of(action.getCluster()).within(subset));
      case WEIGHTED_CLUSTERS ->
          weighted(action.getWeightedClusters(), subset, sticky, path + ".weighted_clusters");
      case CLUSTER_HEADER,
          CLUSTER_SPECIFIER_PLUGIN,
          INLINE_CLUSTER_SPECIFIER_PLUGIN,
          CLUSTERSPECIFIER_NOT_SET -> {
        problems.missing(path, "no cluster is named", "cluster or weighted_clusters");
        yield new RouteAction.Single(RouteAction.Target.of(""));
      }
    };
  }

  @SuppressWarnings("deprecation")
  private RouteAction.ClusterChoice weighted(
      WeightedCluster proto, @Nullable SubsetMatch subset, boolean sticky, String path) {
    List<RouteAction.Target> targets = new ArrayList<>(proto.getClustersCount());
    long total = 0;
    for (int i = 0; i < proto.getClustersCount(); i++) {
      RouteAction.Target target =
          target(proto.getClusters(i), path + ".clusters[" + i + "]").within(subset);
      total += target.weight();
      targets.add(target);
    }
    if (total == 0 || total > 0xFFFF_FFFFL) {
      problems.invalid(
          path, "the weights' sum is out of range", total, "a sum from 1 to 4294967295");
      return new RouteAction.Single(RouteAction.Target.of(""));
    }
    return new RouteAction.Weighted(targets, total, sticky);
  }

  private RouteAction.Target target(WeightedCluster.ClusterWeight proto, String path) {
    if (proto.getName().isEmpty()) {
      problems.missing(path + ".name", "a weighted cluster needs a name", "a cluster's name");
    }
    return new RouteAction.Target(
        proto.getName(),
        Integer.toUnsignedLong(proto.getWeight().getValue()),
        HeaderEdits.of(
            List.of(
                HeaderEditsReader.level(
                    proto.getRequestHeadersToAddList(),
                    proto.getRequestHeadersToRemoveList(),
                    path + ".request_headers_to_add",
                    path + ".request_headers_to_remove",
                    problems))),
        HeaderEdits.of(
            List.of(
                HeaderEditsReader.level(
                    proto.getResponseHeadersToAddList(),
                    proto.getResponseHeadersToRemoveList(),
                    path + ".response_headers_to_add",
                    path + ".response_headers_to_remove",
                    problems))),
        proto.getHostRewriteLiteral().isEmpty()
            ? null
            : new RouteAction.LiteralHost(Ascii.bytes(proto.getHostRewriteLiteral())),
        fault(proto.getTypedPerFilterConfigMap(), path),
        Metadatas.subset(proto.getMetadataMatch()));
  }

  private List<RouteAction.Mirror> mirrors(
      io.envoyproxy.envoy.config.route.v3.RouteAction action, String path) {
    List<RouteAction.Mirror> mirrors = new ArrayList<>();
    for (int i = 0; i < action.getRequestMirrorPoliciesCount(); i++) {
      var policy = action.getRequestMirrorPolicies(i);
      String where = path + ".request_mirror_policies[" + i + "]";
      if (policy.getCluster().isEmpty()) {
        problems.missing(where + ".cluster", "a mirror needs a cluster", "a cluster's name");
      }
      Fraction share =
          Matchers.fraction(
              policy.hasRuntimeFraction(),
              policy.getRuntimeFraction(),
              where + ".runtime_fraction",
              problems);
      mirrors.add(
          new RouteAction.Mirror(
              policy.getCluster(),
              share == null ? Fraction.ALWAYS : share,
              !policy.getDisableShadowHostSuffixAppend(),
              HeaderEdits.NONE,
              null));
    }
    return mirrors;
  }

  private static RouteAction.@Nullable HostRewrite hostRewrite(
      io.envoyproxy.envoy.config.route.v3.RouteAction action) {
    return switch (action.getHostRewriteSpecifierCase()) {
      case HOST_REWRITE_LITERAL ->
          new RouteAction.LiteralHost(Ascii.bytes(action.getHostRewriteLiteral()));
      case AUTO_HOST_REWRITE ->
          action.getAutoHostRewrite().getValue() ? new RouteAction.EndpointHost() : null;
      case HOST_REWRITE_HEADER ->
          new RouteAction.HeaderHost(
              Ascii.bytes(action.getHostRewriteHeader().toLowerCase(Locale.ROOT)));
      case HOST_REWRITE_PATH_REGEX, HOSTREWRITESPECIFIER_NOT_SET -> null;
    };
  }

  private @Nullable PathRewrite rewrite(
      String prefix,
      io.envoyproxy.envoy.type.matcher.v3.@Nullable RegexMatchAndSubstitute regex,
      RouteMatcher matcher,
      String path) {
    if (!prefix.isEmpty() && regex != null) {
      problems.invalid(
          path, "both prefix_rewrite and regex_rewrite are set", prefix, "one of the two");
    }
    if (!prefix.isEmpty()) {
      return new PathRewrite.Prefix(matcher.path().rewrittenLength(), Ascii.bytes(prefix));
    }
    if (regex == null) {
      return null;
    }
    Pattern pattern =
        Regexes.compile(
            regex.getPattern().getRegex(), path + ".regex_rewrite.pattern.regex", problems);
    return pattern == null
        ? null
        : new PathRewrite.Regex(pattern, Regexes.substitution(regex.getSubstitution()));
  }

  private HashPolicies hashPolicies(
      io.envoyproxy.envoy.config.route.v3.RouteAction action, String path, boolean sticky) {
    List<HashPolicies.Policy> policies = new ArrayList<>();
    for (int i = 0; i < action.getHashPolicyCount(); i++) {
      HashPolicies.Policy policy =
          hashPolicy(action.getHashPolicy(i), path + ".hash_policy[" + i + "]", sticky && i == 0);
      if (policy != null) {
        policies.add(policy);
      }
    }
    return policies.isEmpty() ? HashPolicies.NONE : new HashPolicies(policies);
  }

  private HashPolicies.@Nullable Policy hashPolicy(
      io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy proto,
      String path,
      boolean byChance) {
    boolean terminal = proto.getTerminal();
    return switch (proto.getPolicySpecifierCase()) {
      case HEADER -> {
        var header = proto.getHeader();
        Pattern rewrite =
            header.hasRegexRewrite()
                ? Regexes.compile(
                    header.getRegexRewrite().getPattern().getRegex(),
                    path + ".header.regex_rewrite.pattern.regex",
                    problems)
                : null;
        if (header.getHeaderName().isEmpty()) {
          problems.missing(path + ".header.header_name", "no header is named", "a header's name");
          yield null;
        }
        yield new HashPolicies.Header(
            HeaderEdits.Name.of(header.getHeaderName()),
            rewrite,
            Regexes.substitution(header.getRegexRewrite().getSubstitution()),
            terminal);
      }
      case COOKIE -> cookie(proto.getCookie(), terminal, path + ".cookie", byChance);
      case CONNECTION_PROPERTIES ->
          proto.getConnectionProperties().getSourceIp()
              ? new HashPolicies.SourceIp(terminal)
              : null;
      case QUERY_PARAMETER ->
          new HashPolicies.QueryParameter(
              Ascii.bytes(proto.getQueryParameter().getName()), terminal);
      case FILTER_STATE, POLICYSPECIFIER_NOT_SET -> {
        problems.warning(
            Problems.UNSUPPORTED, path, "hashing by filter state is not supported; it is skipped");
        yield null;
      }
    };
  }

  private HashPolicies.Policy cookie(
      io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy.Cookie proto,
      boolean terminal,
      String path,
      boolean byChance) {
    long ttl = Durations.nanos(proto.hasTtl(), proto.getTtl(), -1, path + ".ttl", problems);
    StringBuilder attributes = new StringBuilder();
    proto
        .getAttributesList()
        .forEach(
            attribute -> {
              attributes.append("; ").append(attribute.getName());
              if (!attribute.getValue().isEmpty()) {
                attributes.append('=').append(attribute.getValue());
              }
            });
    return new HashPolicies.Cookie(
        Ascii.bytes(proto.getName()),
        ttl < 0 ? -1 : ttl / 1_000_000_000L,
        proto.getPath(),
        attributes.toString(),
        terminal,
        byChance);
  }

  private RouteAction redirect(RedirectAction proto, RouteMatcher matcher, String path) {
    int status =
        switch (proto.getResponseCode()) {
          case MOVED_PERMANENTLY -> 301;
          case FOUND -> 302;
          case SEE_OTHER -> 303;
          case TEMPORARY_REDIRECT -> 307;
          case PERMANENT_REDIRECT -> 308;
          case UNRECOGNIZED -> {
            problems.invalid(
                path + ".response_code",
                "not a redirect",
                proto.getResponseCodeValue(),
                "301, 302, 303, 307 or 308");
            yield 301;
          }
        };
    String scheme =
        proto.getHttpsRedirect()
            ? "https"
            : proto.getSchemeRedirect().isEmpty() ? null : proto.getSchemeRedirect();
    return new RouteAction.Redirect(
        scheme,
        proto.getHostRedirect().isEmpty() ? null : Ascii.bytes(proto.getHostRedirect()),
        proto.getPortRedirect(),
        proto.getPathRedirect().isEmpty() ? null : Ascii.bytes(proto.getPathRedirect()),
        rewrite(
            proto.getPrefixRewrite(),
            proto.hasRegexRewrite() ? proto.getRegexRewrite() : null,
            matcher,
            path),
        proto.getStripQuery(),
        status);
  }

  private RouteAction direct(DirectResponseAction proto, String path) {
    int status = proto.getStatus();
    if (status < 200 || status > 599) {
      problems.invalid(path + ".status", "not a final status", status, "200 to 599");
    }
    byte[] body = body(proto.getBody(), path + ".body");
    int limit =
        this.proto.hasMaxDirectResponseBodySizeBytes()
            ? this.proto.getMaxDirectResponseBodySizeBytes().getValue()
            : DEFAULT_MAX_BODY;
    if (Integer.compareUnsigned(body.length, limit) > 0) {
      problems.invalid(
          path + ".body",
          "the body is too long",
          body.length + " bytes",
          "at most " + Integer.toUnsignedString(limit) + " bytes");
    }
    return new RouteAction.DirectResponse(status, body);
  }

  private byte[] body(DataSource source, String path) {
    return switch (source.getSpecifierCase()) {
      case INLINE_BYTES -> source.getInlineBytes().toByteArray();
      case INLINE_STRING -> source.getInlineStringBytes().toByteArray();
      case SPECIFIER_NOT_SET -> new byte[0];
      case FILENAME, ENVIRONMENT_VARIABLE -> {
        problems.error(
            Problems.UNSUPPORTED,
            path,
            "bodies from files and the environment are not supported",
            source.getSpecifierCase().name(),
            "inline_string or inline_bytes");
        yield new byte[0];
      }
    };
  }

  // ---- per-filter configuration

  private static Map<String, FilterOverride> over(
      Map<String, FilterOverride> outer, Map<String, FilterOverride> inner) {
    Map<String, FilterOverride> both = new HashMap<>(outer);
    both.putAll(inner);
    return both;
  }

  /** What is said to filters that are found by their names, other than fault and CORS. */
  private Map<String, FilterOverride> overrides(Map<String, Any> configs, String path) {
    Map<String, FilterOverride> overrides = new HashMap<>();
    configs.forEach(
        (name, any) -> {
          String where = path + ".typed_per_filter_config[" + name + "]";
          FilterOverride override = override(Extensions.unwrap(any, where, problems), where);
          if (override != null) {
            overrides.put(name, override);
          }
        });
    return overrides;
  }

  private @Nullable FilterOverride override(Any config, String path) {
    if (Extensions.is(config, Extensions.RBAC_PER_ROUTE)) {
      return RbacReader.perRoute(config, path, problems);
    }
    return null;
  }

  private @Nullable CorsConfig cors(Map<String, Any> configs, String path) {
    CorsConfig cors = null;
    for (Map.Entry<String, Any> entry : configs.entrySet()) {
      String where = path + ".typed_per_filter_config[" + entry.getKey() + "]";
      Any config = Extensions.unwrap(entry.getValue(), where, problems);
      if (Extensions.is(config, Extensions.CORS_POLICY)) {
        cors = CorsReader.read(config, where, problems);
      }
    }
    return cors;
  }

  private @Nullable FaultConfig fault(Map<String, Any> configs, String path) {
    FaultConfig fault = null;
    for (Map.Entry<String, Any> entry : configs.entrySet()) {
      String where = path + ".typed_per_filter_config[" + entry.getKey() + "]";
      Any config = Extensions.unwrap(entry.getValue(), where, problems);
      if (Extensions.is(config, Extensions.FAULT)) {
        fault = FaultReader.read(config, where, problems);
      } else if (Extensions.is(config, Extensions.CORS_POLICY)
          || Extensions.is(config, Extensions.RBAC_PER_ROUTE)) {
        continue;
      } else if (Extensions.inert(config.getTypeUrl())) {
        problems.warning(
            Problems.UNSUPPORTED, where, "accepted, but does nothing here: " + config.getTypeUrl());
      } else {
        problems.warning(
            Problems.UNSUPPORTED,
            where,
            "per-route configuration of a filter that this proxy does not have: "
                + config.getTypeUrl());
      }
    }
    return fault;
  }
}

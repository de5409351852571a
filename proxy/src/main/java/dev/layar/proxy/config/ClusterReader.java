package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UInt32Value;
import dev.layar.proxy.cluster.ClusterConfig;
import dev.layar.proxy.cluster.ClusterConfig.Discovery;
import dev.layar.proxy.cluster.ClusterConfig.Dns;
import dev.layar.proxy.cluster.ClusterConfig.Dns.LookupFamily;
import dev.layar.proxy.cluster.ClusterConfig.UpstreamHttp.Protocol;
import dev.layar.proxy.cluster.Transports;
import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.proxy.cluster.lb.LbPolicy;
import dev.layar.proxy.cluster.outlier.OutlierConfig;
import dev.layar.proxy.tls.TlsConfig;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code Cluster} → {@link ClusterConfig}; each method reads one message. */
final class ClusterReader {
  private static final long SECOND = 1_000_000_000L;
  private static final long DEFAULT_RING_MIN = 1024;
  private static final long MAX_RING = 8L * 1024 * 1024;
  private static final int DEFAULT_TABLE = 65_537;
  private static final int MAX_TABLE = 5_000_011;
  private static final int DEFAULT_BUFFER_LIMIT = 1024 * 1024;

  private final Cluster proto;
  private final Problems problems;
  private @Nullable HttpProtocolOptions options;
  private boolean optionsRead;

  private ClusterReader(Cluster proto, Problems problems) {
    this.proto = proto;
    this.problems = problems;
  }

  /** The definition; not to be used when {@code problems} has an error afterwards. */
  static ClusterConfig read(Cluster proto, Problems problems) {
    return new ClusterReader(proto, problems).read();
  }

  private ClusterConfig read() {
    if (proto.getName().isEmpty()) {
      problems.missing("name", "a cluster needs a name", "a name");
    }
    Discovery discovery = discovery();
    long connect =
        Durations.nanos(
            proto.hasConnectTimeout(),
            proto.getConnectTimeout(),
            5 * SECOND,
            "connect_timeout",
            problems);
    if (connect <= 0) {
      problems.invalid("connect_timeout", "must be more than 0", "0s", "a positive duration");
    }
    String edsName = proto.getEdsClusterConfig().getServiceName();
    return new ClusterConfig(
        proto.getName(),
        proto.getAltStatName().isEmpty() ? proto.getName() : proto.getAltStatName(),
        discovery,
        discovery != Discovery.EDS ? "" : edsName.isEmpty() ? proto.getName() : edsName,
        connect,
        lbPolicy(discovery),
        List.of(limits(RoutingPriority.DEFAULT), limits(RoutingPriority.HIGH)),
        proto.hasOutlierDetection() ? outlier(proto.getOutlierDetection()) : null,
        HealthCheckReader.read(proto.getName(), proto.getHealthChecksList(), problems),
        http(),
        transports(),
        keepalive(),
        proto.hasPerConnectionBufferLimitBytes()
            ? proto.getPerConnectionBufferLimitBytes().getValue()
            : DEFAULT_BUFFER_LIMIT,
        dns(),
        true,
        Metadatas.service(proto.getMetadata()),
        Metadatas.provenance(proto.getMetadata()));
  }

  private Discovery discovery() {
    if (proto.hasClusterType()) {
      problems.error(
          Problems.UNKNOWN_EXTENSION,
          "cluster_type",
          "custom cluster types are not supported",
          proto.getClusterType().getName(),
          "type");
    }
    return switch (proto.getType()) {
      case STATIC -> Discovery.STATIC;
      case EDS -> Discovery.EDS;
      case STRICT_DNS -> Discovery.STRICT_DNS;
      case LOGICAL_DNS -> Discovery.LOGICAL_DNS;
      case ORIGINAL_DST -> Discovery.ORIGINAL_DST;
      case UNRECOGNIZED -> {
        problems.invalid("type", "unknown type", proto.getTypeValue(), "a DiscoveryType");
        yield Discovery.STATIC;
      }
    };
  }

  private Dns dns() {
    long refresh =
        Durations.nanos(
            proto.hasDnsRefreshRate(),
            proto.getDnsRefreshRate(),
            5 * SECOND,
            "dns_refresh_rate",
            problems);
    Cluster.RefreshRate failure = proto.getDnsFailureRefreshRate();
    long retry =
        Durations.nanos(
            failure.hasBaseInterval(),
            failure.getBaseInterval(),
            refresh,
            "dns_failure_refresh_rate.base_interval",
            problems);
    long longest =
        Durations.nanos(
            failure.hasMaxInterval(),
            failure.getMaxInterval(),
            proto.hasDnsFailureRefreshRate() ? retry * 10 : retry,
            "dns_failure_refresh_rate.max_interval",
            problems);
    if (longest < retry) {
      problems.invalid(
          "dns_failure_refresh_rate.max_interval", "below base_interval", longest, "more");
    }
    return new Dns(refresh, retry, longest, family());
  }

  private LookupFamily family() {
    return switch (proto.getDnsLookupFamily()) {
      case AUTO -> LookupFamily.V6_PREFERRED;
      case V4_ONLY -> LookupFamily.V4_ONLY;
      case V6_ONLY -> LookupFamily.V6_ONLY;
      case V4_PREFERRED -> LookupFamily.V4_PREFERRED;
      case ALL, UNRECOGNIZED -> LookupFamily.ALL;
    };
  }

  private Transports transports() {
    HttpProtocolOptions options = httpOptions();
    var http = options == null ? null : options.getUpstreamHttpProtocolOptions();
    boolean autoSni = http != null && http.getAutoSni();
    boolean autoSan = http != null && http.getAutoSanValidation();
    List<Transports.Match> matches = new ArrayList<>();
    for (int i = 0; i < proto.getTransportSocketMatchesCount(); i++) {
      Cluster.TransportSocketMatch one = proto.getTransportSocketMatches(i);
      matches.add(
          new Transports.Match(
              one.getName(),
              Metadatas.texts(one.getMatch()),
              TlsReader.upstream(
                  one.getTransportSocket(),
                  "transport_socket_matches[" + i + "].transport_socket",
                  autoSni,
                  autoSan,
                  problems)));
    }
    TlsConfig.Upstream fallback =
        proto.hasTransportSocket()
            ? TlsReader.upstream(
                proto.getTransportSocket(), "transport_socket", autoSni, autoSan, problems)
            : null;
    return matches.isEmpty() && fallback == null
        ? Transports.PLAIN
        : new Transports(matches, fallback);
  }

  // ---- load balancing

  private LbPolicy lbPolicy(Discovery discovery) {
    Cluster.CommonLbConfig common = proto.getCommonLbConfig();
    if (proto.hasLoadBalancingPolicy()) {
      problems.error(
          Problems.UNKNOWN_EXTENSION,
          "load_balancing_policy",
          "typed load-balancing policies are not supported",
          "",
          "lb_policy");
    }
    return new LbPolicy(
        discovery == Discovery.ORIGINAL_DST ? new LbPolicy.ClusterProvided() : algorithm(),
        common.hasHealthyPanicThreshold() ? common.getHealthyPanicThreshold().getValue() : 50,
        common.getZoneAwareLbConfig().getFailTrafficOnPanic(),
        common.hasLocalityWeightedLbConfig(),
        zones(common.getZoneAwareLbConfig()),
        proto.hasLbSubsetConfig() ? subsets(proto.getLbSubsetConfig()) : null);
  }

  private LbPolicy.Zones zones(Cluster.CommonLbConfig.ZoneAwareLbConfig config) {
    LbPolicy.Zones defaults = LbPolicy.Zones.DEFAULT;
    double routed =
        config.hasRoutingEnabled()
            ? config.getRoutingEnabled().getValue()
            : defaults.routingEnabledPercent();
    if (routed < 0 || routed > 100) {
      problems.invalid(
          "common_lb_config.zone_aware_lb_config.routing_enabled",
          "not a percentage",
          routed,
          "0 to 100");
    }
    return new LbPolicy.Zones(
        routed,
        config.hasMinClusterSize()
            ? config.getMinClusterSize().getValue()
            : defaults.minClusterSize());
  }

  private LbPolicy.Subsets subsets(Cluster.LbSubsetConfig config) {
    List<LbPolicy.Selector> selectors = new ArrayList<>();
    for (int i = 0; i < config.getSubsetSelectorsCount(); i++) {
      selectors.add(
          selector(config.getSubsetSelectors(i), "lb_subset_config.subset_selectors[" + i + "]"));
    }
    LbPolicy.Fallback fallback =
        switch (config.getFallbackPolicy()) {
          case NO_FALLBACK -> LbPolicy.Fallback.NO_FALLBACK;
          case ANY_ENDPOINT -> LbPolicy.Fallback.ANY_ENDPOINT;
          case DEFAULT_SUBSET -> LbPolicy.Fallback.DEFAULT_SUBSET;
          case UNRECOGNIZED -> {
            problems.invalid(
                "lb_subset_config.fallback_policy",
                "unknown policy",
                config.getFallbackPolicyValue(),
                "NO_FALLBACK, ANY_ENDPOINT or DEFAULT_SUBSET");
            yield LbPolicy.Fallback.NO_FALLBACK;
          }
        };
    return new LbPolicy.Subsets(
        fallback,
        Metadatas.criteria(config.getDefaultSubset()),
        selectors,
        config.getLocalityWeightAware(),
        config.getPanicModeAny(),
        config.getListAsAny());
  }

  private LbPolicy.Selector selector(Cluster.LbSubsetConfig.LbSubsetSelector config, String path) {
    Set<String> keys = Set.copyOf(new TreeSet<>(config.getKeysList()));
    if (keys.isEmpty()) {
      problems.missing(path + ".keys", "a subset selector needs keys", "at least one key");
    }
    if (config.getSingleHostPerSubset() && keys.size() != 1) {
      problems.invalid(
          path + ".single_host_per_subset", "needs exactly one key", keys.size(), "one key");
    }
    Set<String> fewer = new TreeSet<>(config.getFallbackKeysSubsetList());
    LbPolicy.Fallback fallback =
        switch (config.getFallbackPolicy()) {
          case NO_FALLBACK -> LbPolicy.Fallback.NO_FALLBACK;
          case ANY_ENDPOINT -> LbPolicy.Fallback.ANY_ENDPOINT;
          case DEFAULT_SUBSET -> LbPolicy.Fallback.DEFAULT_SUBSET;
          case NOT_DEFINED, UNRECOGNIZED, KEYS_SUBSET -> null;
        };
    boolean byFewer =
        config.getFallbackPolicy()
            == Cluster.LbSubsetConfig.LbSubsetSelector.LbSubsetSelectorFallbackPolicy.KEYS_SUBSET;
    if (byFewer && (fewer.isEmpty() || fewer.equals(keys) || !keys.containsAll(fewer))) {
      problems.invalid(
          path + ".fallback_keys_subset", "not a part of the keys", fewer, "some of keys");
    }
    return new LbPolicy.Selector(
        keys, fallback, byFewer ? fewer : Set.of(), config.getSingleHostPerSubset());
  }

  private LbPolicy.Algorithm algorithm() {
    return switch (proto.getLbPolicy()) {
      case ROUND_ROBIN ->
          new LbPolicy.RoundRobin(slowStart(proto.getRoundRobinLbConfig().getSlowStartConfig()));
      case LEAST_REQUEST -> leastRequest(proto.getLeastRequestLbConfig());
      case RANDOM -> new LbPolicy.Random();
      case RING_HASH -> ringHash(proto.getRingHashLbConfig());
      case MAGLEV -> maglev(proto.getMaglevLbConfig());
      case CLUSTER_PROVIDED -> {
        problems.invalid(
            "lb_policy", "CLUSTER_PROVIDED fits ORIGINAL_DST only", "CLUSTER_PROVIDED", "another");
        yield new LbPolicy.Random();
      }
      case LOAD_BALANCING_POLICY_CONFIG, UNRECOGNIZED -> {
        problems.invalid(
            "lb_policy",
            "not supported",
            proto.getLbPolicy(),
            "ROUND_ROBIN, LEAST_REQUEST, RANDOM, RING_HASH or MAGLEV");
        yield new LbPolicy.Random();
      }
    };
  }

  private LbPolicy.LeastRequest leastRequest(Cluster.LeastRequestLbConfig config) {
    int choices = config.hasChoiceCount() ? config.getChoiceCount().getValue() : 2;
    if (choices < 2) {
      problems.invalid("least_request_lb_config.choice_count", "too few", choices, "2 or more");
    }
    double bias =
        config.hasActiveRequestBias() ? config.getActiveRequestBias().getDefaultValue() : 1;
    if (bias < 0) {
      problems.invalid(
          "least_request_lb_config.active_request_bias", "negative", bias, "0 or more");
    }
    return new LbPolicy.LeastRequest(
        choices, Math.max(0, bias), slowStart(config.getSlowStartConfig()));
  }

  private LbPolicy.RingHash ringHash(Cluster.RingHashLbConfig config) {
    long min =
        config.hasMinimumRingSize() ? config.getMinimumRingSize().getValue() : DEFAULT_RING_MIN;
    long max = config.hasMaximumRingSize() ? config.getMaximumRingSize().getValue() : MAX_RING;
    if (min < 1 || max < min || max > MAX_RING) {
      problems.invalid(
          "ring_hash_lb_config",
          "ring sizes are out of range",
          min + " to " + max,
          "1 <= minimum_ring_size <= maximum_ring_size <= 8388608");
    }
    LbPolicy.HashFunction hash =
        config.getHashFunction() == Cluster.RingHashLbConfig.HashFunction.MURMUR_HASH_2
            ? LbPolicy.HashFunction.MURMUR_HASH_2
            : LbPolicy.HashFunction.XX_HASH;
    return new LbPolicy.RingHash(min, max, hash);
  }

  private LbPolicy.Maglev maglev(Cluster.MaglevLbConfig config) {
    long size = config.hasTableSize() ? config.getTableSize().getValue() : DEFAULT_TABLE;
    if (size < 2 || size > MAX_TABLE || !prime(size)) {
      problems.invalid("maglev_lb_config.table_size", "not usable", size, "a prime up to 5000011");
      return new LbPolicy.Maglev(DEFAULT_TABLE);
    }
    return new LbPolicy.Maglev((int) size);
  }

  private static boolean prime(long number) {
    for (long divisor = 2; divisor * divisor <= number; divisor++) {
      if (number % divisor == 0) {
        return false;
      }
    }
    return number > 1;
  }

  private LbPolicy.SlowStart slowStart(Cluster.SlowStartConfig config) {
    long window =
        Durations.nanos(
            config.hasSlowStartWindow(),
            config.getSlowStartWindow(),
            0,
            "slow_start_config.slow_start_window",
            problems);
    double aggression = config.hasAggression() ? config.getAggression().getDefaultValue() : 1;
    if (aggression <= 0) {
      problems.invalid("slow_start_config.aggression", "not positive", aggression, "above 0");
      aggression = 1;
    }
    double min = config.hasMinWeightPercent() ? config.getMinWeightPercent().getValue() : 10;
    return window == 0
        ? LbPolicy.SlowStart.OFF
        : new LbPolicy.SlowStart(window, aggression, Math.max(1, min));
  }

  // ---- limits

  private BreakerLimits limits(RoutingPriority priority) {
    for (CircuitBreakers.Thresholds thresholds : proto.getCircuitBreakers().getThresholdsList()) {
      if (thresholds.getPriority() == priority) {
        return limits(thresholds);
      }
    }
    return BreakerLimits.DEFAULT;
  }

  private static BreakerLimits limits(CircuitBreakers.Thresholds proto) {
    BreakerLimits defaults = BreakerLimits.DEFAULT;
    boolean budget = proto.hasRetryBudget();
    CircuitBreakers.Thresholds.RetryBudget retry = proto.getRetryBudget();
    return new BreakerLimits(
        limit(proto.hasMaxConnections(), proto.getMaxConnections(), defaults.maxConnections()),
        limit(
            proto.hasMaxPendingRequests(),
            proto.getMaxPendingRequests(),
            defaults.maxPendingRequests()),
        limit(proto.hasMaxRequests(), proto.getMaxRequests(), defaults.maxRequests()),
        limit(proto.hasMaxRetries(), proto.getMaxRetries(), defaults.maxRetries()),
        !budget ? 0 : retry.hasBudgetPercent() ? retry.getBudgetPercent().getValue() : 20,
        retry.hasMinRetryConcurrency() ? retry.getMinRetryConcurrency().getValue() : 3);
  }

  /** Values above 2^31-1, such as Istio's 2^32-1, are as good as no limit. */
  private static int limit(boolean present, UInt32Value value, int absent) {
    return !present ? absent : value.getValue() < 0 ? BreakerLimits.UNLIMITED : value.getValue();
  }

  private OutlierConfig outlier(OutlierDetection proto) {
    OutlierConfig d = OutlierConfig.DEFAULT;
    String path = "outlier_detection.";
    return new OutlierConfig(
        Durations.nanos(
            proto.hasInterval(),
            proto.getInterval(),
            d.intervalNanos(),
            path + "interval",
            problems),
        Durations.nanos(
            proto.hasBaseEjectionTime(),
            proto.getBaseEjectionTime(),
            d.baseEjectionNanos(),
            path + "base_ejection_time",
            problems),
        Durations.nanos(
            proto.hasMaxEjectionTime(),
            proto.getMaxEjectionTime(),
            d.maxEjectionNanos(),
            path + "max_ejection_time",
            problems),
        percent(
            proto.hasMaxEjectionPercent(),
            proto.getMaxEjectionPercent(),
            d.maxEjectionPercent(),
            path + "max_ejection_percent"),
        proto.getAlwaysEjectOneHost().getValue(),
        or(proto.hasConsecutive5Xx(), proto.getConsecutive5Xx(), d.consecutive5xx()),
        percent(
            proto.hasEnforcingConsecutive5Xx(),
            proto.getEnforcingConsecutive5Xx(),
            d.enforcingConsecutive5xx(),
            path + "enforcing_consecutive_5xx"),
        or(
            proto.hasConsecutiveGatewayFailure(),
            proto.getConsecutiveGatewayFailure(),
            d.consecutiveGatewayFailure()),
        percent(
            proto.hasEnforcingConsecutiveGatewayFailure(),
            proto.getEnforcingConsecutiveGatewayFailure(),
            d.enforcingConsecutiveGatewayFailure(),
            path + "enforcing_consecutive_gateway_failure"),
        proto.getSplitExternalLocalOriginErrors(),
        or(
            proto.hasConsecutiveLocalOriginFailure(),
            proto.getConsecutiveLocalOriginFailure(),
            d.consecutiveLocalOriginFailure()),
        percent(
            proto.hasEnforcingConsecutiveLocalOriginFailure(),
            proto.getEnforcingConsecutiveLocalOriginFailure(),
            d.enforcingConsecutiveLocalOriginFailure(),
            path + "enforcing_consecutive_local_origin_failure"),
        percent(
            proto.hasEnforcingSuccessRate(),
            proto.getEnforcingSuccessRate(),
            d.enforcingSuccessRate(),
            path + "enforcing_success_rate"),
        or(
            proto.hasSuccessRateMinimumHosts(),
            proto.getSuccessRateMinimumHosts(),
            d.successRateMinimumHosts()),
        or(
            proto.hasSuccessRateRequestVolume(),
            proto.getSuccessRateRequestVolume(),
            d.successRateRequestVolume()),
        or(
            proto.hasSuccessRateStdevFactor(),
            proto.getSuccessRateStdevFactor(),
            d.successRateStdevFactor()),
        percent(
            proto.hasEnforcingFailurePercentage(),
            proto.getEnforcingFailurePercentage(),
            d.enforcingFailurePercentage(),
            path + "enforcing_failure_percentage"),
        percent(
            proto.hasFailurePercentageThreshold(),
            proto.getFailurePercentageThreshold(),
            d.failurePercentageThreshold(),
            path + "failure_percentage_threshold"),
        or(
            proto.hasFailurePercentageMinimumHosts(),
            proto.getFailurePercentageMinimumHosts(),
            d.failurePercentageMinimumHosts()),
        or(
            proto.hasFailurePercentageRequestVolume(),
            proto.getFailurePercentageRequestVolume(),
            d.failurePercentageRequestVolume()),
        percent(
            proto.hasEnforcingLocalOriginSuccessRate(),
            proto.getEnforcingLocalOriginSuccessRate(),
            d.enforcingLocalOriginSuccessRate(),
            path + "enforcing_local_origin_success_rate"),
        percent(
            proto.hasEnforcingFailurePercentageLocalOrigin(),
            proto.getEnforcingFailurePercentageLocalOrigin(),
            d.enforcingFailurePercentageLocalOrigin(),
            path + "enforcing_failure_percentage_local_origin"),
        Durations.nanos(
            proto.hasMaxEjectionTimeJitter(),
            proto.getMaxEjectionTimeJitter(),
            d.maxEjectionJitterNanos(),
            path + "max_ejection_time_jitter",
            problems));
  }

  private static int or(boolean present, UInt32Value value, int absent) {
    return present ? value.getValue() : absent;
  }

  private int percent(boolean present, UInt32Value value, int absent, String path) {
    if (present && Integer.compareUnsigned(value.getValue(), 100) > 0) {
      problems.invalid(
          path, "not a percentage", Integer.toUnsignedString(value.getValue()), "0 to 100");
      return absent;
    }
    return or(present, value, absent);
  }

  // ---- connections

  private ClusterConfig.UpstreamHttp http() {
    HttpProtocolOptions options = httpOptions();
    ClusterConfig.UpstreamHttp defaults = ClusterConfig.UpstreamHttp.DEFAULT;
    int perConnection =
        proto.hasMaxRequestsPerConnection() ? proto.getMaxRequestsPerConnection().getValue() : 0;
    if (options == null) {
      return new ClusterConfig.UpstreamHttp(
          proto.hasHttp2ProtocolOptions() ? Protocol.HTTP2 : Protocol.HTTP1,
          defaults.idleTimeoutNanos(),
          perConnection,
          0,
          Http2Reader.read(proto.getHttp2ProtocolOptions(), "http2_protocol_options", problems));
    }
    var common = options.getCommonHttpProtocolOptions();
    return new ClusterConfig.UpstreamHttp(
        protocol(options),
        Durations.nanos(
            common.hasIdleTimeout(),
            common.getIdleTimeout(),
            defaults.idleTimeoutNanos(),
            "common_http_protocol_options.idle_timeout",
            problems),
        common.hasMaxRequestsPerConnection()
            ? common.getMaxRequestsPerConnection().getValue()
            : perConnection,
        Durations.nanos(
            common.hasMaxConnectionDuration(),
            common.getMaxConnectionDuration(),
            0,
            "common_http_protocol_options.max_connection_duration",
            problems),
        Http2Reader.read(http2Options(options), "http2_protocol_options", problems));
  }

  private Protocol protocol(HttpProtocolOptions options) {
    return switch (options.getUpstreamProtocolOptionsCase()) {
      case EXPLICIT_HTTP_CONFIG ->
          options.getExplicitHttpConfig().hasHttp2ProtocolOptions()
              ? Protocol.HTTP2
              : Protocol.HTTP1;
      case USE_DOWNSTREAM_PROTOCOL_CONFIG -> Protocol.AS_CLIENT;
      case AUTO_CONFIG -> {
        problems.warning(
            Problems.UNSUPPORTED,
            "auto_config",
            "the upstream is not asked what it speaks; HTTP/1.1 is spoken");
        yield Protocol.HTTP1;
      }
      case UPSTREAMPROTOCOLOPTIONS_NOT_SET ->
          proto.hasHttp2ProtocolOptions() ? Protocol.HTTP2 : Protocol.HTTP1;
    };
  }

  private Http2ProtocolOptions http2Options(HttpProtocolOptions options) {
    return switch (options.getUpstreamProtocolOptionsCase()) {
      case EXPLICIT_HTTP_CONFIG -> options.getExplicitHttpConfig().getHttp2ProtocolOptions();
      case USE_DOWNSTREAM_PROTOCOL_CONFIG ->
          options.getUseDownstreamProtocolConfig().getHttp2ProtocolOptions();
      case AUTO_CONFIG -> options.getAutoConfig().getHttp2ProtocolOptions();
      case UPSTREAMPROTOCOLOPTIONS_NOT_SET -> proto.getHttp2ProtocolOptions();
    };
  }

  /** Read once: its findings are told once. */
  private @Nullable HttpProtocolOptions httpOptions() {
    if (!optionsRead) {
      optionsRead = true;
      options = readHttpOptions();
    }
    return options;
  }

  private @Nullable HttpProtocolOptions readHttpOptions() {
    HttpProtocolOptions found = null;
    for (var entry : proto.getTypedExtensionProtocolOptionsMap().entrySet()) {
      String path = "typed_extension_protocol_options[" + entry.getKey() + "]";
      Any config = Extensions.unwrap(entry.getValue(), path, problems);
      if (!Extensions.is(config, Extensions.HTTP_OPTIONS)) {
        problems.warning(Problems.UNSUPPORTED, path, "not acted upon: " + config.getTypeUrl());
        continue;
      }
      try {
        found = HttpProtocolOptions.parseFrom(config.getValue());
        SupportedFields.check(HttpProtocolOptions.getDescriptor(), found, path, problems);
      } catch (InvalidProtocolBufferException e) {
        problems.error(
            Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", "HttpProtocolOptions");
      }
    }
    return found;
  }

  private ClusterConfig.TcpKeepalive keepalive() {
    if (!proto.getUpstreamConnectionOptions().hasTcpKeepalive()) {
      return ClusterConfig.TcpKeepalive.OFF;
    }
    var keepalive = proto.getUpstreamConnectionOptions().getTcpKeepalive();
    return new ClusterConfig.TcpKeepalive(
        true,
        or(keepalive.hasKeepaliveProbes(), keepalive.getKeepaliveProbes(), -1),
        or(keepalive.hasKeepaliveTime(), keepalive.getKeepaliveTime(), -1),
        or(keepalive.hasKeepaliveInterval(), keepalive.getKeepaliveInterval(), -1));
  }
}

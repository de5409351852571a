package dev.layar.compiler.telemetry;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.Xds;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.Telemetry;
import dev.layar.model.istio.Telemetry.AccessLogging;
import dev.layar.model.istio.Telemetry.CustomTag;
import dev.layar.model.istio.Telemetry.ProviderRef;
import dev.layar.model.istio.Telemetry.WorkloadMode;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.trace.v3.Tracing;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for what a workload's listeners log and trace (Istio {@code model/telemetry.go}): the
 * oldest Telemetry of the root namespace, then of the workload's, then the one that selects it,
 * each over those before. Listeners are built as the mesh says, and dressed here where a workload's
 * view differs; equal views share what is dressed. One per compiler; it holds no state, only the
 * queries' definitions.
 */
public final class Telemetries {
  /** Istio's sampling where nobody says anything, in percent. */
  private static final double SAMPLING = 1;

  /** What a provider is for. */
  public enum Use {
    LOG,
    TRACE
  }

  /** A workload to be looked at. */
  public record Workload(String namespace, Map<String, String> labels) {
    public Workload {
      labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Istio's canonical name. */
    String name() {
      for (String label :
          List.of("service.istio.io/canonical-name", "app.kubernetes.io/name", "app")) {
        String value = labels.get(label);
        if (value != null && !value.isEmpty()) {
          return value;
        }
      }
      return "unknown";
    }

    String revision() {
      for (String label :
          List.of("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")) {
        String value = labels.get(label);
        if (value != null && !value.isEmpty()) {
          return value;
        }
      }
      return "latest";
    }
  }

  /** What one direction writes. */
  record Side(List<AccessLog> logs, Optional<HttpConnectionManager.Tracing> tracing) {}

  /** What the listeners of a workload write. */
  public record View(Side client, Side server) {}

  private record Dressed(XdsResource listener, View view) {}

  /**
   * A provider's use.
   *
   * @param filter CEL, empty for all calls
   */
  private record Setting(boolean disabled, String filter) {
    static final Setting PLAIN = new Setting(false, "");

    Setting under(AccessLogging item) {
      return new Setting(
          item.disabled() != null && item.disabled(),
          item.filter() == null ? filter : item.filter().expression());
    }
  }

  private final MeshSettings settings;
  private final List<AccessLog> ofMesh;
  private final Side plain;
  private final Index<ObjectKey, Resource<?>, String> byNamespace;
  private final Query<Workload, Optional<View>> views = new Query<>("telemetry", this::computeView);
  private final Query<Dressed, XdsResource> dressed =
      new Query<>("dressedListener", this::computeDressed);

  public Telemetries(MeshSettings settings, Comparator<ObjectKey> order) {
    this.settings = settings;
    this.ofMesh = AccessLogs.ofMesh(settings);
    this.plain = new Side(ofMesh, Optional.empty());
    this.byNamespace =
        new Index<>(
            "telemetries",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof Telemetry ? List.of(key.namespace()) : List.of());
  }

  /** Whether a mesh has such a provider that is implemented. */
  public static boolean isKnown(MeshSettings settings, String name, Use use) {
    return (use == Use.LOG && name.equals("envoy"))
        || settings.config().extensionProviders().stream()
            .filter(provider -> provider.name().equals(name))
            .anyMatch(
                provider ->
                    switch (use) {
                      case LOG -> AccessLogs.of(provider, settings).isPresent();
                      case TRACE -> Tracers.of(provider, "").isPresent();
                    });
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(byNamespace);
  }

  /** The workload's view; empty where its listeners are as the mesh has them. */
  public Optional<View> view(QueryContext context, String namespace, Map<String, String> labels) {
    boolean any =
        !context.keys(byNamespace, settings.rootNamespace()).isEmpty()
            || !context.keys(byNamespace, namespace).isEmpty()
            || !settings.config().extensionProviders().isEmpty()
            || !legacyAddress().isEmpty();
    return any ? context.get(views, new Workload(namespace, labels)) : Optional.empty();
  }

  /** The listener with the view's logs and traces. */
  public XdsResource dress(QueryContext context, XdsResource listener, View view) {
    return context.get(dressed, new Dressed(listener, view));
  }

  private Optional<View> computeView(QueryContext context, Workload workload) {
    List<Telemetry> levels = levels(context, workload);
    View view =
        new View(
            side(levels, workload, WorkloadMode.CLIENT),
            side(levels, workload, WorkloadMode.SERVER));
    return view.equals(new View(plain, plain)) ? Optional.empty() : Optional.of(view);
  }

  private List<Telemetry> levels(QueryContext context, Workload workload) {
    List<Telemetry> levels = new ArrayList<>();
    String root = settings.rootNamespace();
    oldest(context, root, null).ifPresent(levels::add);
    if (!workload.namespace().equals(root)) {
      oldest(context, workload.namespace(), null).ifPresent(levels::add);
    }
    oldest(context, workload.namespace(), workload.labels()).ifPresent(levels::add);
    return levels;
  }

  /**
   * @param labels of the workload that must be selected; null for objects that select none
   */
  private Optional<Telemetry> oldest(
      QueryContext context, String namespace, @Nullable Map<String, String> labels) {
    Resource<Telemetry> found = null;
    for (ObjectKey key : context.keys(byNamespace, namespace)) {
      Resource<Telemetry> object = MeshObjects.read(context, key, Telemetry.class);
      if (object != null
          && selects(object.spec(), labels)
          && (found == null || Age.of(object.metadata()).compareTo(Age.of(found.metadata())) < 0)) {
        found = object;
      }
    }
    return Optional.ofNullable(found).map(Resource::spec);
  }

  private static boolean selects(Telemetry spec, @Nullable Map<String, String> labels) {
    if (spec.targetRef() != null || !spec.targetRefs().isEmpty()) {
      return false;
    }
    Map<String, String> wanted = spec.selector() == null ? Map.of() : spec.selector().matchLabels();
    return labels == null
        ? wanted.isEmpty()
        : !wanted.isEmpty() && labels.entrySet().containsAll(wanted.entrySet());
  }

  private Side side(List<Telemetry> levels, Workload workload, WorkloadMode mode) {
    return new Side(logs(levels, mode), tracing(levels, workload, mode));
  }

  private static boolean concerns(@Nullable WorkloadMode written, WorkloadMode mode) {
    return written == null || written == WorkloadMode.CLIENT_AND_SERVER || written == mode;
  }

  // ---- access logs

  private List<AccessLog> logs(List<Telemetry> levels, WorkloadMode mode) {
    Map<String, Setting> settled = new LinkedHashMap<>();
    MeshConfig.DefaultProviders defaults = settings.config().defaultProviders();
    List<String> named = defaults == null ? List.of() : defaults.accessLogging();
    (named.isEmpty() ? List.of("") : named).forEach(name -> settled.put(name, Setting.PLAIN));
    for (Telemetry level : levels) {
      List<AccessLogging> items =
          level.accessLogging().stream()
              .filter(item -> concerns(item.match() == null ? null : item.match().mode(), mode))
              .toList();
      settle(settled, items);
    }
    List<AccessLog> logs = new ArrayList<>();
    settled.forEach(
        (name, setting) -> {
          if (!setting.disabled()) {
            logs(name).forEach(log -> logs.add(filtered(log, setting.filter())));
          }
        });
    return List.copyOf(logs);
  }

  /** Providers that a level names replace those before it; else what it says is about them. */
  private static void settle(Map<String, Setting> settled, List<AccessLogging> items) {
    Map<String, Setting> before = new LinkedHashMap<>(settled);
    if (items.stream().anyMatch(item -> !item.providers().isEmpty())) {
      settled.clear();
    }
    for (AccessLogging item : items) {
      List<String> names =
          item.providers().isEmpty()
              ? List.copyOf(settled.keySet())
              : item.providers().stream().map(ProviderRef::name).toList();
      for (String name : names) {
        Setting base = settled.getOrDefault(name, before.getOrDefault(name, Setting.PLAIN));
        settled.put(name, base.under(item));
      }
    }
  }

  private List<AccessLog> logs(String provider) {
    if (provider.isEmpty()) {
      return ofMesh;
    }
    return provider(provider)
        .map(found -> AccessLogs.of(found, settings))
        .orElseGet(
            () ->
                provider.equals("envoy")
                    ? Optional.of(AccessLogs.envoy(settings))
                    : Optional.empty())
        .map(List::of)
        .orElse(List.of());
  }

  private static AccessLog filtered(AccessLog log, String expression) {
    return LogCondition.of(expression)
        .map(filter -> log.toBuilder().setFilter(filter).build())
        .orElse(log);
  }

  private Optional<MeshConfig.ExtensionProvider> provider(String name) {
    return settings.config().extensionProviders().stream()
        .filter(provider -> provider.name().equals(name))
        .findFirst();
  }

  // ---- traces

  private String legacyAddress() {
    MeshConfig.MeshProxyConfig proxy = settings.config().defaultConfig();
    Boolean on = settings.config().enableTracing();
    boolean off = on != null && !on;
    return off || proxy == null || proxy.tracing() == null
        ? ""
        : proxy.tracing().fields().get("zipkin") instanceof Map<?, ?> zipkin
                && zipkin.get("address") instanceof String address
            ? address
            : "";
  }

  private double meshSampling() {
    MeshConfig.MeshProxyConfig proxy = settings.config().defaultConfig();
    return proxy != null
            && proxy.tracing() != null
            && proxy.tracing().fields().get("sampling") instanceof Number sampling
        ? sampling.doubleValue()
        : SAMPLING;
  }

  private Optional<HttpConnectionManager.Tracing> tracing(
      List<Telemetry> levels, Workload workload, WorkloadMode mode) {
    MeshConfig.DefaultProviders defaults = settings.config().defaultProviders();
    String name =
        defaults == null || defaults.tracing().isEmpty() ? "" : defaults.tracing().getFirst();
    double sampling = meshSampling();
    boolean silent = false;
    boolean own = true;
    Map<String, CustomTag> tags = new TreeMap<>();
    for (Telemetry level : levels) {
      for (Telemetry.Tracing item : level.tracing()) {
        if (!concerns(item.match() == null ? null : item.match().mode(), mode)) {
          continue;
        }
        name = item.providers().isEmpty() ? name : item.providers().getFirst().name();
        sampling =
            item.randomSamplingPercentage() == null ? sampling : item.randomSamplingPercentage();
        silent = item.disableSpanReporting() == null ? silent : item.disableSpanReporting();
        own = item.enableIstioTags() == null ? own : item.enableIstioTags();
        tags.putAll(item.customTags());
      }
    }
    Optional<Tracing.Http> tracer =
        silent
            ? Optional.empty()
            : name.isEmpty()
                ? Tracers.ofAddress(legacyAddress())
                : provider(name)
                    .flatMap(
                        found -> Tracers.of(found, workload.name() + "." + workload.namespace()));
    if (tracer.isEmpty()) {
      return Optional.empty();
    }
    HttpConnectionManager.Tracing.Builder out =
        HttpConnectionManager.Tracing.newBuilder()
            .setClientSampling(percent(100))
            .setRandomSampling(percent(sampling))
            .setOverallSampling(percent(100))
            .setMaxPathTagLength(Xds.uint(256))
            .setProvider(tracer.get());
    if (own) {
      ownTags(out, workload);
    }
    tags.forEach((tag, value) -> tag(tag, value).ifPresent(out::addCustomTags));
    return Optional.of(out.build());
  }

  private static Percent percent(double value) {
    return Percent.newBuilder().setValue(value).build();
  }

  private static void ownTags(HttpConnectionManager.Tracing.Builder out, Workload workload) {
    Map<String, String> tags =
        Map.of(
            "istio.canonical_revision", workload.revision(),
            "istio.canonical_service", workload.name(),
            "istio.mesh_id", "cluster.local",
            "istio.namespace", workload.namespace());
    new TreeMap<>(tags)
        .forEach(
            (name, value) ->
                out.addCustomTags(
                    io.envoyproxy.envoy.type.tracing.v3.CustomTag.newBuilder()
                        .setTag(name)
                        .setLiteral(
                            io.envoyproxy.envoy.type.tracing.v3.CustomTag.Literal.newBuilder()
                                .setValue(value))));
  }

  private static Optional<io.envoyproxy.envoy.type.tracing.v3.CustomTag> tag(
      String name, CustomTag tag) {
    io.envoyproxy.envoy.type.tracing.v3.CustomTag.Builder out =
        io.envoyproxy.envoy.type.tracing.v3.CustomTag.newBuilder().setTag(name);
    switch (tag) {
      case CustomTag.Fixed(Telemetry.Literal literal) ->
          out.getLiteralBuilder().setValue(literal.value());
      case CustomTag.FromEnvironment(Telemetry.Environment environment) ->
          out.getEnvironmentBuilder()
              .setName(environment.name())
              .setDefaultValue(environment.defaultValue());
      case CustomTag.FromHeader(Telemetry.RequestHeader header) ->
          out.getRequestHeaderBuilder()
              .setName(header.name())
              .setDefaultValue(header.defaultValue());
      case CustomTag.Formatted formatted -> {
        return Optional.empty();
      }
    }
    return Optional.of(out.build());
  }

  // ---- listeners

  private XdsResource computeDressed(QueryContext context, Dressed key) {
    Listener listener = Xds.unpack(key.listener(), Listener.parser());
    Side side =
        listener.getTrafficDirection() == TrafficDirection.INBOUND
            ? key.view().server()
            : key.view().client();
    Listener.Builder out = listener.toBuilder().clearAccessLog();
    out.addAllAccessLog(AccessLogs.ofListener(side.logs()));
    for (FilterChain.Builder chain : out.getFilterChainsBuilderList()) {
      dress(chain, side);
    }
    if (out.hasDefaultFilterChain()) {
      dress(out.getDefaultFilterChainBuilder(), side);
    }
    return Xds.resource(ResourceType.LISTENER, listener.getName(), out.build());
  }

  private static void dress(FilterChain.Builder chain, Side side) {
    for (Filter.Builder filter : chain.getFiltersBuilderList()) {
      filter.setTypedConfig(dressed(filter.getTypedConfig(), side));
    }
  }

  private static Any dressed(Any config, Side side) {
    try {
      if (config.is(HttpConnectionManager.class)) {
        HttpConnectionManager.Builder hcm =
            config.unpack(HttpConnectionManager.class).toBuilder()
                .clearAccessLog()
                .addAllAccessLog(side.logs());
        side.tracing().ifPresent(hcm::setTracing);
        return Xds.any(hcm.build());
      }
      if (config.is(TcpProxy.class)) {
        return Xds.any(
            config.unpack(TcpProxy.class).toBuilder()
                .clearAccessLog()
                .addAllAccessLog(side.logs())
                .build());
      }
      return config;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("own bytes do not parse", e);
    }
  }
}

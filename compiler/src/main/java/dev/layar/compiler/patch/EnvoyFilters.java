package dev.layar.compiler.patch;

import com.google.protobuf.Message;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.Xds;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.EnvoyFilter.ApplyTo;
import dev.layar.model.istio.EnvoyFilter.ConfigPatch;
import dev.layar.model.istio.EnvoyFilter.Context;
import dev.layar.model.istio.EnvoyFilter.Operation;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for what EnvoyFilters change (Istio {@code model/envoyfilter.go}): those of the root
 * namespace, then those of the workload's, each by priority, age and name. What a list of patches
 * makes of a resource is computed once for all proxies. One per compiler; it holds no state, only
 * the queries' definitions.
 */
public final class EnvoyFilters {
  /** What {@code proxyVersion} is compared with: the level of Istio's API that is implemented. */
  static final String VERSION = "1.30.0";

  /** All patches for a workload, in order. */
  public record Patches(List<Step> steps) {
    public Patches {
      steps = List.copyOf(steps);
    }

    public boolean isEmpty() {
      return steps.isEmpty();
    }
  }

  private record Workload(String namespace, Map<String, String> labels) {}

  private record Patched(XdsResource resource, boolean router, Patches patches) {}

  private final String rootNamespace;
  private final Index<ObjectKey, Resource<?>, String> byNamespace;
  private final Query<Workload, Patches> patches = new Query<>("patches", this::computePatches);
  private final Query<Patched, Optional<XdsResource>> patched =
      new Query<>("patched", EnvoyFilters::computePatched);

  public EnvoyFilters(MeshSettings settings, Comparator<ObjectKey> order) {
    this.rootNamespace = settings.rootNamespace();
    this.byNamespace =
        new Index<>(
            "envoyFilters",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof EnvoyFilter ? List.of(key.namespace()) : List.of());
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(byNamespace);
  }

  public Patches patches(QueryContext context, String namespace, Map<String, String> labels) {
    boolean any =
        !context.keys(byNamespace, rootNamespace).isEmpty()
            || !context.keys(byNamespace, namespace).isEmpty();
    return any
        ? context.get(patches, new Workload(namespace, new TreeMap<>(labels)))
        : new Patches(List.of());
  }

  /** The resources of a type after the patches. */
  public Map<String, XdsResource> apply(
      QueryContext context,
      ResourceType type,
      Map<String, XdsResource> resources,
      boolean router,
      Patches patches) {
    Map<String, XdsResource> out = new TreeMap<>();
    resources.forEach(
        (name, resource) ->
            context
                .get(patched, new Patched(resource, router, patches))
                .ifPresent(changed -> out.put(name, changed)));
    for (Step step : patches.steps()) {
      boolean concerned =
          router
              ? step.concerns(Context.GATEWAY)
              : step.concerns(Context.SIDECAR_OUTBOUND) || step.concerns(Context.SIDECAR_INBOUND);
      if (step.operation() == Operation.ADD && concerned) {
        added(type, step).ifPresent(resource -> out.put(resource.name(), resource));
      }
    }
    return Collections.unmodifiableMap(out);
  }

  private static Optional<XdsResource> added(ResourceType type, Step step) {
    if (type == ResourceType.CLUSTER && step.applyTo() == ApplyTo.CLUSTER) {
      return Optional.ofNullable(Values.read(Cluster.getDefaultInstance(), step.value()))
          .map(cluster -> Xds.resource(type, cluster.getName(), cluster));
    }
    if (type == ResourceType.LISTENER && step.applyTo() == ApplyTo.LISTENER) {
      return Optional.ofNullable(Values.read(Listener.getDefaultInstance(), step.value()))
          .map(listener -> Xds.resource(type, listener.getName(), listener));
    }
    return Optional.empty();
  }

  /** Why a patch's value cannot be used, or null when it can or needs none. */
  public static @Nullable String problem(ConfigPatch patch) {
    Step step = new Step(patch);
    Message type = typeOf(step.applyTo());
    return type == null || step.value() == null || step.operation() == Operation.REMOVE
        ? null
        : Values.problem(type, step.value());
  }

  private static @Nullable Message typeOf(ApplyTo applyTo) {
    return switch (applyTo) {
      case LISTENER -> Listener.getDefaultInstance();
      case LISTENER_FILTER -> ListenerFilter.getDefaultInstance();
      case FILTER_CHAIN -> FilterChain.getDefaultInstance();
      case NETWORK_FILTER -> Filter.getDefaultInstance();
      case HTTP_FILTER -> HttpFilter.getDefaultInstance();
      case ROUTE_CONFIGURATION -> RouteConfiguration.getDefaultInstance();
      case VIRTUAL_HOST -> VirtualHost.getDefaultInstance();
      case HTTP_ROUTE -> Route.getDefaultInstance();
      case CLUSTER -> Cluster.getDefaultInstance();
      case INVALID, EXTENSION_CONFIG, BOOTSTRAP -> null;
    };
  }

  private Patches computePatches(QueryContext context, Workload workload) {
    List<Step> steps = new ArrayList<>();
    add(context, rootNamespace, workload.labels(), steps);
    if (!workload.namespace().equals(rootNamespace)) {
      add(context, workload.namespace(), workload.labels(), steps);
    }
    return new Patches(steps);
  }

  private void add(
      QueryContext context, String namespace, Map<String, String> labels, List<Step> steps) {
    List<Resource<EnvoyFilter>> found = new ArrayList<>();
    for (ObjectKey key : context.keys(byNamespace, namespace)) {
      Resource<EnvoyFilter> filter = MeshObjects.read(context, key, EnvoyFilter.class);
      if (filter != null && selects(filter.spec(), labels)) {
        found.add(filter);
      }
    }
    found.sort(
        Comparator.comparingInt((Resource<EnvoyFilter> filter) -> filter.spec().priority())
            .thenComparing(filter -> Age.of(filter.metadata())));
    for (Resource<EnvoyFilter> filter : found) {
      filter.spec().configPatches().stream()
          .filter(EnvoyFilters::isForUs)
          .map(Step::new)
          .forEach(steps::add);
    }
  }

  private static boolean selects(EnvoyFilter filter, Map<String, String> labels) {
    return filter.targetRefs().isEmpty()
        && (filter.workloadSelector() == null
            || labels.entrySet().containsAll(filter.workloadSelector().labels().entrySet()));
  }

  private static boolean isForUs(ConfigPatch patch) {
    EnvoyFilter.ProxyMatch proxy = patch.match() == null ? null : patch.match().proxy();
    if (proxy == null) {
      return true;
    }
    return proxy.metadata().isEmpty()
        && (proxy.proxyVersion().isEmpty() || isOurVersion(proxy.proxyVersion()));
  }

  private static boolean isOurVersion(String regex) {
    try {
      return Pattern.compile(regex).matcher(VERSION).find();
    } catch (PatternSyntaxException e) {
      return false; // validation refuses it
    }
  }

  private static Optional<XdsResource> computePatched(QueryContext context, Patched key) {
    List<Step> steps = key.patches().steps();
    XdsResource resource = key.resource();
    return switch (resource.type()) {
      case CLUSTER -> {
        List<Step> own = steps.stream().filter(step -> step.applyTo() == ApplyTo.CLUSTER).toList();
        Context side =
            key.router()
                ? Context.GATEWAY
                : resource.name().startsWith("inbound|") || resource.name().startsWith("Inbound")
                    ? Context.SIDECAR_INBOUND
                    : Context.SIDECAR_OUTBOUND;
        yield own.isEmpty()
            ? Optional.of(resource)
            : Patcher.cluster(Xds.unpack(resource, Cluster.parser()), side, own)
                .map(changed -> Xds.resource(resource.type(), resource.name(), changed));
      }
      case LISTENER -> {
        Listener listener = Xds.unpack(resource, Listener.parser());
        Context side =
            key.router()
                ? Context.GATEWAY
                : listener.getTrafficDirection() == TrafficDirection.INBOUND
                    ? Context.SIDECAR_INBOUND
                    : Context.SIDECAR_OUTBOUND;
        yield Patcher.listener(listener, side, steps)
            .map(changed -> Xds.resource(resource.type(), resource.name(), changed));
      }
      case ROUTE ->
          Optional.of(
              Xds.resource(
                  resource.type(),
                  resource.name(),
                  Patcher.routes(
                      Xds.unpack(resource, RouteConfiguration.parser()),
                      key.router() ? Context.GATEWAY : Context.SIDECAR_OUTBOUND,
                      steps)));
      default -> Optional.of(resource);
    };
  }
}

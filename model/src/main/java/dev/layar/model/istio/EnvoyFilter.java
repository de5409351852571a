package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.FreeForm;
import dev.layar.model.Inline;
import dev.layar.model.Range;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's EnvoyFilter ({@code networking/v1alpha3/envoy_filter.proto}) and all messages that only
 * it uses.
 */
@Doc("Changes to the configuration that proxies get.")
public record EnvoyFilter(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: of the mesh.")
        @Nullable WorkloadSelector workloadSelector,
    @Doc("Objects it is attached to instead of a selector.") List<TargetReference> targetRefs,
    @Doc("The changes, in order.") List<ConfigPatch> configPatches,
    @Doc("Lower ones come first; of equal ones the older, then by name.") int priority) {
  public EnvoyFilter {
    targetRefs = List.copyOf(targetRefs);
    configPatches = List.copyOf(configPatches);
  }

  /** Istio's EnvoyFilter.ApplyTo, in the order of its numbers. */
  public enum ApplyTo {
    @Doc("Not set: refused.")
    INVALID,
    @Doc("A listener.")
    LISTENER,
    @Doc("A filter chain of a listener.")
    FILTER_CHAIN,
    @Doc("A network filter of a filter chain.")
    NETWORK_FILTER,
    @Doc("An HTTP filter of an HTTP connection manager.")
    HTTP_FILTER,
    @Doc("A route configuration.")
    ROUTE_CONFIGURATION,
    @Doc("A virtual host of a route configuration.")
    VIRTUAL_HOST,
    @Doc("A route of a virtual host.")
    HTTP_ROUTE,
    @Doc("A cluster.")
    CLUSTER,
    @Doc("A configuration that filters refer to.")
    EXTENSION_CONFIG,
    @Doc("Deprecated: what a proxy starts with.")
    BOOTSTRAP,
    @Doc("A listener filter of a listener.")
    LISTENER_FILTER
  }

  /** Istio's EnvoyFilter.PatchContext, in the order of its numbers. */
  public enum Context {
    @Doc("Everywhere.")
    ANY,
    @Doc("Calls that a sidecar's workload takes.")
    SIDECAR_INBOUND,
    @Doc("Calls that a sidecar's workload makes.")
    SIDECAR_OUTBOUND,
    @Doc("Gateways.")
    GATEWAY,
    @Doc("Waypoints.")
    WAYPOINT
  }

  /** Istio's EnvoyFilter.EnvoyConfigObjectPatch. */
  @Doc("A change.")
  public record ConfigPatch(
      @Doc("What is changed.") ApplyTo applyTo,
      @Doc("Which of these; left out: all.") @Nullable ObjectMatch match,
      @Doc("How it is changed.") @Nullable Patch patch) {}

  /** Istio's EnvoyFilter.EnvoyConfigObjectMatch. */
  @Doc("Which objects are changed.")
  public record ObjectMatch(
      @Doc("By the direction of traffic.") Context context,
      @Doc("By the proxy.") @Nullable ProxyMatch proxy,
      @Doc("By the object.") @Inline @Nullable ObjectType objectType) {}

  /** EnvoyConfigObjectMatch's {@code object_types}. */
  @Doc("By the object.")
  public sealed interface ObjectType {
    /** By listener. */
    record OfListener(@Doc("By the listener.") ListenerMatch listener) implements ObjectType {}

    /** By route. */
    record OfRoute(@Doc("By the route.") RouteConfigurationMatch routeConfiguration)
        implements ObjectType {}

    /** By cluster. */
    record OfCluster(@Doc("By the cluster.") ClusterMatch cluster) implements ObjectType {}

    /** By a waypoint's part. */
    record OfWaypoint(@Doc("By a part of a waypoint.") WaypointMatch waypoint)
        implements ObjectType {}
  }

  /** Istio's EnvoyFilter.ProxyMatch. */
  @Doc("Which proxies.")
  public record ProxyMatch(
      @Doc("RE2 expression that matches the proxy's version.") String proxyVersion,
      @Doc("Metadata that the proxy must have.") Map<String, String> metadata) {
    public ProxyMatch {
      metadata = Values.sorted(metadata);
    }
  }

  /** Istio's EnvoyFilter.ListenerMatch. */
  @Doc("Which listeners; all that is set must match.")
  public record ListenerMatch(
      @Doc("Port of the listener, or of the service.") @Range long portNumber,
      @Doc("Not implemented.") String portName,
      @Doc("A filter chain of it.") @Nullable FilterChainMatch filterChain,
      @Doc("Name of a listener filter of it.") String listenerFilter,
      @Doc("Its name.") String name) {}

  /** Istio's EnvoyFilter.ListenerMatch.FilterChainMatch. */
  @Doc("Which filter chains; all that is set must match.")
  public record FilterChainMatch(
      @Doc("Its name.") String name,
      @Doc("A server name of its match.") String sni,
      @Doc("The transport protocol of its match: tls or raw_buffer.") String transportProtocol,
      @Doc("Application protocols of its match, separated by commas.") String applicationProtocols,
      @Doc("A filter of it.") @Nullable FilterMatch filter,
      @Doc("The destination port of its match.") @Range long destinationPort) {}

  /** Istio's EnvoyFilter.ListenerMatch.FilterMatch. */
  @Doc("Which network filters.")
  public record FilterMatch(
      @Doc("Its name.") String name,
      @Doc("An HTTP filter inside the HTTP connection manager.")
          @Nullable SubFilterMatch subFilter) {}

  /** Istio's EnvoyFilter.ListenerMatch.SubFilterMatch. */
  @Doc("Which HTTP filters.")
  public record SubFilterMatch(@Doc("Its name.") String name) {}

  /** Istio's EnvoyFilter.RouteConfigurationMatch. */
  @Doc("Which route configurations; all that is set must match.")
  public record RouteConfigurationMatch(
      @Doc("Port that it is for.") @Range long portNumber,
      @Doc("Name of the port, for gateways.") String portName,
      @Doc("Gateway that it is for, as namespace/name.") String gateway,
      @Doc("A virtual host of it.") @Nullable VirtualHostMatch vhost,
      @Doc("Its name.") String name) {}

  /** Istio's EnvoyFilter.RouteConfigurationMatch.VirtualHostMatch. */
  @Doc("Which virtual hosts.")
  public record VirtualHostMatch(
      @Doc("Its name: host:port.") String name,
      @Doc("A domain of it.") String domainName,
      @Doc("A route of it.") @Nullable RouteMatch route) {}

  /** Istio's EnvoyFilter.RouteConfigurationMatch.RouteMatch. */
  @Doc("Which routes.")
  public record RouteMatch(
      @Doc("Its name.") String name, @Doc("What it does.") RouteAction action) {}

  /** Istio's EnvoyFilter.RouteConfigurationMatch.RouteMatch.Action. */
  public enum RouteAction {
    @Doc("Anything.")
    ANY,
    @Doc("It sends requests to a cluster.")
    ROUTE,
    @Doc("It redirects.")
    REDIRECT,
    @Doc("It answers by itself.")
    DIRECT_RESPONSE
  }

  /** Istio's EnvoyFilter.ClusterMatch. */
  @Doc("Which clusters; all that is set must match.")
  public record ClusterMatch(
      @Doc("Port of the service.") @Range long portNumber,
      @Doc("Full name of the service.") String service,
      @Doc("Subset of the service.") String subset,
      @Doc("Its name.") String name) {}

  /** Istio's EnvoyFilter.WaypointMatch. */
  @Doc("Which part of a waypoint.")
  public record WaypointMatch(
      @Doc("Port of the service.") @Range long portNumber,
      @Doc("A route.") @Nullable SubFilterMatch route,
      @Doc("A filter.") @Nullable FilterMatch filter) {}

  /** Istio's EnvoyFilter.Patch. */
  @Doc("How an object is changed.")
  public record Patch(
      @Doc("The change.") Operation operation,
      @Doc("Configuration of Envoy in JSON form.") @Nullable FreeForm value,
      @Doc("Where an added filter goes, if no place is named.") FilterClass filterClass) {}

  /** Istio's EnvoyFilter.Patch.Operation, in the order of its numbers. */
  public enum Operation {
    @Doc("Not set: refused.")
    INVALID,
    @Doc("Set the fields of value; lists get longer.")
    MERGE,
    @Doc("Add value as a new object, at the end.")
    ADD,
    @Doc("Remove the object.")
    REMOVE,
    @Doc("Add value before the object.")
    INSERT_BEFORE,
    @Doc("Add value behind the object.")
    INSERT_AFTER,
    @Doc("Add value as the first object.")
    INSERT_FIRST,
    @Doc("Put value in the place of the object; filters only.")
    REPLACE,
    @Doc("Set the fields of value; lists are replaced.")
    MERGE_AND_REPLACE_LIST
  }

  /** Istio's EnvoyFilter.Patch.FilterClass, in the order of its numbers. */
  public enum FilterClass {
    @Doc("At the end.")
    UNSPECIFIED,
    @Doc("After Istio's authentication filters.")
    AUTHN,
    @Doc("After Istio's authorization filters.")
    AUTHZ,
    @Doc("Before Istio's statistics filters.")
    STATS
  }
}

package dev.layar.compiler.patch;

import dev.layar.model.FreeForm;
import dev.layar.model.istio.EnvoyFilter.ApplyTo;
import dev.layar.model.istio.EnvoyFilter.ClusterMatch;
import dev.layar.model.istio.EnvoyFilter.ConfigPatch;
import dev.layar.model.istio.EnvoyFilter.Context;
import dev.layar.model.istio.EnvoyFilter.FilterChainMatch;
import dev.layar.model.istio.EnvoyFilter.FilterMatch;
import dev.layar.model.istio.EnvoyFilter.ListenerMatch;
import dev.layar.model.istio.EnvoyFilter.ObjectType;
import dev.layar.model.istio.EnvoyFilter.Operation;
import dev.layar.model.istio.EnvoyFilter.RouteConfigurationMatch;
import dev.layar.model.istio.EnvoyFilter.VirtualHostMatch;
import org.jspecify.annotations.Nullable;

/** One patch of an EnvoyFilter, read for what it is about. Immutable. */
record Step(ConfigPatch patch) {
  ApplyTo applyTo() {
    return patch.applyTo();
  }

  Operation operation() {
    return patch.patch() == null ? Operation.INVALID : patch.patch().operation();
  }

  @Nullable FreeForm value() {
    return patch.patch() == null ? null : patch.patch().value();
  }

  /** Whether it is about this side of a proxy. */
  boolean concerns(Context side) {
    Context wanted = patch.match() == null ? Context.ANY : patch.match().context();
    return wanted == Context.ANY || wanted == side;
  }

  private @Nullable ObjectType object() {
    return patch.match() == null ? null : patch.match().objectType();
  }

  @Nullable ListenerMatch listener() {
    return object() instanceof ObjectType.OfListener(ListenerMatch match) ? match : null;
  }

  @Nullable FilterChainMatch chain() {
    ListenerMatch match = listener();
    return match == null ? null : match.filterChain();
  }

  /** The network filter's name, empty for any. */
  String filter() {
    FilterChainMatch chain = chain();
    FilterMatch match = chain == null ? null : chain.filter();
    return match == null ? "" : match.name();
  }

  /** The HTTP filter's name, empty for any. */
  String subFilter() {
    FilterChainMatch chain = chain();
    FilterMatch match = chain == null ? null : chain.filter();
    return match == null || match.subFilter() == null ? "" : match.subFilter().name();
  }

  @Nullable RouteConfigurationMatch routes() {
    return object() instanceof ObjectType.OfRoute(RouteConfigurationMatch match) ? match : null;
  }

  @Nullable VirtualHostMatch host() {
    RouteConfigurationMatch match = routes();
    return match == null ? null : match.vhost();
  }

  @Nullable ClusterMatch cluster() {
    return object() instanceof ObjectType.OfCluster(ClusterMatch match) ? match : null;
  }
}

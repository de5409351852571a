package dev.layar.compiler.gatewayapi;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.query.QueryEngine;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the objects that stand for those of the Gateway API and for Ingresses, with a query engine
 * of its own, so that an edit costs the gateway or service that it concerns. Not thread-safe, as
 * its owner is.
 */
public final class Translation {
  /** Everything that is read here. */
  private static final Set<Kind> READ =
      Set.of(
          Kinds.GATEWAY_CLASS,
          Kinds.KUBE_GATEWAY,
          Kinds.HTTP_ROUTE,
          Kinds.GRPC_ROUTE,
          Kinds.TLS_ROUTE,
          Kinds.TCP_ROUTE,
          Kinds.REFERENCE_GRANT,
          Kinds.INGRESS,
          Kinds.INGRESS_CLASS,
          Kinds.NAMESPACE,
          Kinds.SECRET,
          Kinds.SERVICE);

  private static final String ALL = "all";

  private final Comparator<ObjectKey> order;
  private final KubeRoutes routes;
  private final Ingresses ingresses;
  private final QueryEngine engine;
  private final Query<String, Map<ObjectKey, Resource<?>>> objects =
      new Query<>("translated", this::computeObjects);
  private final Query<String, List<GatewayStatus>> gateways =
      new Query<>("gatewayStatuses", this::computeGateways);
  private final Query<String, List<RouteStatus>> attached =
      new Query<>("routeStatuses", this::computeRoutes);

  public Translation(MeshSettings settings, int keep, Comparator<ObjectKey> order) {
    Backends backends = new Backends(settings.domain(), order);
    this.order = order;
    this.routes = new KubeRoutes(settings, backends, order);
    this.ingresses = new Ingresses(settings, order);
    List<Index<?, ?, ?>> indexes = new ArrayList<>(backends.indexes());
    indexes.addAll(routes.indexes());
    indexes.addAll(ingresses.indexes());
    this.engine = new QueryEngine(keep, indexes);
  }

  /** Takes in an edit. */
  public void edit(ObjectKey key, @Nullable Resource<?> after) {
    if (READ.contains(key.kind())) {
      if (after == null) {
        engine.remove(MeshObjects.OBJECTS, key);
      } else {
        engine.set(MeshObjects.OBJECTS, key, after);
      }
    }
  }

  /** The objects that stand for others, by key. */
  public Map<ObjectKey, Resource<?>> objects() {
    Map<ObjectKey, Resource<?>> found = engine.get(objects, ALL);
    engine.collect();
    return found;
  }

  public List<GatewayStatus> gateways() {
    return engine.get(gateways, ALL);
  }

  public List<RouteStatus> routes() {
    return engine.get(attached, ALL);
  }

  private Map<ObjectKey, Resource<?>> computeObjects(QueryContext context, String key) {
    Map<ObjectKey, Resource<?>> all = new TreeMap<>(order);
    routes.objects(context).forEach(object -> all.putIfAbsent(object.key(), object));
    ingresses.objects(context).forEach(object -> all.putIfAbsent(object.key(), object));
    return Collections.unmodifiableMap(all);
  }

  private List<GatewayStatus> computeGateways(QueryContext context, String key) {
    return routes.gatewayStatuses(context);
  }

  private List<RouteStatus> computeRoutes(QueryContext context, String key) {
    return routes.routeStatuses(context);
  }
}

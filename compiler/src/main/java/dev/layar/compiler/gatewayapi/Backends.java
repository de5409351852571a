package dev.layar.compiler.gatewayapi;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.gatewayapi.BackendReference;
import dev.layar.model.gatewayapi.ReferenceGrant;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.PortSelector;
import dev.layar.model.k8s.Service;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds what routes refer to, and whether they may. */
final class Backends {
  /** A backend's destination, or why it has none. */
  record Found(Optional<Destination> destination, String reason) {
    static final String NONE = "";
  }

  private static final String ISTIO = "networking.istio.io";

  private final String domain;
  private final Index<ObjectKey, Resource<?>, String> grants;

  Backends(String domain, Comparator<ObjectKey> order) {
    this.domain = domain;
    this.grants =
        new Index<>(
            "grants",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof ReferenceGrant ? List.of(key.namespace()) : List.of());
  }

  List<Index<?, ?, ?>> indexes() {
    return List.of(grants);
  }

  /** The Gateway API's reasons of condition ResolvedRefs are those of its specification. */
  Found find(QueryContext context, ObjectKey route, BackendReference reference) {
    String namespace = reference.namespace().isEmpty() ? route.namespace() : reference.namespace();
    if (reference.group().equals(ISTIO) && reference.kind().equals("Hostname")) {
      return reference.port() == 0
          ? missing("UnsupportedValue")
          : found(reference.name(), reference.port());
    }
    boolean service =
        reference.group().isEmpty()
            && (reference.kind().isEmpty() || reference.kind().equals("Service"));
    if (!service) {
      return missing("InvalidKind");
    }
    if (!isGranted(
        context, route.kind(), route.namespace(), "Service", namespace, reference.name())) {
      return missing("RefNotPermitted");
    }
    Resource<Service> object =
        MeshObjects.read(
            context, new ObjectKey(Kinds.SERVICE, namespace, reference.name()), Service.class);
    if (object == null) {
      return missing("BackendNotFound");
    }
    if (reference.port() == 0) {
      return missing("UnsupportedValue");
    }
    return found(HostNames.service(reference.name(), namespace, domain), reference.port());
  }

  private static Found found(String host, int port) {
    return new Found(Optional.of(new Destination(host, "", new PortSelector(port))), Found.NONE);
  }

  private static Found missing(String reason) {
    return new Found(Optional.empty(), reason);
  }

  /** Whether an object may refer to one of a namespace: the own one, or with a ReferenceGrant. */
  boolean isGranted(
      QueryContext context,
      Kind from,
      String fromNamespace,
      String toKind,
      String namespace,
      String name) {
    if (fromNamespace.equals(namespace)) {
      return true;
    }
    for (ObjectKey key : context.keys(grants, namespace)) {
      Resource<ReferenceGrant> grant = MeshObjects.read(context, key, ReferenceGrant.class);
      if (grant != null && grants(grant.spec(), from, fromNamespace, toKind, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean grants(
      ReferenceGrant grant, Kind from, String fromNamespace, String toKind, String name) {
    return grant.from().stream()
            .anyMatch(
                who ->
                    who.group().equals(from.group())
                        && who.kind().equals(from.kind())
                        && who.namespace().equals(fromNamespace))
        && grant.to().stream()
            .anyMatch(
                what ->
                    what.group().isEmpty()
                        && what.kind().equals(toKind)
                        && (what.name().isEmpty() || what.name().equals(name)));
  }
}

package dev.layar.controlplane.status;

import dev.layar.compiler.MeshCompiler;
import dev.layar.compiler.gatewayapi.GatewayStatus;
import dev.layar.compiler.gatewayapi.GatewayStatus.ListenerStatus;
import dev.layar.compiler.gatewayapi.RouteStatus;
import dev.layar.model.Kinds;
import dev.layar.model.gatewayapi.ParentReference;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Statuses of Gateways and routes in the form of the Gateway API, as trees of maps, lists and
 * scalars for whoever writes them. Pure functions of what the compiler says.
 */
final class GatewayApiDocument {
  /** Who writes them, as Istio's controller calls itself. */
  static final String CONTROLLER = "istio.io/gateway-controller";

  private final ObjectStatus status;

  private GatewayApiDocument(ObjectStatus status) {
    this.status = status;
  }

  /** The tree of {@code status}; empty for kinds whose status has another form. */
  static Optional<Map<String, Object>> of(MeshCompiler compiler, ObjectStatus status) {
    GatewayApiDocument document = new GatewayApiDocument(status);
    return status.key().kind().equals(Kinds.KUBE_GATEWAY)
        ? compiler.gatewayStatuses().stream()
            .filter(gateway -> gateway.gateway().equals(status.key()))
            .findFirst()
            .map(document::gateway)
        : compiler.routeStatuses().stream()
            .filter(route -> route.route().equals(status.key()))
            .findFirst()
            .map(document::route);
  }

  private Map<String, Object> gateway(GatewayStatus gateway) {
    Map<String, Object> out = new LinkedHashMap<>();
    boolean opened = gateway.isProgrammed();
    List<Object> conditions = new ArrayList<>();
    conditions.add(condition("Accepted", opened, opened ? "Accepted" : "ListenersNotValid", ""));
    conditions.add(
        opened
            ? condition(
                "Programmed",
                status.programmed().value().word(),
                status.isProgrammed() ? "Programmed" : "Pending",
                status.programmed().message())
            : condition("Programmed", false, "Invalid", "not every listener is opened"));
    out.put("conditions", conditions);
    out.put("listeners", gateway.listeners().stream().map(this::listener).toList());
    return out;
  }

  private Map<String, Object> listener(ListenerStatus listener) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("name", listener.name());
    out.put("attachedRoutes", listener.attachedRoutes());
    out.put(
        "supportedKinds",
        listener.kinds().stream()
            .map(kind -> Map.of("group", Kinds.KUBE_GATEWAY.group(), "kind", kind))
            .toList());
    out.put(
        "conditions",
        List.of(
            judged("Accepted", "Accepted", listener.accepted()),
            judged("ResolvedRefs", "ResolvedRefs", listener.resolvedRefs()),
            judged("Programmed", "Programmed", listener.isProgrammed() ? "" : "Invalid"),
            condition("Conflicted", false, "NoConflicts", "")));
    return out;
  }

  private Map<String, Object> route(RouteStatus route) {
    return Map.of("parents", route.parents().stream().map(this::parent).toList());
  }

  private Map<String, Object> parent(RouteStatus.Parent parent) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("parentRef", reference(parent.reference()));
    out.put("controllerName", CONTROLLER);
    out.put(
        "conditions",
        List.of(
            judged("Accepted", "Accepted", parent.accepted()),
            judged("ResolvedRefs", "ResolvedRefs", parent.resolvedRefs())));
    return out;
  }

  /** As it was written, so that its writer recognises it. */
  private static Map<String, Object> reference(ParentReference reference) {
    Map<String, Object> out = new LinkedHashMap<>();
    boolean service = reference.kind().equals("Service");
    out.put(
        "group",
        reference.group().isEmpty() && !service ? Kinds.KUBE_GATEWAY.group() : reference.group());
    out.put("kind", reference.kind().isEmpty() ? "Gateway" : reference.kind());
    if (!reference.namespace().isEmpty()) {
      out.put("namespace", reference.namespace());
    }
    out.put("name", reference.name());
    if (!reference.sectionName().isEmpty()) {
      out.put("sectionName", reference.sectionName());
    }
    if (reference.port() != 0) {
      out.put("port", reference.port());
    }
    return out;
  }

  /**
   * @param problem the reason of the Gateway API why it is false, empty when it is true
   */
  private Map<String, Object> judged(String type, String good, String problem) {
    return condition(type, problem.isEmpty(), problem.isEmpty() ? good : problem, "");
  }

  private Map<String, Object> condition(String type, boolean value, String reason, String message) {
    return condition(type, value ? "True" : "False", reason, message);
  }

  private Map<String, Object> condition(String type, String value, String reason, String message) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("type", type);
    out.put("status", value);
    out.put("reason", reason);
    out.put("message", message);
    out.put("observedGeneration", status.generation());
    out.put(
        "lastTransitionTime",
        status.programmed().since().truncatedTo(ChronoUnit.SECONDS).toString());
    return out;
  }
}

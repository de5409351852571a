package dev.layar.compiler;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.compiler.gatewayapi.GatewayStatus;
import dev.layar.compiler.gatewayapi.GatewayStatus.ListenerStatus;
import dev.layar.compiler.gatewayapi.RouteStatus;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statuses of the Gateway API that are not as their writers wish, as findings. Pure functions. */
public final class GatewayFindings {
  /** A route does not attach to a parent. */
  public static final String NOT_ATTACHED = "LYR0416";

  /** Something that a route or listener refers to is missing, or may not be used. */
  public static final String UNRESOLVED = "LYR0417";

  /** A listener is not opened. */
  public static final String NOT_OPENED = "LYR0418";

  private GatewayFindings() {}

  static List<Finding> of(MeshState state, GatewayStatus status) {
    Resource<?> gateway = state.get(status.gateway());
    List<Finding> found = new ArrayList<>();
    for (int i = 0; i < status.listeners().size(); i++) {
      ListenerStatus listener = status.listeners().get(i);
      String path = "spec.listeners[" + i + "]";
      add(
          found,
          gateway,
          NOT_OPENED,
          path + ".protocol",
          "the listener is not opened",
          listener.accepted());
      add(
          found,
          gateway,
          UNRESOLVED,
          path + ".tls.certificateRefs",
          "the listener is not opened, for it has no certificate that may be used",
          listener.resolvedRefs());
    }
    return found;
  }

  static List<Finding> of(MeshState state, RouteStatus status) {
    Resource<?> route = state.get(status.route());
    List<Finding> found = new ArrayList<>();
    for (RouteStatus.Parent parent : status.parents()) {
      boolean filter = parent.accepted().equals("UnsupportedValue");
      add(
          found,
          route,
          NOT_ATTACHED,
          "spec.parentRefs[" + parent.index() + "]",
          filter
              ? "a filter of another API is not supported; its calls are answered 500"
              : "the route does not attach to this parent",
          parent.accepted());
      add(
          found,
          route,
          UNRESOLVED,
          "spec.rules",
          "a backend cannot be used; its share of calls is answered 500",
          parent.resolvedRefs());
    }
    return found.stream().distinct().toList();
  }

  private static void add(
      List<Finding> found,
      @Nullable Resource<?> object,
      String code,
      String path,
      String message,
      String reason) {
    if (!reason.isEmpty()) {
      Location location = object == null ? Location.UNKNOWN : object.sources().value(path);
      found.add(Finding.warning(code, location, path, message, reason, ""));
    }
  }
}

package dev.layar.compiler.gatewayapi;

import dev.layar.model.ObjectKey;
import java.util.List;

/**
 * What became of a Gateway of the Gateway API. Immutable.
 *
 * @param ours whether its class is served here; if not, its status is somebody else's
 */
public record GatewayStatus(ObjectKey gateway, boolean ours, List<ListenerStatus> listeners) {
  public GatewayStatus {
    listeners = List.copyOf(listeners);
  }

  static GatewayStatus foreign(ObjectKey gateway) {
    return new GatewayStatus(gateway, false, List.of());
  }

  /** Whether every listener is opened. */
  public boolean isProgrammed() {
    return listeners.stream().allMatch(ListenerStatus::isProgrammed);
  }

  /**
   * What became of a listener.
   *
   * @param kinds of routes that may attach
   * @param attachedRoutes how many did
   * @param accepted why it is not accepted, empty when it is; a reason of the Gateway API
   * @param resolvedRefs why a certificate is not found, empty when all are
   */
  public record ListenerStatus(
      String name, List<String> kinds, int attachedRoutes, String accepted, String resolvedRefs) {
    public ListenerStatus {
      kinds = List.copyOf(kinds);
    }

    public boolean isProgrammed() {
      return accepted.isEmpty() && resolvedRefs.isEmpty();
    }
  }
}

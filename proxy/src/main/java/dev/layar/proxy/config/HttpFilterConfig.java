package dev.layar.proxy.config;

import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.route.FaultConfig;

/** An HTTP filter before the router, as a listener configures it. */
public sealed interface HttpFilterConfig {
  /** {@link FaultConfig#NONE} when it acts by per-route configuration only. */
  record Fault(FaultConfig config) implements HttpFilterConfig {}

  /** It acts by per-route configuration only. */
  record Cors() implements HttpFilterConfig {}

  /**
   * Who may do what.
   *
   * @param name the one by which routes configure it
   */
  record Rbac(String name, RbacConfig config) implements HttpFilterConfig {}
}

package dev.layar.proxy.route;

/** Why no route decides: 404, flag NR, details {@code route_not_found} for both. */
public enum RouteMiss implements RouteResult {
  /** No virtual host has the request's authority among its domains. */
  NO_VIRTUAL_HOST,
  /** A virtual host was chosen, and none of its routes matches; there is no falling through. */
  NO_ROUTE
}

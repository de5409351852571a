package dev.layar.proxy.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Routes for a set of domains ({@code Envoy VirtualHost}).
 *
 * @param domains in lower case, wildcards included
 * @param httpsRedirect answers requests that did not come by https, for {@code require_tls}; null
 *     when plain ones are welcome
 */
public record VirtualHost(
    String name,
    List<String> domains,
    List<RouteEntry> routes,
    @Nullable RouteEntry httpsRedirect) {
  public VirtualHost {
    domains = List.copyOf(domains);
    routes = List.copyOf(routes);
  }
}

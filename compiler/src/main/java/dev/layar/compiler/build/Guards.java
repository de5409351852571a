package dev.layar.compiler.build;

import dev.layar.compiler.authz.AuthzFilters;
import dev.layar.compiler.authz.Workload;
import dev.layar.compiler.query.QueryContext;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;

/**
 * What decides who may call a proxy: the first filters of its chains. Immutable.
 *
 * @param tcp for chains that hand bytes on
 */
record Guards(List<HttpFilter> http, List<Filter> tcp) {
  static final Guards NONE = new Guards(List.of(), List.of());

  Guards {
    http = List.copyOf(http);
    tcp = List.copyOf(tcp);
  }

  /**
   * Those of a workload.
   *
   * <p>DEVIATION: RequestAuthentication has no effect yet: the proxy refuses listeners whose
   * filters it does not have. A rule that asks about tokens is obeyed as if no request had one.
   */
  static Guards of(QueryContext context, AuthzFilters authz, Workload workload) {
    return new Guards(
        authz.http(context, workload).stream()
            .filter(filter -> !filter.getName().equals("envoy.filters.http.jwt_authn"))
            .toList(),
        authz.tcp(context, workload));
  }
}

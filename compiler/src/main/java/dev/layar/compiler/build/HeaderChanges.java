package dev.layar.compiler.build;

import dev.layar.model.istio.VirtualService.HeaderOperations;
import dev.layar.model.istio.VirtualService.Headers;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Header operations in Envoy's form.
 *
 * @param authority what a change of Host asks for, empty for none
 */
record HeaderChanges(
    List<HeaderValueOption> requestAdd,
    List<String> requestRemove,
    List<HeaderValueOption> responseAdd,
    List<String> responseRemove,
    String authority) {

  static HeaderChanges of(@Nullable Headers headers) {
    HeaderOperations request = headers == null ? null : headers.request();
    HeaderOperations response = headers == null ? null : headers.response();
    return new HeaderChanges(
        request == null ? List.of() : values(request),
        request == null ? List.of() : request.remove(),
        response == null ? List.of() : values(response),
        response == null ? List.of() : response.remove(),
        request == null ? "" : authority(request));
  }

  /** Adds the operations after those already there. */
  void addTo(Route.Builder route) {
    route
        .addAllRequestHeadersToAdd(requestAdd)
        .addAllRequestHeadersToRemove(requestRemove)
        .addAllResponseHeadersToAdd(responseAdd)
        .addAllResponseHeadersToRemove(responseRemove);
  }

  void addTo(ClusterWeight.Builder weight) {
    weight
        .addAllRequestHeadersToAdd(requestAdd)
        .addAllRequestHeadersToRemove(requestRemove)
        .addAllResponseHeadersToAdd(responseAdd)
        .addAllResponseHeadersToRemove(responseRemove);
    if (!authority.isEmpty()) {
      weight.setHostRewriteLiteral(authority);
    }
  }

  private static List<HeaderValueOption> values(HeaderOperations operations) {
    List<HeaderValueOption> values = new ArrayList<>();
    add(values, operations.set(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    add(values, operations.add(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD);
    return List.copyOf(values);
  }

  private static void add(
      List<HeaderValueOption> values, Map<String, String> headers, HeaderAppendAction action) {
    headers.forEach(
        (name, value) -> {
          if (!isAuthority(name)) {
            values.add(
                HeaderValueOption.newBuilder()
                    .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                    .setAppendAction(action)
                    .build());
          }
        });
  }

  private static String authority(HeaderOperations operations) {
    for (Map<String, String> headers : List.of(operations.set(), operations.add())) {
      for (Map.Entry<String, String> header : headers.entrySet()) {
        if (isAuthority(header.getKey())) {
          return header.getValue();
        }
      }
    }
    return "";
  }

  private static boolean isAuthority(String name) {
    return name.equalsIgnoreCase("host") || name.equalsIgnoreCase(":authority");
  }
}

package dev.layar.proxy.route;

import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route's conditions, all of which must hold ({@code Envoy RouteMatch}).
 *
 * @param runtimeFraction share of streams by their random value; null for all
 * @param grpc only requests whose content type is gRPC's
 */
public record RouteMatcher(
    PathMatcher path,
    List<HeaderMatcher> headers,
    List<QueryMatcher> queries,
    @Nullable Fraction runtimeFraction,
    boolean grpc) {
  public RouteMatcher {
    headers = List.copyOf(headers);
    queries = List.copyOf(queries);
  }

  public boolean matches(Head head, long random) {
    if (runtimeFraction != null && !runtimeFraction.samples(random)) {
      return false;
    }
    if (head.method() == Method.CONNECT && !(path instanceof PathMatcher.Connect)) {
      return false;
    }
    return path.matches(head)
        && (!grpc || ContentTypes.isGrpc(head))
        && headersMatch(head)
        && queriesMatch(head);
  }

  private boolean headersMatch(Head head) {
    for (int i = 0; i < headers.size(); i++) {
      if (!headers.get(i).matches(head)) {
        return false;
      }
    }
    return true;
  }

  private boolean queriesMatch(Head head) {
    for (int i = 0; i < queries.size(); i++) {
      if (!queries.get(i).matches(head)) {
        return false;
      }
    }
    return true;
  }
}

package dev.layar.proxy.route;

import dev.layar.proxy.http.Head;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a query parameter ({@code Envoy QueryParameterMatcher}).
 *
 * @param value null asks for presence alone
 * @param present what presence must be when {@code value} is null
 */
public record QueryMatcher(byte[] name, @Nullable BytesMatcher value, boolean present) {
  public boolean matches(Head head) {
    long slice = QueryParameters.find(head, name);
    if (value == null) {
      return slice >= 0 == present;
    }
    return slice >= 0 && value.matches(head.bytes(), (int) (slice >>> 32), (int) slice);
  }
}

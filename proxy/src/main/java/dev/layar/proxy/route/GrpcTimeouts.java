package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;

/**
 * What a gRPC client's own deadline does to a route's ({@code Envoy RouteAction.max_grpc_timeout},
 * {@code max_stream_duration.grpc_timeout_header_max}, and their offsets). Times in nanoseconds; -1
 * where a field is not set. Immutable; decides without allocating.
 *
 * @param max caps {@code grpc-timeout} in place of the route's timeout; 0 is no cap
 * @param streamMax caps it in place of the stream's longest duration; 0 is no cap
 */
public record GrpcTimeouts(long max, long offset, long streamMax, long streamOffset) {
  public static final GrpcTimeouts UNSET = new GrpcTimeouts(-1, 0, -1, 0);

  /** No header, or one that is none. */
  private static final long ABSENT = -1;

  private static final long MOST_DIGITS = 100_000_000;

  /** About a century: longer is as good as for ever, and would overflow. */
  private static final long LONGEST = Long.MAX_VALUE / 4;

  /** The timeout of the route for this request, given the one that it has for others. */
  public long timeout(Head request, long route) {
    if (max < 0 || !ContentTypes.isGrpc(request)) {
      return route;
    }
    long asked = Math.max(0, header(request));
    if (offset < asked) {
      asked -= offset;
    }
    return max != 0 && (asked == 0 || asked > max) ? max : asked;
  }

  /** How long the stream may take, given what is said for others. */
  public long streamDuration(Head request, long other) {
    if (streamMax < 0) {
      return other;
    }
    long asked = header(request);
    if (asked == ABSENT) {
      return other;
    }
    if (streamMax != 0 && asked > streamMax) {
      asked = streamMax;
    }
    return Math.max(1, asked - streamOffset);
  }

  /** Whether the request's {@code grpc-timeout} is to say what is left. */
  public boolean rewrites(Head request) {
    return max >= 0 && ContentTypes.isGrpc(request);
  }

  /** The header's value for so many milliseconds (gRPC over HTTP/2, Timeout). */
  public static byte[] header(long millis) {
    return millis < MOST_DIGITS
        ? Ascii.bytes(millis + "m")
        : Ascii.bytes(Math.min(millis / 1000, MOST_DIGITS - 1) + "S");
  }

  /** gRPC over HTTP/2, Timeout: at most eight digits and a unit. */
  private static long header(Head request) {
    int at = request.find(HeaderName.GRPC_TIMEOUT);
    if (at < 0) {
      return ABSENT;
    }
    int length = request.valueLength(at);
    int start = request.valueStart(at);
    if (length < 2 || length > 9) {
      return ABSENT;
    }
    byte[] bytes = request.bytes();
    long value = Ascii.parseLong(bytes, start, length - 1);
    long unit =
        switch (bytes[start + length - 1]) {
          case 'H' -> 3_600_000_000_000L;
          case 'M' -> 60_000_000_000L;
          case 'S' -> 1_000_000_000L;
          case 'm' -> 1_000_000L;
          case 'u' -> 1000L;
          case 'n' -> 1L;
          default -> ABSENT;
        };
    return value < 0 || unit < 0 ? ABSENT : Math.min(value, LONGEST / unit) * unit;
  }
}

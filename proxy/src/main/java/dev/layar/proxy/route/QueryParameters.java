package dev.layar.proxy.route;

import dev.layar.proxy.http.Head;
import java.util.Arrays;

/** Finds a parameter in a target's query. Values are raw: no percent-decoding (as Envoy). */
final class QueryParameters {
  private QueryParameters() {}

  /**
   * {@code start << 32 | length} of the first value with this key, -1 when the key is not there. A
   * key without {@code =} has an empty value.
   */
  static long find(Head head, byte[] name) {
    byte[] bytes = head.bytes();
    int end = head.pathStart() + head.pathLength();
    int at = head.pathStart() + head.pathOnlyLength();
    if (at >= end || bytes[at] != '?') {
      return -1;
    }
    at++;
    while (at < end && bytes[at] != '#') {
      int stop = at;
      while (stop < end && bytes[stop] != '&' && bytes[stop] != '#') {
        stop++;
      }
      int equals = at;
      while (equals < stop && bytes[equals] != '=') {
        equals++;
      }
      if (Arrays.equals(bytes, at, equals, name, 0, name.length)) {
        int value = Math.min(equals + 1, stop);
        return (long) value << 32 | stop - value;
      }
      at = stop < end && bytes[stop] == '&' ? stop + 1 : end;
    }
    return -1;
  }
}

package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.HeaderName;
import java.util.Arrays;

/** The static table of RFC 7541 Appendix A. Immutable. */
final class StaticTable {
  private static final String[] ENTRIES = {
    ":authority",
    ":method: GET",
    ":method: POST",
    ":path: /",
    ":path: /index.html",
    ":scheme: http",
    ":scheme: https",
    ":status: 200",
    ":status: 204",
    ":status: 206",
    ":status: 304",
    ":status: 400",
    ":status: 404",
    ":status: 500",
    "accept-charset",
    "accept-encoding: gzip, deflate",
    "accept-language",
    "accept-ranges",
    "accept",
    "access-control-allow-origin",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "www-authenticate"
  };

  static final int SIZE = ENTRIES.length;
  static final int AUTHORITY = 1;
  static final int METHOD_GET = 2;
  static final int METHOD_POST = 3;
  static final int PATH_ROOT = 4;
  static final int SCHEME_HTTP = 6;
  static final int SCHEME_HTTPS = 7;
  static final int STATUS_200 = 8;

  private static final byte[][] NAMES = new byte[SIZE + 1][];
  private static final byte[][] VALUES = new byte[SIZE + 1][];
  private static final short[] IDS = new short[SIZE + 1];
  private static final int BUCKETS = 256;
  private static final int[] INDEX = new int[BUCKETS];

  static {
    for (int i = 1; i <= SIZE; i++) {
      String entry = ENTRIES[i - 1];
      int colon = entry.indexOf(": ");
      String name = colon < 0 ? entry : entry.substring(0, colon);
      NAMES[i] = Ascii.bytes(name);
      VALUES[i] = Ascii.bytes(colon < 0 ? "" : entry.substring(colon + 2));
      IDS[i] = HeaderName.of(name);
      if (find(NAMES[i], 0, NAMES[i].length) == 0) {
        INDEX[free(hash(NAMES[i], 0, NAMES[i].length))] = i;
      }
    }
  }

  private StaticTable() {}

  /** Shared: not to be changed. */
  static byte[] name(int index) {
    return NAMES[index];
  }

  /** Shared: not to be changed. */
  static byte[] value(int index) {
    return VALUES[index];
  }

  static short id(int index) {
    return IDS[index];
  }

  /** The first index with this name, 0 when there is none. */
  static int find(byte[] bytes, int start, int length) {
    int slot = hash(bytes, start, length);
    while (INDEX[slot] != 0) {
      byte[] name = NAMES[INDEX[slot]];
      if (name.length == length && Arrays.equals(bytes, start, start + length, name, 0, length)) {
        return INDEX[slot];
      }
      slot = (slot + 1) & (BUCKETS - 1);
    }
    return 0;
  }

  private static int free(int hash) {
    int slot = hash;
    while (INDEX[slot] != 0) {
      slot = (slot + 1) & (BUCKETS - 1);
    }
    return slot;
  }

  private static int hash(byte[] bytes, int start, int length) {
    if (length == 0) {
      return 0;
    }
    int first = bytes[start];
    int last = bytes[start + length - 1];
    int middle = bytes[start + (length >> 1)];
    return (length * 37 + first * 11 + last * 5 + middle * 3) & (BUCKETS - 1);
  }
}

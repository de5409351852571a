package dev.layar.proxy.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The header names that the proxy itself reads or writes, as small numbers. A head classifies each
 * name once while parsing, so that a later lookup compares numbers and, mostly, one bit.
 */
public final class HeaderName {
  /** A name without a number. */
  public static final short UNKNOWN = 0;

  public static final short HOST = 1;
  public static final short CONNECTION = 2;
  public static final short CONTENT_LENGTH = 3;
  public static final short TRANSFER_ENCODING = 4;
  public static final short KEEP_ALIVE = 5;
  public static final short PROXY_CONNECTION = 6;
  public static final short TE = 7;
  public static final short TRAILER = 8;
  public static final short UPGRADE = 9;
  public static final short EXPECT = 10;
  public static final short DATE = 11;
  public static final short SERVER = 12;
  public static final short USER_AGENT = 13;
  public static final short CONTENT_TYPE = 14;
  public static final short LOCATION = 15;
  public static final short COOKIE = 16;
  public static final short REFERER = 17;
  public static final short VIA = 18;
  public static final short X_REQUEST_ID = 19;
  public static final short X_FORWARDED_FOR = 20;
  public static final short X_FORWARDED_PROTO = 21;
  public static final short X_FORWARDED_HOST = 22;
  public static final short X_FORWARDED_PORT = 23;
  public static final short X_FORWARDED_CLIENT_CERT = 24;
  public static final short X_ENVOY_ATTEMPT_COUNT = 25;
  public static final short X_ENVOY_EXPECTED_RQ_TIMEOUT_MS = 26;
  public static final short X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS = 27;
  public static final short X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS = 28;
  public static final short X_ENVOY_UPSTREAM_SERVICE_TIME = 29;
  public static final short X_ENVOY_RETRY_ON = 30;
  public static final short X_ENVOY_RETRY_GRPC_ON = 31;
  public static final short X_ENVOY_MAX_RETRIES = 32;
  public static final short X_ENVOY_RETRIABLE_STATUS_CODES = 33;
  public static final short X_ENVOY_RETRIABLE_HEADER_NAMES = 34;
  public static final short X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT = 35;
  public static final short X_ENVOY_ORIGINAL_PATH = 36;
  public static final short X_ENVOY_ORIGINAL_HOST = 37;
  public static final short X_ENVOY_INTERNAL = 38;
  public static final short X_ENVOY_EXTERNAL_ADDRESS = 39;
  public static final short X_ENVOY_DECORATOR_OPERATION = 40;
  public static final short X_ENVOY_RATELIMITED = 41;
  public static final short X_ENVOY_OVERLOADED = 42;
  public static final short X_ENVOY_FORCE_TRACE = 43;
  public static final short X_ENVOY_PEER_METADATA = 44;
  public static final short X_ENVOY_PEER_METADATA_ID = 45;
  public static final short X_ENVOY_FAULT_DELAY_REQUEST = 46;
  public static final short X_ENVOY_FAULT_ABORT_REQUEST = 47;
  public static final short GRPC_STATUS = 48;
  public static final short GRPC_TIMEOUT = 49;
  public static final short B3 = 50;
  public static final short X_B3_TRACEID = 51;
  public static final short X_B3_SPANID = 52;
  public static final short X_B3_PARENTSPANID = 53;
  public static final short X_B3_SAMPLED = 54;
  public static final short X_B3_FLAGS = 55;
  public static final short TRACEPARENT = 56;
  public static final short TRACESTATE = 57;
  public static final short X_CLIENT_TRACE_ID = 58;
  public static final short X_ENVOY_IP_TAGS = 59;
  public static final short X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE = 60;
  public static final short X_ENVOY_UPSTREAM_STREAM_DURATION_MS = 61;
  public static final short X_ENVOY_IS_TIMEOUT_RETRY = 62;
  public static final short X_ENVOY_LOCAL_OVERLOADED = 63;

  private static final List<String> NAMES =
      List.of(
          "",
          "host",
          "connection",
          "content-length",
          "transfer-encoding",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "upgrade",
          "expect",
          "date",
          "server",
          "user-agent",
          "content-type",
          "location",
          "cookie",
          "referer",
          "via",
          "x-request-id",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-client-cert",
          "x-envoy-attempt-count",
          "x-envoy-expected-rq-timeout-ms",
          "x-envoy-upstream-rq-timeout-ms",
          "x-envoy-upstream-rq-per-try-timeout-ms",
          "x-envoy-upstream-service-time",
          "x-envoy-retry-on",
          "x-envoy-retry-grpc-on",
          "x-envoy-max-retries",
          "x-envoy-retriable-status-codes",
          "x-envoy-retriable-header-names",
          "x-envoy-hedge-on-per-try-timeout",
          "x-envoy-original-path",
          "x-envoy-original-host",
          "x-envoy-internal",
          "x-envoy-external-address",
          "x-envoy-decorator-operation",
          "x-envoy-ratelimited",
          "x-envoy-overloaded",
          "x-envoy-force-trace",
          "x-envoy-peer-metadata",
          "x-envoy-peer-metadata-id",
          "x-envoy-fault-delay-request",
          "x-envoy-fault-abort-request",
          "grpc-status",
          "grpc-timeout",
          "b3",
          "x-b3-traceid",
          "x-b3-spanid",
          "x-b3-parentspanid",
          "x-b3-sampled",
          "x-b3-flags",
          "traceparent",
          "tracestate",
          "x-client-trace-id",
          "x-envoy-ip-tags",
          "x-envoy-upstream-rq-timeout-alt-response",
          "x-envoy-upstream-stream-duration-ms",
          "x-envoy-is-timeout-retry",
          "x-envoy-local-overloaded");

  /** Number of ids, {@link #UNKNOWN} included: at most 64, so that a set of them is one long. */
  public static final int COUNT = NAMES.size();

  private static final byte[][] BYTES = NAMES.stream().map(Ascii::bytes).toArray(byte[][]::new);
  private static final int TABLE_MASK = 511;
  private static final short[] TABLE = table();
  private static final Map<String, Short> IDS = ids();

  private HeaderName() {}

  /** The lower-case name of an id. Shared: not to be changed. */
  public static byte[] bytes(short id) {
    return BYTES[id];
  }

  /** The lower-case name of an id. */
  public static String name(short id) {
    return NAMES.get(id);
  }

  /** The id of a lower-case name, {@link #UNKNOWN} when it has none. For configuration time. */
  public static short of(String lowerCaseName) {
    Short id = IDS.get(lowerCaseName);
    return id == null ? UNKNOWN : id;
  }

  /** One step of the hash by which {@link #find} looks up; starts at 0, fed in order. */
  public static int hashStep(int hash, byte lowerCase) {
    return hash * 31 + lowerCase;
  }

  /**
   * The id of the lower-case name in the slice, whose {@link #hashStep} hash the caller has
   * already.
   */
  public static short find(byte[] bytes, int start, int length, int hash) {
    int slot = spread(hash);
    while (true) {
      short id = TABLE[slot];
      if (id == UNKNOWN || Ascii.equal(bytes, start, length, BYTES[id])) {
        return id;
      }
      slot = (slot + 1) & TABLE_MASK;
    }
  }

  private static int spread(int hash) {
    return (hash ^ hash >>> 9 ^ hash >>> 18) & TABLE_MASK;
  }

  private static short[] table() {
    short[] table = new short[TABLE_MASK + 1];
    for (short id = 1; id < COUNT; id++) {
      int slot = spread(hash(BYTES[id]));
      while (table[slot] != UNKNOWN) {
        slot = (slot + 1) & TABLE_MASK;
      }
      table[slot] = id;
    }
    return table;
  }

  private static int hash(byte[] name) {
    int hash = 0;
    for (byte value : name) {
      hash = hashStep(hash, value);
    }
    return hash;
  }

  private static Map<String, Short> ids() {
    Map<String, Short> ids = new HashMap<>();
    for (short id = 1; id < COUNT; id++) {
      ids.put(NAMES.get(id), id);
    }
    return Map.copyOf(ids);
  }
}

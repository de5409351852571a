package dev.layar.proxy.observe;

import dev.layar.proxy.http.Ascii;

/**
 * Why a response is not simply the upstream's, as a set of bits. Short names and their order are
 * Envoy's ({@code %RESPONSE_FLAGS%}), which operators know.
 */
public final class ResponseFlags {
  public static final long NONE = 0;

  /** LH: the local service failed its health check. */
  public static final long FAILED_LOCAL_HEALTH_CHECK = 1L;

  /** UH: no healthy endpoint. */
  public static final long NO_HEALTHY_UPSTREAM = 1L << 1;

  /** UT: the upstream did not answer in time. */
  public static final long UPSTREAM_REQUEST_TIMEOUT = 1L << 2;

  /** LR: reset by this proxy. */
  public static final long LOCAL_RESET = 1L << 3;

  /** UR: reset by the upstream. */
  public static final long UPSTREAM_REMOTE_RESET = 1L << 4;

  /** UF: the upstream could not be connected to. */
  public static final long UPSTREAM_CONNECTION_FAILURE = 1L << 5;

  /** UC: the upstream closed its connection. */
  public static final long UPSTREAM_CONNECTION_TERMINATION = 1L << 6;

  /** UO: a circuit breaker is open. */
  public static final long UPSTREAM_OVERFLOW = 1L << 7;

  /** NR: no route. */
  public static final long NO_ROUTE_FOUND = 1L << 8;

  /** DI: delayed by the fault filter. */
  public static final long DELAY_INJECTED = 1L << 9;

  /** FI: aborted by the fault filter. */
  public static final long FAULT_INJECTED = 1L << 10;

  /** RL: rate limited. */
  public static final long RATE_LIMITED = 1L << 11;

  /** UAEX: refused by the external authorization service. */
  public static final long UNAUTHORIZED_EXTERNAL_SERVICE = 1L << 12;

  /** RLSE: the rate-limit service failed. */
  public static final long RATE_LIMIT_SERVICE_ERROR = 1L << 13;

  /** DC: the client closed its connection. */
  public static final long DOWNSTREAM_CONNECTION_TERMINATION = 1L << 14;

  /** URX: no attempts are left. */
  public static final long UPSTREAM_RETRY_LIMIT_EXCEEDED = 1L << 15;

  /** SI: nothing moved for too long. */
  public static final long STREAM_IDLE_TIMEOUT = 1L << 16;

  /** IH: a strictly checked Envoy header is invalid. */
  public static final long INVALID_ENVOY_REQUEST_HEADERS = 1L << 17;

  /** DPE: the client broke the protocol. */
  public static final long DOWNSTREAM_PROTOCOL_ERROR = 1L << 18;

  /** UMSDR: the stream took longer than the route allows. */
  public static final long UPSTREAM_MAX_STREAM_DURATION_REACHED = 1L << 19;

  /** RFCF: answered from a cache. */
  public static final long RESPONSE_FROM_CACHE_FILTER = 1L << 20;

  /** NFCF: a filter's configuration did not arrive. */
  public static final long NO_FILTER_CONFIG_FOUND = 1L << 21;

  /** DT: the stream or connection took longer than the listener allows. */
  public static final long DURATION_TIMEOUT = 1L << 22;

  /** UPE: the upstream broke the protocol. */
  public static final long UPSTREAM_PROTOCOL_ERROR = 1L << 23;

  /** NC: the route's cluster does not exist. */
  public static final long NO_CLUSTER_FOUND = 1L << 24;

  /** OM: shed because the proxy is overloaded. */
  public static final long OVERLOAD_MANAGER = 1L << 25;

  /** DF: the destination's name could not be resolved. */
  public static final long DNS_RESOLUTION_FAILED = 1L << 26;

  /** DO: dropped as the endpoint assignment's drop policy asks. */
  public static final long DROP_OVERLOAD = 1L << 27;

  /** DR: the client reset the stream. */
  public static final long DOWNSTREAM_REMOTE_RESET = 1L << 28;

  /** UDO: dropped unconditionally. */
  public static final long UNCONDITIONAL_DROP_OVERLOAD = 1L << 29;

  private static final String[] NAMES = {
    "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC",
    "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO", "DR",
    "UDO"
  };

  private static final byte[][] NAME_BYTES = nameBytes();

  private ResponseFlags() {}

  /** Appends the short names, joined by commas; {@code -} for an empty set. */
  public static void append(long flags, ByteSink out) {
    if (flags == NONE) {
      out.put((byte) '-');
      return;
    }
    boolean first = true;
    for (long rest = flags; rest != 0; rest &= rest - 1) {
      if (!first) {
        out.put((byte) ',');
      }
      first = false;
      out.put(NAME_BYTES[Long.numberOfTrailingZeros(rest)]);
    }
  }

  /** The short names, joined by commas. */
  public static String text(long flags) {
    ByteSink out = new ByteSink(16);
    append(flags, out);
    return out.toString();
  }

  /** The bit of a short name, 0 for a name that Envoy does not have. */
  public static long of(String shortName) {
    for (int i = 0; i < NAMES.length; i++) {
      if (NAMES[i].equals(shortName)) {
        return 1L << i;
      }
    }
    return NONE;
  }

  private static byte[][] nameBytes() {
    byte[][] bytes = new byte[NAMES.length][];
    for (int i = 0; i < NAMES.length; i++) {
      bytes[i] = Ascii.bytes(NAMES[i]);
    }
    return bytes;
  }
}

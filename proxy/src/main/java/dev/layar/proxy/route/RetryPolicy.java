package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import java.util.Arrays;
import java.util.List;

/**
 * When an attempt is repeated ({@code Envoy RetryPolicy}). Immutable; decides without allocating.
 *
 * @param on bits of {@link Condition}
 * @param retries how many attempts may follow the first, 1 by default
 * @param perTryTimeoutNanos 0 is none
 * @param perTryIdleTimeoutNanos 0 is none
 * @param statusCodes sorted, for {@link Condition#RETRIABLE_STATUS_CODES}
 * @param responseHeaders for {@link Condition#RETRIABLE_HEADERS}; one match suffices
 * @param requestHeaders when not empty, one must match for the policy to act at all
 * @param baseIntervalMillis back-off before the first retry at most, 25 by default
 * @param maxIntervalMillis ten times the base by default
 * @param avoidTriedHosts whether the {@code previous_hosts} predicate is there
 * @param reselections {@code host_selection_retry_max_attempts}, 1 by default
 */
public record RetryPolicy(
    long on,
    int retries,
    long perTryTimeoutNanos,
    long perTryIdleTimeoutNanos,
    int[] statusCodes,
    List<HeaderMatcher> responseHeaders,
    List<HeaderMatcher> requestHeaders,
    long baseIntervalMillis,
    long maxIntervalMillis,
    boolean avoidTriedHosts,
    int reselections) {
  /** The words of {@code retry_on} ({@code x-envoy-retry-on} and {@code x-envoy-retry-grpc-on}). */
  public enum Condition {
    SERVER_ERROR("5xx"),
    GATEWAY_ERROR("gateway-error"),
    RESET("reset"),
    RESET_BEFORE_REQUEST("reset-before-request"),
    CONNECT_FAILURE("connect-failure"),
    ENVOY_RATELIMITED("envoy-ratelimited"),
    RETRIABLE_4XX("retriable-4xx"),
    REFUSED_STREAM("refused-stream"),
    RETRIABLE_STATUS_CODES("retriable-status-codes"),
    RETRIABLE_HEADERS("retriable-headers"),
    HTTP3_POST_CONNECT_FAILURE("http3-post-connect-failure"),
    CANCELLED("cancelled"),
    DEADLINE_EXCEEDED("deadline-exceeded"),
    INTERNAL("internal"),
    RESOURCE_EXHAUSTED("resource-exhausted"),
    UNAVAILABLE("unavailable");

    private final String word;
    private final byte[] bytes;

    Condition(String word) {
      this.word = word;
      this.bytes = Ascii.bytes(word);
    }

    public String word() {
      return word;
    }

    public long bit() {
      return 1L << ordinal();
    }
  }

  /** How an attempt can end without a response. */
  public enum Reset {
    /** Refused or unreachable. */
    CONNECT_FAILURE,
    CONNECT_TIMEOUT,
    /** The upstream closed or reset after the request was, in part, sent. */
    REMOTE_RESET,
    /** HTTP/2 REFUSED_STREAM: not processed. */
    REFUSED_STREAM,
    /** This proxy gave up on it: a per-try timeout. */
    LOCAL_RESET,
    PROTOCOL_ERROR,
    /** HTTP/2 RST_STREAM with NO_ERROR: never retried. */
    CLEAN_RESET,
    /** A circuit breaker refused it: never retried. */
    OVERFLOW
  }

  public RetryPolicy {
    responseHeaders = List.copyOf(responseHeaders);
    requestHeaders = List.copyOf(requestHeaders);
  }

  /** The bits of a comma-separated list; unknown words are ignored. */
  public static long parse(byte[] bytes, int start, int length) {
    long bits = 0;
    int end = start + length;
    for (int at = start; at < end; ) {
      int comma = at;
      while (comma < end && bytes[comma] != ',') {
        comma++;
      }
      bits |= word(bytes, at, comma);
      at = comma + 1;
    }
    return bits;
  }

  /** The bits of a configured list. */
  public static long parse(String words) {
    byte[] bytes = Ascii.bytes(words);
    return parse(bytes, 0, bytes.length);
  }

  public boolean has(Condition condition) {
    return (on & condition.bit()) != 0;
  }

  /** Whether the policy acts on this request ({@code retriable_request_headers}). */
  public boolean concerns(Head request) {
    if (requestHeaders.isEmpty()) {
      return true;
    }
    return anyMatches(requestHeaders, request);
  }

  /** Whether an attempt that got this response is repeated, limits aside (Envoy's order). */
  public boolean retriesResponse(int status, Head response) {
    if (response.find(HeaderName.X_ENVOY_RATELIMITED) >= 0) {
      return has(Condition.ENVOY_RATELIMITED);
    }
    if (status >= 500 && has(Condition.SERVER_ERROR)) {
      return true;
    }
    if (status >= 502 && status <= 504 && has(Condition.GATEWAY_ERROR)) {
      return true;
    }
    if (status == 409 && has(Condition.RETRIABLE_4XX)) {
      return true;
    }
    if (has(Condition.RETRIABLE_STATUS_CODES) && Arrays.binarySearch(statusCodes, status) >= 0) {
      return true;
    }
    if (has(Condition.RETRIABLE_HEADERS) && anyMatches(responseHeaders, response)) {
      return true;
    }
    return retriesGrpc(response);
  }

  /**
   * Whether an attempt that ended so is repeated, limits aside.
   *
   * @param wroteUpstream whether any attempt of this stream wrote a byte upstream
   */
  public boolean retriesReset(Reset reset, boolean wroteUpstream) {
    if (reset == Reset.OVERFLOW || reset == Reset.CLEAN_RESET) {
      return false;
    }
    if ((reset == Reset.CONNECT_FAILURE || reset == Reset.CONNECT_TIMEOUT)
        && has(Condition.CONNECT_FAILURE)) {
      return true;
    }
    if (has(Condition.RESET_BEFORE_REQUEST) && !wroteUpstream) {
      return true;
    }
    if (has(Condition.RESET) || has(Condition.SERVER_ERROR) || has(Condition.GATEWAY_ERROR)) {
      return true;
    }
    return reset == Reset.REFUSED_STREAM && has(Condition.REFUSED_STREAM);
  }

  /**
   * How long the k-th retry waits (1 for the first), in milliseconds: uniform below {@code min(base
   * * 2^(k-1), max)}.
   */
  public long backoffMillis(int retry, long random) {
    long shifted = baseIntervalMillis << Math.min(retry - 1, 30);
    long bound = Math.min(shifted, maxIntervalMillis);
    return bound <= 0 ? 0 : Long.remainderUnsigned(random, bound);
  }

  private boolean retriesGrpc(Head response) {
    int at = response.find(HeaderName.GRPC_STATUS);
    if (at < 0) {
      return false;
    }
    long code =
        Ascii.parseLong(response.bytes(), response.valueStart(at), response.valueLength(at));
    return switch ((int) code) {
      case 1 -> has(Condition.CANCELLED);
      case 4 -> has(Condition.DEADLINE_EXCEEDED);
      case 8 -> has(Condition.RESOURCE_EXHAUSTED);
      case 13 -> has(Condition.INTERNAL);
      case 14 -> has(Condition.UNAVAILABLE);
      default -> false;
    };
  }

  private static boolean anyMatches(List<HeaderMatcher> matchers, Head head) {
    for (int i = 0; i < matchers.size(); i++) {
      if (matchers.get(i).matches(head)) {
        return true;
      }
    }
    return false;
  }

  private static long word(byte[] bytes, int from, int to) {
    int start = from;
    int end = to;
    while (start < end && bytes[start] <= ' ') {
      start++;
    }
    while (end > start && bytes[end - 1] <= ' ') {
      end--;
    }
    for (Condition condition : CONDITIONS) {
      if (Ascii.equal(bytes, start, end - start, condition.bytes)) {
        return condition.bit();
      }
    }
    return 0;
  }

  private static final Condition[] CONDITIONS = Condition.values();
}

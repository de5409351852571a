package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.outlier.OutlierDetector.LocalFailure;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.route.RetryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt can fail without a response, with what Envoy tells the client and the operator
 * ({@code source/common/http/utility.cc resetReasonToString}).
 */
public enum UpstreamFailure {
  REFUSED(
      "remote connection failure",
      503,
      ResponseFlags.UPSTREAM_CONNECTION_FAILURE,
      RetryPolicy.Reset.CONNECT_FAILURE,
      LocalFailure.CONNECT_FAILED),
  CONNECT_TIMEOUT(
      "connection timeout",
      503,
      ResponseFlags.UPSTREAM_CONNECTION_FAILURE,
      RetryPolicy.Reset.CONNECT_TIMEOUT,
      LocalFailure.TIMEOUT),
  TERMINATED(
      "connection termination",
      503,
      ResponseFlags.UPSTREAM_CONNECTION_TERMINATION,
      RetryPolicy.Reset.REMOTE_RESET,
      LocalFailure.RESET),
  /** HTTP/2 RST_STREAM. */
  REMOTE_RESET(
      "remote reset",
      503,
      ResponseFlags.UPSTREAM_REMOTE_RESET,
      RetryPolicy.Reset.REMOTE_RESET,
      LocalFailure.RESET),
  /** HTTP/2 RST_STREAM with NO_ERROR: the upstream has no fault, and does not want it again. */
  CLEAN_RESET(
      "remote reset",
      503,
      ResponseFlags.UPSTREAM_REMOTE_RESET,
      RetryPolicy.Reset.CLEAN_RESET,
      LocalFailure.RESET),
  /** HTTP/2 REFUSED_STREAM, or a stream beyond the last of a GOAWAY: not processed. */
  REFUSED_STREAM(
      "remote refused stream reset",
      503,
      ResponseFlags.UPSTREAM_REMOTE_RESET,
      RetryPolicy.Reset.REFUSED_STREAM,
      LocalFailure.RESET),
  PROTOCOL(
      "protocol error",
      502,
      ResponseFlags.UPSTREAM_PROTOCOL_ERROR,
      RetryPolicy.Reset.PROTOCOL_ERROR,
      LocalFailure.RESET),
  OVERFLOW("overflow", 503, ResponseFlags.UPSTREAM_OVERFLOW, RetryPolicy.Reset.OVERFLOW, null);

  private final String reason;
  private final int status;
  private final long flag;
  private final RetryPolicy.Reset reset;
  private final @Nullable LocalFailure outlier;

  UpstreamFailure(
      String reason,
      int status,
      long flag,
      RetryPolicy.Reset reset,
      @Nullable LocalFailure outlier) {
    this.reason = reason;
    this.status = status;
    this.flag = flag;
    this.reset = reset;
    this.outlier = outlier;
  }

  /** Envoy's words for it. */
  public String reason() {
    return reason;
  }

  /** The status that the client gets. */
  public int status() {
    return status;
  }

  /** The response flag. */
  public long flag() {
    return flag;
  }

  /** Whether a connection carried the attempt when it failed. */
  boolean afterConnect() {
    return switch (this) {
      case TERMINATED, PROTOCOL, REMOTE_RESET, CLEAN_RESET, REFUSED_STREAM -> true;
      case REFUSED, CONNECT_TIMEOUT, OVERFLOW -> false;
    };
  }

  /** How a retry policy sees it. */
  public RetryPolicy.Reset reset() {
    return reset;
  }

  /** How outlier detection sees it, null when it does not count against the endpoint. */
  public @Nullable LocalFailure outlier() {
    return outlier;
  }
}

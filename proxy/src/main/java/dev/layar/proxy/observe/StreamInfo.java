package dev.layar.proxy.observe;

import dev.layar.proxy.http.Head;
import org.jspecify.annotations.Nullable;

/**
 * What is known about one stream (an HTTP exchange or a TCP connection), filled in as it goes and
 * read once at its end by access logs, metrics and spans. Event-loop confined, mutable and reused:
 * {@link #reset()} before each stream.
 *
 * <p>Fields are plain on purpose: they are the interface between the data path, which writes them,
 * and formats, which read them. Times ending in {@code Nanos} are of the proxy's monotonic {@code
 * Ticker}; -1 means that the moment did not come.
 */
public final class StreamInfo {
  /** Stands for a moment that did not come. */
  public static final long NEVER = -1;

  /** What the client spoke. */
  public enum Protocol {
    NONE("-"),
    HTTP_10("HTTP/1.0"),
    HTTP_11("HTTP/1.1"),
    HTTP_2("HTTP/2");

    private final String text;

    Protocol(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /** Wall-clock time of the start, milliseconds since 1970. */
  public long startEpochMillis;

  /**
   * Microseconds within the millisecond of {@link #startEpochMillis}; 0 where the clock has none.
   */
  public int startMicros;

  public long startNanos;

  /** When the last byte of the request was received. */
  public long requestCompleteNanos;

  /** When the first byte went to the upstream, of the last attempt. */
  public long firstUpstreamTxNanos;

  /** When the last byte of the request went to the upstream. */
  public long lastUpstreamTxNanos;

  /** When the upstream's response head arrived. */
  public long firstUpstreamRxNanos;

  /** When the upstream's last byte arrived. */
  public long lastUpstreamRxNanos;

  /** When the first byte went to the client. */
  public long firstDownstreamTxNanos;

  /** When the last byte went to the client, or the stream ended without one. */
  public long endNanos;

  /** Body bytes from the client; payload bytes for TCP. */
  public long bytesReceived;

  /** Body bytes to the client; payload bytes for TCP. */
  public long bytesSent;

  /** Head bytes from the client. */
  public long requestHeaderBytes;

  /** Head bytes to the client. */
  public long responseHeaderBytes;

  /** Body bytes to the upstream, all attempts. */
  public long upstreamBytesSent;

  /** Body bytes from the upstream, all attempts. */
  public long upstreamBytesReceived;

  public Protocol protocol = Protocol.NONE;

  /** Status sent to the client; 0 when none was. */
  public int responseCode;

  /** Bits of {@link ResponseFlags}. */
  public long flags;

  /** {@code %RESPONSE_CODE_DETAILS%}, without white space; null when there are none. */
  public byte @Nullable [] details;

  /** {@code %CONNECTION_TERMINATION_DETAILS%}. */
  public byte @Nullable [] connectionTerminationDetails;

  /** {@code %UPSTREAM_TRANSPORT_FAILURE_REASON%}. */
  public byte @Nullable [] upstreamTransportFailure;

  /** {@code %DOWNSTREAM_TRANSPORT_FAILURE_REASON%}. */
  public byte @Nullable [] downstreamTransportFailure;

  /** The request as last sent upstream, or as received when it was not sent. */
  public @Nullable Head request;

  /** The response as sent downstream. */
  public @Nullable Head response;

  /** What followed the response's body; null when nothing did. */
  public @Nullable Head trailers;

  /** Whether the request was gRPC's, by its content type. */
  public boolean grpc;

  /** {@code grpc-status} of trailers or head; -1 when there was none, or no gRPC. */
  public int grpcStatus;

  /** The route's name; null when no route was found, empty when it has none. */
  public byte @Nullable [] routeName;

  /** Name of the virtual host that was chosen. */
  public byte @Nullable [] virtualHostName;

  /** The object that decided. */
  public @Nullable Provenance provenance;

  /** Name of the cluster that the route chose. */
  public byte @Nullable [] clusterName;

  /** The cluster's {@code alt_stat_name}; null when it has none. */
  public byte @Nullable [] clusterStatName;

  /** {@code ip:port} of the endpoint chosen last. */
  public byte @Nullable [] upstreamAddress;

  /** Local end of the upstream connection: {@code ip:port}. */
  public byte @Nullable [] upstreamLocalAddress;

  /** Attempts made, the first one included. */
  public int attempts;

  /** Local end of the client's connection, before any redirection was undone: {@code ip:port}. */
  public byte @Nullable [] downstreamLocalAddress;

  /** The client, by {@code x-forwarded-for} where the listener trusts it: {@code ip:port}. */
  public byte @Nullable [] downstreamRemoteAddress;

  /** The peer of the client's connection: {@code ip:port}. */
  public byte @Nullable [] downstreamDirectRemoteAddress;

  /** SNI of the client's TLS handshake. */
  public byte @Nullable [] requestedServerName;

  /** TLS of the client's connection; null for plain text. */
  public @Nullable TlsFacts downstreamTls;

  /** TLS of the upstream connection used last; null for plain text. */
  public @Nullable TlsFacts upstreamTls;

  /** What filters said of the stream; null when none did. */
  public @Nullable DynamicMetadata metadata;

  /** Identifies the client's connection in logs. */
  public long connectionId;

  /** The stream's random value (Envoy: one per stream for everything that is sampled). */
  public long random;

  /** Whether the stream is a span that is reported. */
  public boolean traced;

  /** High half of the trace's id; 0 when it has 64 bits. */
  public long traceHigh;

  public long traceLow;

  /** 0 without tracing. */
  public long spanId;

  /** 0 for a span without parent. */
  public long parentSpanId;

  /** Whether the span is its client's too. */
  public boolean sharedSpan;

  /** The span's name by the route; empty when it has none. */
  public String operation = "";

  public StreamInfo() {
    reset();
  }

  /** Back to the state before a stream; keeps no reference. */
  public void reset() {
    startEpochMillis = 0;
    startMicros = 0;
    startNanos = NEVER;
    requestCompleteNanos = NEVER;
    firstUpstreamTxNanos = NEVER;
    lastUpstreamTxNanos = NEVER;
    firstUpstreamRxNanos = NEVER;
    lastUpstreamRxNanos = NEVER;
    firstDownstreamTxNanos = NEVER;
    endNanos = NEVER;
    bytesReceived = 0;
    bytesSent = 0;
    requestHeaderBytes = 0;
    responseHeaderBytes = 0;
    upstreamBytesSent = 0;
    upstreamBytesReceived = 0;
    protocol = Protocol.NONE;
    responseCode = 0;
    flags = ResponseFlags.NONE;
    details = null;
    connectionTerminationDetails = null;
    upstreamTransportFailure = null;
    downstreamTransportFailure = null;
    request = null;
    response = null;
    trailers = null;
    grpc = false;
    grpcStatus = -1;
    routeName = null;
    virtualHostName = null;
    provenance = null;
    clusterName = null;
    clusterStatName = null;
    upstreamAddress = null;
    upstreamLocalAddress = null;
    attempts = 0;
    downstreamLocalAddress = null;
    downstreamRemoteAddress = null;
    downstreamDirectRemoteAddress = null;
    requestedServerName = null;
    downstreamTls = null;
    upstreamTls = null;
    metadata = null;
    connectionId = 0;
    random = 0;
    traced = false;
    traceHigh = 0;
    traceLow = 0;
    spanId = 0;
    parentSpanId = 0;
    sharedSpan = false;
    operation = "";
  }

  /** Notes what a filter found out. */
  public void note(String filter, String key, Object value) {
    DynamicMetadata present = metadata;
    if (present == null) {
      present = new DynamicMetadata();
      metadata = present;
    }
    present.put(filter, key, value);
  }

  public void flag(long bit) {
    flags |= bit;
  }

  public boolean has(long bit) {
    return (flags & bit) != 0;
  }
}

package dev.layar.proxy.codec.http2;

/**
 * How one side speaks HTTP/2 ({@code Envoy Http2ProtocolOptions}). Immutable; times in nanoseconds,
 * 0 for none.
 *
 * @param maxConcurrentStreams that the peer may have open; toward an upstream, that are opened
 * @param streamWindow bytes that the peer may send ahead on a stream
 * @param connectionWindow bytes that the peer may send ahead on all streams together
 * @param headerTableSize of the decoder's dynamic table
 * @param maxControlFrames answers to the peer's control frames that may wait to be sent
 * @param maxFrames frames of any kind that may wait to be sent
 * @param maxEmptyFrames consecutive frames without payload that do not end a stream
 * @param maxPriorityFrames PRIORITY frames for each stream opened
 * @param maxWindowUpdates WINDOW_UPDATE frames for each DATA frame sent
 * @param resetOnlyTheStream whether a malformed message costs its stream instead of the connection
 * @param extendedConnect whether RFC 8441 is announced
 * @param keepaliveIntervalNanos between PINGs
 * @param keepaliveTimeoutNanos for their answers
 */
public record Http2Options(
    int maxConcurrentStreams,
    int streamWindow,
    int connectionWindow,
    int headerTableSize,
    int maxControlFrames,
    int maxFrames,
    int maxEmptyFrames,
    int maxPriorityFrames,
    int maxWindowUpdates,
    boolean resetOnlyTheStream,
    boolean extendedConnect,
    long keepaliveIntervalNanos,
    long keepaliveTimeoutNanos) {
  /** Envoy's defaults since 1.36. */
  public static final Http2Options DEFAULT =
      new Http2Options(
          1024, 16 << 20, 24 << 20, 4096, 1000, 10_000, 1, 100, 10, false, false, 0, 0);

  /**
   * The same with a stream's window no larger than this, but no smaller than a frame: what a slow
   * reader may make the other side hold.
   */
  public Http2Options withStreamWindowAtMost(int bytes) {
    int window = Math.min(streamWindow, Math.max(bytes, Frames.DEFAULT_FRAME_SIZE));
    return new Http2Options(
        maxConcurrentStreams,
        window,
        connectionWindow,
        headerTableSize,
        maxControlFrames,
        maxFrames,
        maxEmptyFrames,
        maxPriorityFrames,
        maxWindowUpdates,
        resetOnlyTheStream,
        extendedConnect,
        keepaliveIntervalNanos,
        keepaliveTimeoutNanos);
  }
}

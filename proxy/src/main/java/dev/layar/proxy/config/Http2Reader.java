package dev.layar.proxy.config;

import com.google.protobuf.UInt32Value;
import dev.layar.proxy.codec.http2.Http2Options;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;

/** {@code Http2ProtocolOptions} → {@link Http2Options}. */
final class Http2Reader {
  private static final long MAX_WINDOW = Integer.MAX_VALUE;
  private static final int MIN_WINDOW = 65_535;
  private static final int MAX_TABLE = 65_536;

  private final String path;
  private final Problems problems;

  private Http2Reader(String path, Problems problems) {
    this.path = path;
    this.problems = problems;
  }

  static Http2Options read(Http2ProtocolOptions proto, String path, Problems problems) {
    return new Http2Reader(path, problems).read(proto);
  }

  private Http2Options read(Http2ProtocolOptions proto) {
    Http2Options defaults = Http2Options.DEFAULT;
    var keepalive = proto.getConnectionKeepalive();
    boolean resetOnly =
        proto.hasOverrideStreamErrorOnInvalidHttpMessage()
            ? proto.getOverrideStreamErrorOnInvalidHttpMessage().getValue()
            : proto.getStreamErrorOnInvalidHttpMessaging();
    return new Http2Options(
        value(
            proto.hasMaxConcurrentStreams(),
            proto.getMaxConcurrentStreams(),
            defaults.maxConcurrentStreams(),
            1,
            MAX_WINDOW,
            "max_concurrent_streams"),
        value(
            proto.hasInitialStreamWindowSize(),
            proto.getInitialStreamWindowSize(),
            defaults.streamWindow(),
            MIN_WINDOW,
            MAX_WINDOW,
            "initial_stream_window_size"),
        value(
            proto.hasInitialConnectionWindowSize(),
            proto.getInitialConnectionWindowSize(),
            defaults.connectionWindow(),
            MIN_WINDOW,
            MAX_WINDOW,
            "initial_connection_window_size"),
        value(
            proto.hasHpackTableSize(),
            proto.getHpackTableSize(),
            defaults.headerTableSize(),
            0,
            MAX_TABLE,
            "hpack_table_size"),
        value(
            proto.hasMaxOutboundControlFrames(),
            proto.getMaxOutboundControlFrames(),
            defaults.maxControlFrames(),
            1,
            MAX_WINDOW,
            "max_outbound_control_frames"),
        value(
            proto.hasMaxOutboundFrames(),
            proto.getMaxOutboundFrames(),
            defaults.maxFrames(),
            1,
            MAX_WINDOW,
            "max_outbound_frames"),
        value(
            proto.hasMaxConsecutiveInboundFramesWithEmptyPayload(),
            proto.getMaxConsecutiveInboundFramesWithEmptyPayload(),
            defaults.maxEmptyFrames(),
            0,
            MAX_WINDOW,
            "max_consecutive_inbound_frames_with_empty_payload"),
        value(
            proto.hasMaxInboundPriorityFramesPerStream(),
            proto.getMaxInboundPriorityFramesPerStream(),
            defaults.maxPriorityFrames(),
            0,
            MAX_WINDOW,
            "max_inbound_priority_frames_per_stream"),
        value(
            proto.hasMaxInboundWindowUpdateFramesPerDataFrameSent(),
            proto.getMaxInboundWindowUpdateFramesPerDataFrameSent(),
            defaults.maxWindowUpdates(),
            1,
            MAX_WINDOW,
            "max_inbound_window_update_frames_per_data_frame_sent"),
        resetOnly,
        proto.getAllowConnect(),
        Durations.nanos(
            keepalive.hasInterval(),
            keepalive.getInterval(),
            0,
            path + ".connection_keepalive.interval",
            problems),
        Durations.nanos(
            keepalive.hasTimeout(),
            keepalive.getTimeout(),
            0,
            path + ".connection_keepalive.timeout",
            problems));
  }

  private int value(
      boolean present, UInt32Value value, int absent, long least, long most, String field) {
    long wanted = Integer.toUnsignedLong(value.getValue());
    if (!present) {
      return absent;
    }
    if (wanted < least || wanted > most) {
      problems.invalid(path + "." + field, "out of range", wanted, least + " to " + most);
      return absent;
    }
    return (int) wanted;
  }
}

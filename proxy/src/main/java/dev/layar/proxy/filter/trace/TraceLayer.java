package dev.layar.proxy.filter.trace;

import dev.layar.proxy.config.TracingConfig;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.RouteEntry;

/**
 * Decides whether a request is traced and gives its span an identity, which the upstream learns by
 * B3 headers (openzipkin/b3-propagation). Stateless; allocates nothing per request.
 *
 * <p>Implementation notes. (1) The decision goes by the request id, so that it is the same all
 * along the path: its first 8 hex digits modulo 10,000 against the shares in hundredths of a
 * percent; the id's 15th character tells the next proxy what was decided (Envoy's UUID request id
 * extension). (2) What a {@code x-b3-sampled}, {@code x-b3-flags} or {@code b3} header says wins
 * over that. (3) A span is the child of the one that came, or is the same one where that is shared.
 */
public final class TraceLayer implements Layer {
  private static final int REASON_AT = 14;
  private static final long BUCKETS = 10_000;
  private static final int UNKNOWN = -1;
  private static final byte[] ONE = {'1'};
  private static final byte[] ZERO = {'0'};

  private final TracingConfig config;

  public TraceLayer(TracingConfig config) {
    this.config = config;
  }

  @Override
  public String name() {
    return "trace";
  }

  @Override
  public String reason() {
    return "with its id a request carries whether it is traced";
  }

  @Override
  public Step request(Call call) {
    Head request = call.request();
    StreamInfo info = call.info();
    boolean decided = decide(request);
    int sampled = context(request, info);
    info.traced = sampled == UNKNOWN ? decided : sampled == 1;
    boolean parent = info.spanId != 0;
    if (!parent) {
      info.traceHigh = config.zipkin().wideIds() ? nonZero(call) : 0;
      info.traceLow = nonZero(call);
      info.spanId = info.traceLow;
      info.parentSpanId = 0;
    } else if (config.zipkin().shared() && !config.outbound()) {
      info.sharedSpan = true;
    } else {
      info.parentSpanId = info.spanId;
      info.spanId = nonZero(call);
    }
    passOn(request, info, call.scratch());
    return Step.CONTINUE;
  }

  @Override
  public void response(Call call, boolean local) {
    RouteEntry route = call.route();
    call.info().operation = route == null ? "" : route.decoratorOperation();
  }

  private static long nonZero(Call call) {
    return call.loop().random().next() | 1;
  }

  // ---- whether

  private boolean decide(Head request) {
    int at = request.find(HeaderName.X_REQUEST_ID);
    if (at < 0 || request.valueLength(at) <= REASON_AT) {
      return false;
    }
    int start = request.valueStart(at);
    long drawn = hex(request.bytes(), start, 8);
    if (drawn < 0) {
      return false;
    }
    long bucket = drawn % BUCKETS;
    byte reason = request.bytes()[start + REASON_AT];
    if (reason != '9' && reason != 'a' && reason != 'b') {
      reason = reason(request, bucket);
    }
    if (bucket >= config.overallPercent() * 100) {
      reason = '4';
    }
    request.bytes()[start + REASON_AT] = reason;
    return reason != '4';
  }

  private byte reason(Head request, long bucket) {
    if (request.find(HeaderName.X_CLIENT_TRACE_ID) >= 0 && bucket < config.clientPercent() * 100) {
      return 'b';
    }
    if (request.find(HeaderName.X_ENVOY_FORCE_TRACE) >= 0) {
      return 'a';
    }
    return (byte) (bucket < config.randomPercent() * 100 ? '9' : '4');
  }

  // ---- what came

  /** Reads ids into {@code info}; what the context says of sampling: 1, 0 or {@link #UNKNOWN}. */
  private static int context(Head request, StreamInfo info) {
    int single = request.find(HeaderName.B3);
    if (single >= 0) {
      return single(request, single, info);
    }
    int trace = request.find(HeaderName.X_B3_TRACEID);
    int span = request.find(HeaderName.X_B3_SPANID);
    if (trace >= 0 && span >= 0) {
      ids(
          request.bytes(),
          request.valueStart(trace),
          request.valueLength(trace),
          request.valueStart(span),
          request.valueLength(span),
          info);
      int parent = request.find(HeaderName.X_B3_PARENTSPANID);
      info.parentSpanId =
          parent >= 0 && request.valueLength(parent) == 16
              ? id(request.bytes(), request.valueStart(parent))
              : 0;
    }
    if (is(request, HeaderName.X_B3_FLAGS, '1')) {
      return 1;
    }
    int sampled = request.find(HeaderName.X_B3_SAMPLED);
    if (sampled < 0 || request.valueLength(sampled) == 0) {
      return UNKNOWN;
    }
    return flag(request.bytes()[request.valueStart(sampled)]);
  }

  private static boolean is(Head request, short header, char value) {
    int at = request.find(header);
    return at >= 0
        && request.valueLength(at) == 1
        && request.bytes()[request.valueStart(at)] == value;
  }

  /** {@code trace-span[-sampled[-parent]]}, or the flag alone. */
  private static int single(Head request, int at, StreamInfo info) {
    byte[] bytes = request.bytes();
    int start = request.valueStart(at);
    int end = start + request.valueLength(at);
    if (end - start == 1) {
      return flag(bytes[start]);
    }
    int dash = start;
    while (dash < end && bytes[dash] != '-') {
      dash++;
    }
    int after = dash + 1 + 16;
    if (after > end) {
      return UNKNOWN;
    }
    ids(bytes, start, dash - start, dash + 1, 16, info);
    return after + 1 < end && bytes[after] == '-' ? flag(bytes[after + 1]) : UNKNOWN;
  }

  private static int flag(byte value) {
    return switch (value) {
      case '1', 'd', 't' -> 1;
      case '0', 'f' -> 0;
      default -> UNKNOWN;
    };
  }

  private static void ids(
      byte[] bytes, int trace, int traceLength, int span, int spanLength, StreamInfo info) {
    if (traceLength != 16 && traceLength != 32 || spanLength != 16) {
      return;
    }
    info.traceHigh = traceLength == 32 ? id(bytes, trace) : 0;
    info.traceLow = id(bytes, trace + traceLength - 16);
    info.spanId = info.traceLow == 0 ? 0 : id(bytes, span);
  }

  /** 16 hex digits; 0 for anything else. */
  private static long id(byte[] bytes, int start) {
    long high = hex(bytes, start, 8);
    long low = hex(bytes, start + 8, 8);
    return high < 0 || low < 0 ? 0 : high << 32 | low;
  }

  /** At most 8 hex digits; -1 for anything else. */
  private static long hex(byte[] bytes, int start, int digits) {
    long value = 0;
    for (int i = start; i < start + digits; i++) {
      int digit = Character.digit(bytes[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  // ---- what goes on

  private static void passOn(Head request, StreamInfo info, ByteSink scratch) {
    request.dropAll(HeaderName.B3);
    request.dropAll(HeaderName.X_B3_TRACEID);
    request.dropAll(HeaderName.X_B3_SPANID);
    request.dropAll(HeaderName.X_B3_PARENTSPANID);
    request.dropAll(HeaderName.X_B3_SAMPLED);
    scratch.clear();
    if (info.traceHigh != 0) {
      scratch.putHex16(info.traceHigh);
    }
    append(request, HeaderName.X_B3_TRACEID, scratch.putHex16(info.traceLow));
    scratch.clear();
    append(request, HeaderName.X_B3_SPANID, scratch.putHex16(info.spanId));
    if (info.parentSpanId != 0) {
      scratch.clear();
      append(request, HeaderName.X_B3_PARENTSPANID, scratch.putHex16(info.parentSpanId));
    }
    request.append(HeaderName.X_B3_SAMPLED, info.traced ? ONE : ZERO);
  }

  private static void append(Head request, short header, ByteSink value) {
    request.append(HeaderName.bytes(header), header, value.bytes(), 0, value.length());
  }
}

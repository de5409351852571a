package dev.layar.proxy.filter.forwarded;

import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.route.AuthorityText;

/**
 * Settles who the client is and what the request may say about it (Envoy: {@code
 * ConnectionManagerUtility::mutateRequestHeaders}): x-forwarded-for, x-forwarded-proto,
 * x-request-id, and the x-envoy headers that only a trusted peer may send. Stateless.
 *
 * <p>DEVIATION: no peer is internal (Envoy's default set of internal addresses has been empty since
 * 1.33), so that {@code x-envoy-retry-on} and its kin are always taken out unread.
 */
public final class ForwardedLayer implements Layer {
  private static final byte[] HTTP = Ascii.bytes("http");
  private static final byte[] HTTPS = Ascii.bytes("https");
  private static final short[] EXTERNAL = {
    HeaderName.X_ENVOY_RETRY_ON,
    HeaderName.X_ENVOY_RETRY_GRPC_ON,
    HeaderName.X_ENVOY_MAX_RETRIES,
    HeaderName.X_ENVOY_RETRIABLE_STATUS_CODES,
    HeaderName.X_ENVOY_RETRIABLE_HEADER_NAMES,
    HeaderName.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT,
    HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS,
    HeaderName.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS,
    HeaderName.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE,
    HeaderName.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS,
    HeaderName.X_ENVOY_UPSTREAM_STREAM_DURATION_MS,
    HeaderName.X_ENVOY_IS_TIMEOUT_RETRY,
    HeaderName.X_ENVOY_FORCE_TRACE,
    HeaderName.X_ENVOY_IP_TAGS,
    HeaderName.X_ENVOY_INTERNAL,
  };
  private static final short[] EDGE = {
    HeaderName.X_ENVOY_DECORATOR_OPERATION,
    HeaderName.X_ENVOY_ORIGINAL_PATH,
    HeaderName.X_ENVOY_ORIGINAL_HOST,
    HeaderName.X_ENVOY_EXTERNAL_ADDRESS,
  };
  private static final long EXTERNAL_MASK = mask(EXTERNAL);
  private static final long EDGE_MASK = mask(EDGE);
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  @Override
  public String name() {
    return "forwarded";
  }

  @Override
  public String reason() {
    return "routes and upstreams must not believe what any client claims";
  }

  @Override
  public Step request(Call call) {
    Head request = call.request();
    HttpConfig config = call.config();
    dropAll(request, EXTERNAL, EXTERNAL_MASK);
    if (config.useRemoteAddress()) {
      edge(call);
    } else {
      inside(call);
    }
    requestId(call, config.useRemoteAddress() && !config.preserveExternalRequestId());
    return Step.CONTINUE;
  }

  // ---- a gateway: the peer's address is the truth

  private static void edge(Call call) {
    Head request = call.request();
    HttpConfig config = call.config();
    dropAll(request, EDGE, EDGE_MASK);
    byte[] peer = call.info().downstreamDirectRemoteAddress;
    if (peer != null) {
      int length = AuthorityText.withoutPort(peer, 0, peer.length);
      trustedClient(call, config.xffTrustedHops());
      if (!config.skipXffAppend()) {
        appendForwardedFor(call, peer, length);
      }
      request.append(
          HeaderName.bytes(HeaderName.X_ENVOY_EXTERNAL_ADDRESS),
          HeaderName.X_ENVOY_EXTERNAL_ADDRESS,
          peer,
          0,
          length);
    }
    boolean keepsProto =
        config.xffTrustedHops() > 0 && request.find(HeaderName.X_FORWARDED_PROTO) >= 0;
    if (keepsProto) {
      readProto(request);
    } else {
      request.dropAll(HeaderName.X_FORWARDED_PROTO);
      request.append(HeaderName.X_FORWARDED_PROTO, request.https() ? HTTPS : HTTP);
    }
    if (config.appendXForwardedPort()) {
      port(call);
    }
  }

  /** With n trusted proxies in front, the client is the n-th entry from the right. */
  private static void trustedClient(Call call, int hops) {
    int at = call.request().find(HeaderName.X_FORWARDED_FOR);
    if (hops > 0 && at >= 0) {
      entryFromRight(call, at, hops);
    }
  }

  /** {@code a,b}: joined without a space, as Envoy does. */
  private static void appendForwardedFor(Call call, byte[] peer, int length) {
    Head request = call.request();
    ByteSink scratch = call.scratch();
    scratch.clear();
    for (int i = request.find(HeaderName.X_FORWARDED_FOR);
        i >= 0;
        i = request.findNext(HeaderName.X_FORWARDED_FOR, i)) {
      scratch.put(request.bytes(), request.valueStart(i), request.valueLength(i)).put(',');
    }
    scratch.put(peer, 0, length);
    request.dropAll(HeaderName.X_FORWARDED_FOR);
    request.append(
        HeaderName.bytes(HeaderName.X_FORWARDED_FOR),
        HeaderName.X_FORWARDED_FOR,
        scratch.bytes(),
        0,
        scratch.length());
  }

  private static void port(Call call) {
    byte[] local = call.info().downstreamLocalAddress;
    if (local != null) {
      int bare = AuthorityText.withoutPort(local, 0, local.length);
      Head request = call.request();
      request.dropAll(HeaderName.X_FORWARDED_PORT);
      request.append(
          HeaderName.bytes(HeaderName.X_FORWARDED_PORT),
          HeaderName.X_FORWARDED_PORT,
          local,
          Math.min(bare + 1, local.length),
          Math.max(0, local.length - bare - 1));
    }
  }

  // ---- a sidecar: what a gateway in front said stays

  private static void inside(Call call) {
    Head request = call.request();
    int at = request.find(HeaderName.X_FORWARDED_FOR);
    if (at >= 0) {
      entryFromRight(call, at, 1 + call.config().xffTrustedHops());
    }
    if (request.find(HeaderName.X_FORWARDED_PROTO) >= 0) {
      readProto(request);
    } else {
      request.append(HeaderName.X_FORWARDED_PROTO, request.https() ? HTTPS : HTTP);
    }
  }

  private static void readProto(Head request) {
    int at = request.find(HeaderName.X_FORWARDED_PROTO);
    request.https(
        Ascii.equalIgnoreCase(
            request.bytes(), request.valueStart(at), request.valueLength(at), HTTPS));
  }

  /** Takes the n-th entry from the right as the client; with too few entries nothing changes. */
  private static void entryFromRight(Call call, int header, int n) {
    Head request = call.request();
    byte[] bytes = request.bytes();
    int start = request.valueStart(header);
    int end = start + request.valueLength(header);
    int left = n;
    while (end > start) {
      int from = end;
      while (from > start && bytes[from - 1] != ',') {
        from--;
      }
      if (--left == 0) {
        client(call, bytes, from, end);
        return;
      }
      end = from - 1;
    }
  }

  private static void client(Call call, byte[] bytes, int from, int to) {
    String address = Ascii.string(bytes, from, to - from).strip();
    if (!address.isEmpty() && address.length() <= 45) {
      boolean bareIpv6 = address.indexOf(':') >= 0 && address.charAt(0) != '[';
      String text = bareIpv6 ? "[" + address + "]:0" : address + ":0";
      call.info().downstreamRemoteAddress = Ascii.bytes(text);
    }
  }

  // ---- request id

  /** A UUID of version 4 (RFC 9562 §5.4); position 14 says that nothing is traced. */
  private static void requestId(Call call, boolean always) {
    Head request = call.request();
    int at = request.find(HeaderName.X_REQUEST_ID);
    boolean there = at >= 0 && request.valueLength(at) > 0;
    if (!call.config().generateRequestId() || there && !always) {
      return;
    }
    request.dropAll(HeaderName.X_REQUEST_ID);
    ByteSink scratch = call.scratch();
    scratch.clear();
    uuid(call.loop().random().next(), call.loop().random().next(), scratch);
    request.append(
        HeaderName.bytes(HeaderName.X_REQUEST_ID),
        HeaderName.X_REQUEST_ID,
        scratch.bytes(),
        0,
        scratch.length());
  }

  private static void uuid(long high, long low, ByteSink out) {
    long version = high & ~0xF000L | 0x4000L;
    long variant = low & ~(3L << 62) | 2L << 62;
    hex(version >>> 32, 8, out);
    out.put('-');
    hex(version >>> 16 & 0xFFFF, 4, out);
    out.put('-');
    hex(version & 0xFFFF, 4, out);
    out.put('-');
    hex(variant >>> 48, 4, out);
    out.put('-');
    hex(variant & 0xFFFF_FFFF_FFFFL, 12, out);
  }

  private static void hex(long value, int digits, ByteSink out) {
    for (int shift = (digits - 1) << 2; shift >= 0; shift -= 4) {
      out.put(HEX[(int) (value >>> shift) & 15]);
    }
  }

  private static void dropAll(Head request, short[] ids, long mask) {
    if (request.mayHaveAny(mask)) {
      for (short id : ids) {
        request.dropAll(id);
      }
    }
  }

  private static long mask(short[] ids) {
    long mask = 0;
    for (short id : ids) {
      mask |= 1L << id;
    }
    return mask;
  }
}

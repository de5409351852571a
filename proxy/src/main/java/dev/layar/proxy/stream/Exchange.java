package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.codec.http1.Refusal;
import dev.layar.proxy.codec.http2.HeadFault;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.http.Status;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.net.TimerWheel;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.GrpcStatus;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.ContentTypes;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteMiss;
import dev.layar.proxy.route.RouteResult;
import dev.layar.proxy.route.RouteTable;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, seen from the client's side. Event-loop confined; reused, with its
 * heads, timers and facts, so that a request allocates nothing.
 *
 * <p>Implementation notes. (1) The request runs through the layers in order; then {@link Router}
 * takes over. (2) A response comes from {@link Router} or from {@link #reply}; its head runs
 * through the layers in reverse and is framed here. (3) Every way to end leads to {@link #end},
 * which counts and logs once. (4) Everything is decided on the snapshot that was current when the
 * head was complete.
 */
final class Exchange implements Call {
  private static final int HEAD_CAPACITY = 2048;
  private static final int KEPT_CAPACITY = 16 * 1024;
  private static final int TRAILERS_CAPACITY = 256;
  private static final byte[] NO_BODY = new byte[0];
  private static final byte[] TRUE = Ascii.bytes("true");
  private static final byte[] EXPECT_CONTINUE = Ascii.bytes("100-continue");
  private static final byte[] MISSING_HOST = Ascii.bytes("missing_host_header");
  private static final byte[] ROUTE_NOT_FOUND = Ascii.bytes("route_not_found");
  private static final byte[] DIRECT_RESPONSE = Ascii.bytes("direct_response");
  private static final byte[] CLIENT_GONE = Ascii.bytes("downstream_remote_disconnect");
  private static final byte[] CLIENT_RESET = Ascii.bytes("http2.remote_reset");
  private static final byte[] STREAM_ERROR = Ascii.bytes("http2.stream_error");
  private static final byte[] REQUEST_TIMEOUT = Ascii.bytes("request_overall_timeout");
  private static final byte[] HEADER_TIMEOUT = Ascii.bytes("request_header_timeout");
  private static final byte[] IDLE_TIMEOUT = Ascii.bytes("stream_idle_timeout");
  private static final byte[] DURATION_TIMEOUT = Ascii.bytes("max_duration_timeout");
  private static final byte[] VIA_UPSTREAM = Ascii.bytes("via_upstream");

  private final Worker worker;
  private final Loop loop;
  private final Head request = new Head(HEAD_CAPACITY);
  private final Head response = new Head(HEAD_CAPACITY);
  private @Nullable Head requestTrailers;
  private @Nullable Head responseTrailers;
  private final StreamInfo info = new StreamInfo();
  private final ByteSink scratch = new ByteSink(512);
  private final Router router;
  private final Timer pause = new Timer(this::pauseOver);
  private final Timer guard = new Timer(this::onGuard);

  private @Nullable ClientStream client;
  private @Nullable HttpContext context;
  private @Nullable Snapshot snapshot;
  private @Nullable RouteEntry route;
  private @Nullable Runnable afterPause;
  private @Nullable Runnable whenPauseOver;
  private int layer;
  private boolean headComplete;
  private boolean requestEnded;
  private boolean routed;
  private boolean responded;
  private boolean ended;
  private boolean closeAfter;
  private boolean bodyOut;
  private int localStatus;
  private long lastActivity;

  Exchange(Worker worker) {
    this.worker = worker;
    this.loop = worker.loop();
    this.router = new Router(this, worker);
  }

  // ---- what others ask

  Worker worker() {
    return worker;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public Head request() {
    return request;
  }

  @Override
  public Head response() {
    return response;
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public ByteSink scratch() {
    return scratch;
  }

  @Override
  public HttpConfig config() {
    return context().config();
  }

  @Override
  public @Nullable RouteEntry route() {
    return route;
  }

  HttpContext context() {
    HttpContext present = context;
    if (present == null) {
      throw new IllegalStateException("no exchange is under way");
    }
    return present;
  }

  /** What is known about the client's connection. */
  Arrival arrival() {
    return client().arrival();
  }

  private ClientStream client() {
    ClientStream present = client;
    if (present == null) {
      throw new IllegalStateException("no exchange is under way");
    }
    return present;
  }

  Snapshot snapshot() {
    Snapshot present = snapshot;
    if (present == null) {
      throw new IllegalStateException("the head is not complete");
    }
    return present;
  }

  boolean requestEnded() {
    return requestEnded;
  }

  /** Whether this response, or what went before, asks for the end of the client's connection. */
  boolean closing() {
    return closeAfter;
  }

  /** Where the request's trailers are to be put, if any come, before {@link #requestEnd}. */
  Head requestTrailers() {
    Head present = requestTrailers;
    if (present == null) {
      present = new Head(TRAILERS_CAPACITY);
      requestTrailers = present;
    }
    return present;
  }

  /** The request's trailers, null when there are none. */
  @Nullable Head trailers() {
    return orNull(requestTrailers);
  }

  /** Where the response's trailers are to be put, if any come, before the response ends. */
  Head responseTrailers() {
    Head present = responseTrailers;
    if (present == null) {
      present = new Head(TRAILERS_CAPACITY);
      responseTrailers = present;
    }
    return present;
  }

  /** What follows the response's body, null for nothing. */
  @Nullable Head trailersOut() {
    return orNull(responseTrailers);
  }

  private static @Nullable Head orNull(@Nullable Head trailers) {
    return trailers == null || trailers.headerCount() == 0 ? null : trailers;
  }

  // ---- the request comes in

  /** The first byte of a request has come. */
  void begin(ClientStream from, HttpContext under) {
    client = from;
    context = under;
    long now = loop.now();
    lastActivity = now;
    info.startNanos = now;
    info.startEpochMillis = worker.epochMillis();
    info.connectionId = from.connectionId();
    Arrival arrival = from.arrival();
    info.downstreamLocalAddress = arrival.localText();
    info.downstreamRemoteAddress = arrival.remoteText();
    info.downstreamDirectRemoteAddress = arrival.directText();
    info.requestedServerName = arrival.serverNameText();
    info.downstreamTls = arrival.tls();
    info.random = loop.random().next();
    info.request = request;
    int index = loop.index();
    under.stats().increment(index, HttpStats.RQ_TOTAL);
    under.stats().increment(index, HttpStats.RQ_ACTIVE);
    armGuard();
  }

  /**
   * The head is complete.
   *
   * @param bodyEnded whether no body follows
   */
  void headComplete(boolean bodyEnded) {
    headComplete = true;
    snapshot = context().snapshot();
    if (arrival().tls() != null) {
      request.https(true);
    }
    info.protocol = client().protocol();
    info.requestHeaderBytes = request.length();
    if (bodyEnded) {
      requestEnded = true;
      info.requestCompleteNanos = loop.coarseNow();
    } else {
      expectation();
    }
    if (!hasHost()) {
      reply(400, NO_BODY, ResponseFlags.NONE, MISSING_HOST);
      return;
    }
    runLayers();
  }

  /** RFC 9110 §10.1.1: the proxy says 100 itself and takes the expectation out. */
  private void expectation() {
    int at = request.find(HeaderName.EXPECT);
    if (at >= 0
        && info.protocol != StreamInfo.Protocol.HTTP_10
        && Ascii.equalIgnoreCase(
            request.bytes(), request.valueStart(at), request.valueLength(at), EXPECT_CONTINUE)) {
      request.drop(at);
      client().sendContinue();
    }
  }

  private boolean hasHost() {
    if (request.authorityLength() > 0) {
      return true;
    }
    String host = config().defaultHostForHttp10();
    if (request.minorVersion() == 0 && !host.isEmpty()) {
      byte[] bytes = Ascii.bytes(host);
      request.authority(bytes, 0, bytes.length);
      return true;
    }
    return false;
  }

  /** {@code size} body bytes at the reader index; takes exactly these. */
  void requestBody(ByteBuf in, int size) {
    info.bytesReceived += size;
    lastActivity = loop.now();
    if (responded && !routed) {
      in.skipBytes(size);
    } else {
      router.requestBody(in, size);
    }
  }

  void requestEnd() {
    requestEnded = true;
    lastActivity = loop.now();
    info.requestCompleteNanos = lastActivity;
    if (routed) {
      router.requestEnd();
    }
  }

  /** The request is not HTTP/1.1 that may be passed on. */
  void refuse(Refusal refusal) {
    closeAfter = true;
    int index = loop.index();
    context().stats().increment(index, HttpStats.CX_PROTOCOL_ERROR);
    if (refusal.status() == 431) {
      context().stats().increment(index, HttpStats.RQ_TOO_LARGE);
    }
    byte[] details = Ascii.bytes(refusal.details());
    if (responded) {
      breakOff(ResponseFlags.DOWNSTREAM_PROTOCOL_ERROR, details);
      return;
    }
    if (!headComplete) {
      request.reset();
    }
    byte[] body = Ascii.bytes(Status.reason(refusal.status()));
    reply(refusal.status(), body, ResponseFlags.DOWNSTREAM_PROTOCOL_ERROR, details);
  }

  /**
   * What came is no message of HTTP/2; the stream is about to be reset, unless the head only
   * exceeds a limit.
   */
  void malformed(HeadFault fault) {
    if (ended) {
      return;
    }
    byte[] details = Ascii.bytes(fault.details());
    if (fault.limit()) {
      context().stats().increment(loop.index(), HttpStats.RQ_TOO_LARGE);
    }
    if (fault.limit() && !responded && !headComplete) {
      request.reset();
      reply(431, Ascii.bytes(Status.reason(431)), ResponseFlags.DOWNSTREAM_PROTOCOL_ERROR, details);
    } else {
      lost(ResponseFlags.DOWNSTREAM_PROTOCOL_ERROR, details);
    }
  }

  /** The client is gone before the exchange was over. */
  void clientGone() {
    lost(ResponseFlags.DOWNSTREAM_CONNECTION_TERMINATION, CLIENT_GONE);
  }

  /** The client has reset its stream. */
  void clientReset() {
    lost(ResponseFlags.DOWNSTREAM_REMOTE_RESET, CLIENT_RESET);
  }

  /** This end has reset the client's stream because of a frame that broke the protocol. */
  void clientBroke() {
    lost(ResponseFlags.DOWNSTREAM_PROTOCOL_ERROR, STREAM_ERROR);
  }

  private void lost(long flag, byte[] details) {
    if (ended) {
      return;
    }
    info.flag(flag);
    info.details = details;
    context().stats().increment(loop.index(), HttpStats.RQ_RX_RESET);
    router.release();
    end();
  }

  // ---- layers

  private void runLayers() {
    Layer[] layers = context().layers();
    while (layer < layers.length) {
      Step step = layers[layer++].request(this);
      if (step != Step.CONTINUE || ended) {
        return;
      }
    }
    act();
  }

  @Override
  public void resume() {
    runLayers();
  }

  @Override
  public RouteResult findRoute() {
    RouteTable table = snapshot().routes(config());
    RouteResult result =
        table == null
            ? RouteMiss.NO_VIRTUAL_HOST
            : table.match(request, request.https(), info.random);
    if (result instanceof RouteEntry entry) {
      route = entry;
      info.routeName = entry.nameBytes();
      info.virtualHostName = entry.virtualHostBytes();
      info.provenance = entry.provenance();
    }
    return result;
  }

  @Override
  public RouteAction.@Nullable Target target() {
    RouteEntry entry = route;
    return entry != null && entry.action() instanceof RouteAction.Forward forward
        ? forward.clusters().choose(info.random)
        : null;
  }

  @Override
  public byte[] date() {
    return worker.date();
  }

  @Override
  public void count(int slot) {
    context().stats().increment(loop.index(), slot);
  }

  /** What the route says. */
  private void act() {
    RouteEntry entry = route;
    if (entry == null) {
      context().stats().increment(loop.index(), HttpStats.NO_ROUTE);
      reply(404, NO_BODY, ResponseFlags.NO_ROUTE_FOUND, ROUTE_NOT_FOUND);
      return;
    }
    switch (entry.action()) {
      case RouteAction.Forward forward -> {
        routed = true;
        router.start(forward, entry);
      }
      case RouteAction.Redirect redirect -> redirect(redirect, entry);
      case RouteAction.DirectResponse direct -> direct(direct, entry);
    }
  }

  private void redirect(RouteAction.Redirect redirect, RouteEntry entry) {
    scratch.clear();
    redirect.location(request, scratch);
    LocalReply.plain(response, redirect.status(), 0);
    response.append(
        HeaderName.bytes(HeaderName.LOCATION),
        HeaderName.LOCATION,
        scratch.bytes(),
        0,
        scratch.length());
    answerByRoute(entry, NO_BODY);
  }

  @Override
  public void redirect(int status, byte[] location, byte[] details) {
    info.details = details;
    LocalReply.plain(response, status, 0);
    response.append(HeaderName.LOCATION, location);
    answer(NO_BODY);
  }

  @Override
  public void answer(int status, long flag, byte[] details, Edits edits) {
    info.flag(flag);
    info.details = details;
    LocalReply.plain(response, status, 0);
    edits.apply(response);
    answer(NO_BODY);
  }

  private void direct(RouteAction.DirectResponse direct, RouteEntry entry) {
    LocalReply.plain(response, direct.status(), direct.body().length);
    answerByRoute(entry, direct.body());
  }

  private void answerByRoute(RouteEntry entry, byte[] body) {
    info.details = DIRECT_RESPONSE;
    info.response = response;
    entry.responseHeaders().apply(response, info, scratch);
    answer(body);
  }

  @Override
  public void after(long nanos, Runnable then, Runnable over) {
    afterPause = then;
    whenPauseOver = over;
    loop.arm(pause, loop.now() + nanos);
  }

  private void pauseOver() {
    Runnable then = afterPause;
    endPause();
    if (then != null) {
      then.run();
    }
  }

  private void endPause() {
    loop.cancel(pause);
    Runnable over = whenPauseOver;
    afterPause = null;
    whenPauseOver = null;
    if (over != null) {
      over.run();
    }
  }

  @Override
  public void closeAfter() {
    closeAfter = true;
  }

  // ---- the proxy answers

  @Override
  public void reply(int status, byte[] body, long flag, byte[] details) {
    reply(status, LocalReply.grpcStatus(status), body, flag, details);
  }

  private void reply(int status, int grpcStatus, byte[] body, long flag, byte[] details) {
    if (ended) {
      return;
    }
    router.release();
    routed = false;
    endPause();
    info.flag(flag);
    info.details = details;
    localStatus = status;
    if (headComplete && ContentTypes.isGrpc(request)) {
      LocalReply.grpc(response, grpcStatus, body);
      answer(NO_BODY);
    } else {
      LocalReply.plain(response, status, body.length);
      if ((flag & ResponseFlags.UPSTREAM_OVERFLOW) != 0 && !config().suppressEnvoyHeaders()) {
        response.append(HeaderName.X_ENVOY_OVERLOADED, TRUE);
      }
      answer(body);
    }
  }

  private void answer(byte[] body) {
    writeHead(true, body.length == 0);
    if (body.length > 0 && bodyOut) {
      client().sendBody(body);
      info.bytesSent += body.length;
      client().sendEnd(this);
    }
    end();
  }

  // ---- the upstream answers

  /** The response head is in {@link #response()}. */
  void upstreamHead(boolean endOfStream) {
    if (info.details == null) {
      info.details = VIA_UPSTREAM;
    }
    lastActivity = loop.coarseNow();
    writeHead(false, endOfStream);
  }

  /** {@code size} body bytes at the reader index; takes exactly these. */
  void upstreamBody(ByteBuf in, int size) {
    ClientStream to = client();
    info.bytesSent += size;
    to.sendBody(in, size);
    lastActivity = loop.coarseNow();
    if (to.full()) {
      router.pauseResponse(true);
    }
  }

  void upstreamEnd() {
    client().sendEnd(this);
    end();
  }

  /** The response cannot be completed: all that is left is to cut the connection. */
  void breakOff(long flag, byte[] details) {
    if (ended) {
      return;
    }
    info.flag(flag);
    info.details = details;
    closeAfter = true;
    router.release();
    context().stats().increment(loop.index(), HttpStats.RQ_TX_RESET);
    client().breakOff();
    end();
  }

  private void writeHead(boolean local, boolean endOfStream) {
    responded = true;
    info.response = response;
    info.responseCode = response.status();
    Layer[] layers = context().layers();
    for (int i = layers.length - 1; i >= 0; i--) {
      layers[i].response(this, local);
    }
    int status = response.status();
    bodyOut = request.method() != Method.HEAD && status != 204 && status != 304;
    info.responseHeaderBytes = client().sendHead(this, endOfStream || !bodyOut);
    info.firstDownstreamTxNanos = loop.coarseNow();
  }

  // ---- flow control

  /** The client's connection takes more again. */
  void downstreamWritable() {
    if (routed) {
      router.pauseResponse(false);
    }
  }

  void pauseRequest(boolean on) {
    client().pauseBody(on);
  }

  // ---- deadlines of the exchange as a whole

  /** One timer for four deadlines, lazy: it looks when it fires, nobody moves it. */
  private void armGuard() {
    long deadline = nearestDeadline();
    if (deadline != TimerWheel.NEVER) {
      loop.arm(guard, deadline);
    }
  }

  private long nearestDeadline() {
    long deadline = deadline(info.startNanos, maxStreamDurationNanos());
    if (!headComplete) {
      deadline =
          Math.min(deadline, deadline(info.startNanos, config().requestHeadersTimeoutNanos()));
    }
    if (!requestEnded) {
      deadline = Math.min(deadline, deadline(info.startNanos, config().requestTimeoutNanos()));
    }
    return Math.min(deadline, deadline(lastActivity, idleTimeoutNanos()));
  }

  private static long deadline(long from, long timeout) {
    return timeout > 0 ? from + timeout : TimerWheel.NEVER;
  }

  private long idleTimeoutNanos() {
    RouteEntry entry = route;
    if (entry != null
        && entry.action() instanceof RouteAction.Forward forward
        && forward.idleTimeoutNanos() >= 0) {
      return forward.idleTimeoutNanos();
    }
    return config().streamIdleTimeoutNanos();
  }

  private long maxStreamDurationNanos() {
    RouteEntry entry = route;
    long ofListener = config().maxStreamDurationNanos();
    if (entry == null || !(entry.action() instanceof RouteAction.Forward forward)) {
      return ofListener;
    }
    long ofRoute = forward.maxStreamDurationNanos();
    return forward.grpcTimeouts().streamDuration(request, ofRoute >= 0 ? ofRoute : ofListener);
  }

  /** The route is known, and with it perhaps other deadlines. */
  void routeKnown() {
    if (idleTimeoutNanos() != config().streamIdleTimeoutNanos()
        || maxStreamDurationNanos() != config().maxStreamDurationNanos()) {
      loop.cancel(guard);
      armGuard();
    }
  }

  private void onGuard() {
    long now = loop.now();
    HttpStats stats = context().stats();
    if (!headComplete && due(now, info.startNanos, config().requestHeadersTimeoutNanos())) {
      stats.increment(loop.index(), HttpStats.RQ_HEADER_TIMEOUT);
      timedOut(408, "request header timeout", ResponseFlags.NONE, HEADER_TIMEOUT);
    } else if (!requestEnded && due(now, info.startNanos, config().requestTimeoutNanos())) {
      stats.increment(loop.index(), HttpStats.RQ_TIMEOUT);
      timedOut(408, "request timeout", ResponseFlags.NONE, REQUEST_TIMEOUT);
    } else if (due(now, info.startNanos, maxStreamDurationNanos())) {
      stats.increment(loop.index(), HttpStats.RQ_MAX_DURATION_REACHED);
      timedOut(
          requestEnded ? 504 : 408,
          "downstream duration timeout",
          ResponseFlags.DURATION_TIMEOUT,
          DURATION_TIMEOUT);
    } else if (due(now, lastActivity, idleTimeoutNanos())) {
      stats.increment(loop.index(), HttpStats.RQ_IDLE_TIMEOUT);
      timedOut(
          requestEnded ? 504 : 408,
          "stream timeout",
          ResponseFlags.STREAM_IDLE_TIMEOUT,
          IDLE_TIMEOUT);
    } else {
      armGuard();
    }
  }

  private static boolean due(long now, long from, long timeout) {
    return timeout > 0 && now - from >= timeout;
  }

  private void timedOut(int status, String body, long flag, byte[] details) {
    if (!requestEnded) {
      closeAfter = true;
    }
    if (responded) {
      breakOff(flag, details);
      return;
    }
    if (!headComplete) {
      request.reset();
    }
    int grpcStatus =
        flag == ResponseFlags.DURATION_TIMEOUT
            ? LocalReply.DEADLINE_EXCEEDED
            : LocalReply.grpcStatus(status);
    reply(status, grpcStatus, Ascii.bytes(body), flag, details);
  }

  // ---- the one exit

  /** Counts, logs, and hands the connection on. Nothing of this exchange happens afterwards. */
  private void end() {
    ended = true;
    long now = loop.now();
    info.endNanos = now;
    long micros = (now - info.startNanos) / 1000;
    grpcOutcome();
    HttpContext under = context();
    under.stats().completed(loop.index(), info.responseCode, micros);
    Cluster cluster = router.cluster();
    if (cluster != null) {
      int code = localStatus == 0 ? info.responseCode : localStatus;
      cluster.stats().completed(loop.index(), code, info, micros);
    }
    under.log().ended(loop.index(), info);
    ClientStream from = client();
    boolean close = closeAfter;
    clear();
    from.exchangeEnded(close);
  }

  private void grpcOutcome() {
    if (headComplete && ContentTypes.isGrpc(request)) {
      info.grpc = true;
      info.trailers = trailersOut();
      info.grpcStatus = responded ? GrpcStatus.of(info.trailers, response) : -1;
    }
  }

  private void clear() {
    router.release();
    router.forget();
    endPause();
    loop.cancel(guard);
    request.reset();
    request.shrink(KEPT_CAPACITY);
    response.reset();
    response.shrink(KEPT_CAPACITY);
    info.reset();
    if (requestTrailers != null) {
      requestTrailers.reset();
    }
    if (responseTrailers != null) {
      responseTrailers.reset();
    }
    client = null;
    context = null;
    snapshot = null;
    route = null;
    layer = 0;
    headComplete = false;
    requestEnded = false;
    routed = false;
    responded = false;
    closeAfter = false;
    bodyOut = false;
    localStatus = 0;
    ended = false;
    worker.giveBack(this);
  }
}

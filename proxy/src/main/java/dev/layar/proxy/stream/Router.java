package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.outlier.OutlierDetector;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.GrpcStatus;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.AuthorityText;
import dev.layar.proxy.route.ContentTypes;
import dev.layar.proxy.route.GrpcTimeouts;
import dev.layar.proxy.route.RetryPolicy;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The upstream half of an exchange: cluster, endpoint, attempts, deadlines (Envoy's router filter).
 * Event-loop confined; one per {@link Exchange}, reused with it.
 *
 * <p>Implementation notes. (1) An attempt is waiting for a connection, or on one, or there is none
 * (a back-off, or the end). (2) Each attempt finalises the request head from the same marked state.
 * (3) After any call into the exchange that may end it, nothing here is touched: both may be in use
 * for the next request already. (4) DEVIATION: a kept-alive connection that the upstream closed
 * just as it was taken costs an idempotent request without a body nothing: it is sent once more,
 * uncounted (RFC 9112 §9.3.1 allows it; Envoy leaves it to the retry policy).
 */
final class Router implements UpstreamCall {
  private static final byte[] NO_BODY = new byte[0];
  private static final byte[] CLUSTER_NOT_FOUND = Ascii.bytes("cluster_not_found");
  private static final byte[] NO_HEALTHY = Ascii.bytes("no_healthy_upstream");
  private static final byte[] NO_HEALTHY_BODY = Ascii.bytes("no healthy upstream");
  private static final byte[] TIMEOUT_BODY = Ascii.bytes("upstream request timeout");
  private static final byte[] RESPONSE_TIMEOUT = Ascii.bytes("response_timeout");
  private static final byte[] TRY_TIMEOUT = Ascii.bytes("upstream_per_try_timeout");
  private static final byte[] TRY_IDLE_TIMEOUT = Ascii.bytes("upstream_per_try_idle_timeout");
  private static final byte[] TOO_MUCH_BODY =
      Ascii.bytes("exceeded request buffer limit while retrying upstream");
  private static final byte[] TOO_MUCH_DETAILS =
      Ascii.bytes("request_payload_exceeded_retry_buffer_limit");
  private static final String RESET_BODY =
      "upstream connect error or disconnect/reset before headers. ";

  private final Exchange exchange;
  private final Worker worker;
  private final Loop loop;
  private final PickContext pick = new PickContext();
  private final RequestBody body = new RequestBody();
  private final Timer routeTimer = new Timer(this::onRouteTimeout);
  private final Timer tryTimer = new Timer(this::onTryTimeout);
  private final Timer backoff = new Timer(this::attempt);
  private final List<Shadow> shadows = new ArrayList<>();

  private RouteAction.@Nullable Forward forward;
  private RouteAction.@Nullable Target target;
  private @Nullable RouteEntry route;
  private @Nullable Cluster cluster;
  private @Nullable Endpoint endpoint;
  private @Nullable HostPool waitingIn;
  private @Nullable UpstreamStream stream;
  private @Nullable RetryPolicy retry;
  private int attempts;
  private int retries;
  private boolean keepBody;
  private boolean wroteUpstream;
  private boolean requestCounted;
  private boolean retryCounted;
  private boolean onUsedConnection;
  private boolean resentOnce;
  private boolean responding;
  private boolean retryAtEnd;
  private boolean grpcStatusAtEnd;
  private boolean mirrored;
  private long tryActivity;
  private long routeTimeout;

  Router(Exchange exchange, Worker worker) {
    this.exchange = exchange;
    this.worker = worker;
    this.loop = worker.loop();
  }

  /** The cluster that the route chose, null when none was found or needed. */
  @Nullable Cluster cluster() {
    return cluster;
  }

  // ---- start

  void start(RouteAction.Forward action, RouteEntry entry) {
    StreamInfo info = exchange.info();
    forward = action;
    route = entry;
    preparePick(action, info);
    boolean byHash = action.clusters().byHash() && pick.hashed();
    RouteAction.Target chosen = action.clusters().choose(byHash ? pick.hash() : info.random);
    target = chosen;
    Cluster found = exchange.snapshot().cluster(chosen.cluster());
    if (found == null) {
      info.clusterName = Ascii.bytes(chosen.cluster());
      exchange.reply(
          action.clusterNotFoundStatus(),
          NO_BODY,
          ResponseFlags.NO_CLUSTER_FOUND,
          CLUSTER_NOT_FOUND);
      return;
    }
    cluster = found;
    info.clusterName = found.nameBytes();
    info.clusterStatName = found.statNameBytes();
    exchange.routeKnown();
    pick.subset(chosen.subset());
    RetryPolicy policy = action.retry();
    retry = policy != null && policy.concerns(exchange.request()) ? policy : null;
    keepBody = retry != null && !exchange.requestEnded();
    if (retry != null && retry.avoidTriedHosts()) {
      pick.reselections(retry.reselections());
    }
    routeTimeout = action.grpcTimeouts().timeout(exchange.request(), action.timeoutNanos());
    exchange.request().mark();
    if (exchange.requestEnded() || exchange.request().asksForTunnel()) {
      armRouteTimer();
    }
    attempt();
  }

  private void preparePick(RouteAction.Forward action, StreamInfo info) {
    Head request = exchange.request();
    pick.reset(loop.index(), info.random);
    pick.originalDestination(exchange.arrival().originalDestination());
    pick.authority(request.bytes(), request.authorityStart(), request.authorityLength());
    if (!action.hashPolicies().policies().isEmpty()) {
      byte[] remote = info.downstreamRemoteAddress;
      byte[] local = info.downstreamLocalAddress;
      action
          .hashPolicies()
          .apply(request, remote == null ? NO_BODY : remote, local == null ? NO_BODY : local, pick);
    }
  }

  private void armRouteTimer() {
    long timeout = routeTimeout;
    if (timeout > 0) {
      loop.arm(routeTimer, loop.coarseNow() + timeout);
    }
  }

  // ---- one attempt

  private void attempt() {
    Cluster to = clusterInUse();
    Endpoint chosen = to.pick(pick);
    if (chosen == null) {
      to.stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
      exchange.reply(503, NO_HEALTHY_BODY, ResponseFlags.NO_HEALTHY_UPSTREAM, NO_HEALTHY);
      return;
    }
    endpoint = chosen;
    attempts++;
    exchange.info().attempts = attempts;
    exchange.info().upstreamAddress = chosen.addressText();
    if (!breaker().tryAcquire(loop.index(), CircuitBreaker.Resource.REQUESTS)) {
      to.stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_PENDING_OVERFLOW);
      failed(UpstreamFailure.OVERFLOW, "");
      return;
    }
    requestCounted = true;
    finalise(chosen);
    mirror();
    HostPool pool = worker.pool(to, chosen, kind(to), serverName(to, chosen));
    waitingIn = pool;
    pool.acquire(this, to);
  }

  /** The host of the authority where TLS goes by it, unless it is an address; else empty. */
  private String serverName(Cluster to, Endpoint chosen) {
    ClientTls tls = to.tls(chosen);
    if (tls == null || !tls.autoSni()) {
      return "";
    }
    Head request = exchange.request();
    int start = request.authorityStart();
    int length = AuthorityText.withoutPort(request.bytes(), start, request.authorityLength());
    String host = Ascii.string(request.bytes(), start, length);
    return host.startsWith("[") || host.matches("[0-9.]+") ? "" : host;
  }

  private HostPool.Kind kind(Cluster to) {
    if (exchange.request().method() == Method.CONNECT && forward().upgrades().connectTerminates()) {
      return HostPool.Kind.TUNNEL;
    }
    boolean http2 = exchange.info().protocol == StreamInfo.Protocol.HTTP_2;
    return to.config().http().speaksHttp2(http2) ? HostPool.Kind.HTTP2 : HostPool.Kind.HTTP1;
  }

  /** Envoy's order: attempt and timeout headers, header edits, host, path. */
  private void finalise(Endpoint chosen) {
    Head request = exchange.request();
    StreamInfo info = exchange.info();
    if (attempts > 1) {
      request.rewind();
    }
    RouteEntry entry = entry();
    if (entry.attemptCount()) {
      request.dropAll(HeaderName.X_ENVOY_ATTEMPT_COUNT);
      request.append(HeaderName.X_ENVOY_ATTEMPT_COUNT, attempts);
    }
    expectedTimeout(request);
    RouteAction.Target chosenTarget = target();
    chosenTarget.requestHeaders().apply(request, info, exchange.scratch());
    entry.requestHeaders().apply(request, info, exchange.scratch());
    RequestRewrites.host(exchange, forward(), chosenTarget, chosen);
    RequestRewrites.path(exchange, forward());
  }

  /** {@code x-envoy-expected-rq-timeout-ms}: what is left, at least 1. */
  private void expectedTimeout(Head request) {
    boolean rewrites = forward().grpcTimeouts().rewrites(request);
    if (exchange.config().suppressEnvoyHeaders() && !rewrites) {
      return;
    }
    long global = routeTimeout;
    StreamInfo info = exchange.info();
    if (global > 0 && info.requestCompleteNanos >= 0) {
      global = Math.max(1, global - (loop.coarseNow() - info.requestCompleteNanos));
    }
    RetryPolicy policy = retry;
    long perTry = policy == null ? 0 : policy.perTryTimeoutNanos();
    long least = perTry > 0 && (global == 0 || perTry < global) ? perTry : global;
    if (least == 0) {
      return;
    }
    long millis = Math.max(1, least / 1_000_000);
    if (!exchange.config().suppressEnvoyHeaders()) {
      request.append(HeaderName.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, millis);
    }
    if (rewrites) {
      request.dropAll(HeaderName.GRPC_TIMEOUT);
      request.append(HeaderName.GRPC_TIMEOUT, GrpcTimeouts.header(millis));
    }
  }

  private void mirror() {
    if (mirrored) {
      return;
    }
    mirrored = true;
    List<RouteAction.Mirror> mirrors = forward().mirrors();
    for (int i = 0; i < mirrors.size(); i++) {
      RouteAction.Mirror policy = mirrors.get(i);
      Cluster to = exchange.snapshot().cluster(policy.cluster());
      if (to != null
          && policy.share().samples(exchange.info().random)
          && !exchange.request().asksForTunnel()) {
        Shadow shadow = new Shadow(worker, to, policy, exchange, routeTimeout);
        shadows.add(shadow);
        body.copyTo(shadow);
        shadow.start();
        if (exchange.requestEnded()) {
          shadow.requestEnd();
        }
      }
    }
  }

  @Override
  public void ready(UpstreamStream on) {
    waitingIn = null;
    stream = on;
    onUsedConnection = on.used();
    wroteUpstream = true;
    StreamInfo info = exchange.info();
    info.upstreamLocalAddress = on.localAddress();
    info.upstreamTls = on.tls();
    info.firstUpstreamTxNanos = loop.coarseNow();
    tryActivity = loop.coarseNow();
    Head request = exchange.request();
    boolean ends = exchange.requestEnded() && body.size() == 0 && exchange.trailers() == null;
    on.sendHead(request, ends);
    body.writeTo(on);
    if (exchange.requestEnded()) {
      requestSent(on);
    } else {
      if (!keepBody) {
        body.release();
      }
      exchange.pauseRequest(false);
    }
  }

  private void requestSent(UpstreamStream on) {
    on.sendEnd(exchange.trailers());
    if (!keepBody) {
      body.release();
    }
    exchange.info().lastUpstreamTxNanos = loop.coarseNow();
    armTryTimer();
  }

  private void armTryTimer() {
    RetryPolicy policy = retry;
    if (policy == null) {
      return;
    }
    long wait =
        tryTimesOutFirst(policy) ? policy.perTryTimeoutNanos() : policy.perTryIdleTimeoutNanos();
    if (wait > 0) {
      loop.arm(tryTimer, loop.coarseNow() + wait);
    }
  }

  /** Whether the per-try timeout comes before the per-try idle timeout and the route's own. */
  private boolean tryTimesOutFirst(RetryPolicy policy) {
    long perTry = policy.perTryTimeoutNanos();
    long global = routeTimeout;
    long idle = policy.perTryIdleTimeoutNanos();
    return perTry > 0 && (global == 0 || perTry < global) && (idle == 0 || perTry < idle);
  }

  // ---- the request's body

  void requestBody(ByteBuf in, int size) {
    for (int i = 0; i < shadows.size(); i++) {
      shadows.get(i).requestBody(in, size);
    }
    UpstreamStream on = stream;
    if (on == null || keepBody) {
      body.keep(in.alloc(), in, size);
    }
    if (on != null) {
      forwardBody(on, in, size);
      forgetBodyBeyondLimit();
    } else {
      in.skipBytes(size);
      if (body.size() > limit()) {
        overLimitWithoutConnection();
      }
    }
  }

  private void forwardBody(UpstreamStream on, ByteBuf in, int size) {
    exchange.info().upstreamBytesSent += size;
    tryActivity = loop.coarseNow();
    on.sendBody(in, size);
    if (on.full()) {
      exchange.pauseRequest(true);
    }
  }

  /** Too much to send again: go on without the possibility. */
  private void forgetBodyBeyondLimit() {
    if (keepBody && body.size() > limit()) {
      keepBody = false;
      retry = null;
      body.release();
      clusterInUse().stats().increment(loop.index(), ClusterStats.RETRY_OR_SHADOW_ABANDONED);
    }
  }

  private void overLimitWithoutConnection() {
    if (backoff.armed()) {
      clusterInUse().stats().increment(loop.index(), ClusterStats.RETRY_OR_SHADOW_ABANDONED);
      exchange.closeAfter();
      exchange.reply(507, TOO_MUCH_BODY, ResponseFlags.NONE, TOO_MUCH_DETAILS);
    } else {
      exchange.pauseRequest(true);
    }
  }

  private long limit() {
    RouteEntry entry = route;
    long own = entry == null ? -1 : entry.bufferLimitBytes();
    return own >= 0 ? own : exchange.context().bufferLimit();
  }

  void requestEnd() {
    if (!exchange.request().asksForTunnel()) {
      armRouteTimer();
    }
    for (int i = 0; i < shadows.size(); i++) {
      shadows.get(i).requestEnd();
    }
    UpstreamStream on = stream;
    if (on != null) {
      requestSent(on);
    }
  }

  // ---- the response

  @Override
  public Head responseHead() {
    return exchange.response();
  }

  @Override
  public Head responseTrailers() {
    return exchange.responseTrailers();
  }

  @Override
  public boolean isHeadRequest() {
    return exchange.request().method() == Method.HEAD;
  }

  @Override
  public void responseHead(boolean endOfStream) {
    StreamInfo info = exchange.info();
    info.firstUpstreamRxNanos = loop.now();
    tryActivity = info.firstUpstreamRxNanos;
    Head response = exchange.response();
    int status = response.status();
    Endpoint from = endpointInUse();
    if (status == 200 && ContentTypes.isGrpc(exchange.request())) {
      int code = GrpcStatus.of(null, response);
      grpcStatusAtEnd = code < 0 && !endOfStream;
      if (!grpcStatusAtEnd) {
        judge(from, code < 0 ? status : GrpcStatus.http(code));
      }
    } else {
      judge(from, status);
    }
    RetryPolicy policy = retry;
    if (policy != null && policy.retriesResponse(status, response) && retryPermitted(policy)) {
      if (endOfStream) {
        retryAtEnd = true;
      } else {
        giveUpAttempt();
        retryLater(policy);
      }
      return;
    }
    respond(endOfStream);
  }

  /** Counts an answer, for outlier detection too. */
  private void judge(Endpoint from, int status) {
    from.metrics().increment(loop.index(), status >= 500 ? Endpoint.RQ_ERROR : Endpoint.RQ_SUCCESS);
    clusterInUse().outlier().response(from, status);
  }

  private void respond(boolean endOfStream) {
    if (retries > 0 && exchange.response().status() < 500) {
      clusterInUse().stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_RETRY_SUCCESS);
    }
    responding = true;
    if (exchange.response().opensTunnel(exchange.request())) {
      loop.cancel(routeTimer);
      keepBody = false;
      body.release();
    }
    RetryPolicy policy = retry;
    if (policy == null || policy.perTryIdleTimeoutNanos() == 0) {
      loop.cancel(tryTimer);
    }
    RouteAction.Target chosen = target();
    RouteEntry entry = entry();
    Head response = exchange.response();
    ResponseEdits.fromUpstream(exchange, response);
    chosen.responseHeaders().apply(response, exchange.info(), exchange.scratch());
    entry.responseHeaders().apply(response, exchange.info(), exchange.scratch());
    if (entry.attemptCountInResponse()) {
      response.dropAll(HeaderName.X_ENVOY_ATTEMPT_COUNT);
      response.append(HeaderName.X_ENVOY_ATTEMPT_COUNT, attempts);
    }
    byte[] cookie = pick.setCookie();
    if (cookie != null) {
      response.append(ResponseEdits.SET_COOKIE, HeaderName.UNKNOWN, cookie, 0, cookie.length);
    }
    exchange.upstreamHead(endOfStream);
  }

  @Override
  public void responseBody(ByteBuf in, int size) {
    exchange.info().upstreamBytesReceived += size;
    tryActivity = loop.coarseNow();
    exchange.upstreamBody(in, size);
  }

  @Override
  public void responseEnd() {
    stream = null;
    if (grpcStatusAtEnd) {
      grpcStatusAtEnd = false;
      int code = GrpcStatus.of(exchange.trailersOut(), exchange.response());
      judge(endpointInUse(), code < 0 ? exchange.response().status() : GrpcStatus.http(code));
    }
    attemptOver();
    RetryPolicy policy = retry;
    if (retryAtEnd && policy != null) {
      retryAtEnd = false;
      retryLater(policy);
      return;
    }
    exchange.info().lastUpstreamRxNanos = loop.coarseNow();
    exchange.upstreamEnd();
  }

  @Override
  public void writable(boolean writable) {
    exchange.pauseRequest(!writable);
  }

  /** Stops or resumes what comes from the upstream. */
  void pauseResponse(boolean on) {
    UpstreamStream from = stream;
    if (from != null) {
      from.reading(!on);
    }
  }

  // ---- failures

  @Override
  public void failed(UpstreamFailure failure, String transportReason) {
    waitingIn = null;
    stream = null;
    attemptOver();
    count(failure);
    StreamInfo info = exchange.info();
    byte[] reason = transportReason.isEmpty() ? null : Ascii.bytes(transportReason);
    info.upstreamTransportFailure = reason;
    if (responding) {
      exchange.breakOff(
          failure.flag(), details("upstream_reset_after_response_started", failure, reason));
      return;
    }
    if (failure == UpstreamFailure.TERMINATED && resendsForFree()) {
      resentOnce = true;
      attempt();
      return;
    }
    RetryPolicy policy = retry;
    if (policy != null
        && policy.retriesReset(failure.reset(), wroteUpstream)
        && retryPermitted(policy)) {
      retryLater(policy);
      return;
    }
    String words = retries > 0 ? "retried and the latest reset reason: " : "reset reason: ";
    exchange.reply(
        failure.status(),
        Ascii.bytes(RESET_BODY + words + failure.reason()),
        failure.flag(),
        details("upstream_reset_before_response_started", failure, reason));
  }

  private boolean resendsForFree() {
    Head request = exchange.request();
    return onUsedConnection
        && !resentOnce
        && exchange.requestEnded()
        && request.method().idempotent()
        && !request.chunked()
        && request.contentLength() <= 0;
  }

  private void count(UpstreamFailure failure) {
    Endpoint to = endpoint;
    OutlierDetector.LocalFailure local = failure.outlier();
    if (to != null && local != null) {
      to.metrics().increment(loop.index(), Endpoint.RQ_ERROR);
      clusterInUse().outlier().localFailure(to, local);
    }
    if (failure.afterConnect()) {
      clusterInUse().stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_RX_RESET);
    }
  }

  private static byte[] details(String where, UpstreamFailure failure, byte @Nullable [] reason) {
    String more = reason == null ? "" : "|" + Ascii.string(reason, 0, reason.length);
    return Ascii.bytes((where + "{" + failure.reason() + more + "}").replace(' ', '_'));
  }

  // ---- retries

  /** Whether one more attempt is within the limits; takes it from the retry breaker if so. */
  private boolean retryPermitted(RetryPolicy policy) {
    ClusterStats stats = clusterInUse().stats();
    if (retries >= policy.retries()) {
      if (policy.retries() > 0) {
        exchange.info().flag(ResponseFlags.UPSTREAM_RETRY_LIMIT_EXCEEDED);
        stats.increment(loop.index(), ClusterStats.UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED);
      }
      return false;
    }
    if (!retryCounted && !breaker().tryAcquire(loop.index(), CircuitBreaker.Resource.RETRIES)) {
      exchange.info().flag(ResponseFlags.UPSTREAM_OVERFLOW);
      stats.increment(loop.index(), ClusterStats.UPSTREAM_RQ_RETRY_OVERFLOW);
      return false;
    }
    retryCounted = true;
    return true;
  }

  private void retryLater(RetryPolicy policy) {
    retries++;
    loop.cancel(tryTimer);
    pick.tried(endpoint);
    ClusterStats stats = clusterInUse().stats();
    stats.increment(loop.index(), ClusterStats.UPSTREAM_RQ_RETRY);
    stats.increment(loop.index(), ClusterStats.UPSTREAM_RQ_RETRY_BACKOFF_EXPONENTIAL);
    long wait = policy.backoffMillis(retries, loop.random().next());
    loop.arm(backoff, loop.now() + wait * 1_000_000);
  }

  // ---- deadlines

  private void onRouteTimeout() {
    Cluster to = clusterInUse();
    to.stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_TIMEOUT);
    timedOutAt(to);
    if (responding) {
      exchange.breakOff(ResponseFlags.UPSTREAM_REQUEST_TIMEOUT, RESPONSE_TIMEOUT);
    } else {
      exchange.reply(504, TIMEOUT_BODY, ResponseFlags.UPSTREAM_REQUEST_TIMEOUT, RESPONSE_TIMEOUT);
    }
  }

  private void timedOutAt(Cluster to) {
    Endpoint at = endpoint;
    if (at != null && (stream != null || waitingIn != null)) {
      at.metrics().increment(loop.index(), Endpoint.RQ_TIMEOUT);
      to.outlier().localFailure(at, OutlierDetector.LocalFailure.TIMEOUT);
    }
  }

  private void onTryTimeout() {
    RetryPolicy policy = retry;
    if (policy == null) {
      return;
    }
    long idle = policy.perTryIdleTimeoutNanos();
    boolean idleOnly = responding || !tryTimesOutFirst(policy);
    if (idleOnly && loop.now() - tryActivity < idle) {
      loop.arm(tryTimer, tryActivity + idle);
      return;
    }
    Cluster to = clusterInUse();
    to.stats()
        .increment(
            loop.index(),
            idleOnly
                ? ClusterStats.UPSTREAM_RQ_PER_TRY_IDLE_TIMEOUT
                : ClusterStats.UPSTREAM_RQ_PER_TRY_TIMEOUT);
    timedOutAt(to);
    byte[] details = idleOnly ? TRY_IDLE_TIMEOUT : TRY_TIMEOUT;
    if (responding) {
      exchange.breakOff(ResponseFlags.UPSTREAM_REQUEST_TIMEOUT, details);
      return;
    }
    giveUpAttempt();
    if (policy.retriesReset(RetryPolicy.Reset.LOCAL_RESET, wroteUpstream)
        && retryPermitted(policy)) {
      retryLater(policy);
    } else {
      exchange.reply(504, TIMEOUT_BODY, ResponseFlags.UPSTREAM_REQUEST_TIMEOUT, details);
    }
  }

  // ---- the end of an attempt, and of all

  private void giveUpAttempt() {
    HostPool pool = waitingIn;
    if (pool != null) {
      waitingIn = null;
      pool.cancel(this);
    }
    UpstreamStream on = stream;
    if (on != null) {
      stream = null;
      clusterInUse().stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_TX_RESET);
      on.abandon();
    }
    attemptOver();
  }

  private void attemptOver() {
    if (requestCounted) {
      requestCounted = false;
      breaker().release(loop.index(), CircuitBreaker.Resource.REQUESTS);
    }
    if (retryCounted && attempts > retries) {
      retryCounted = false;
      breaker().release(loop.index(), CircuitBreaker.Resource.RETRIES);
    }
  }

  /** Lets go of everything upstream. What was counted stays readable until {@link #forget}. */
  void release() {
    body.release();
    if (cluster == null) {
      return;
    }
    giveUpAttempt();
    if (retryCounted) {
      retryCounted = false;
      breaker().release(loop.index(), CircuitBreaker.Resource.RETRIES);
    }
    loop.cancel(routeTimer);
    loop.cancel(tryTimer);
    loop.cancel(backoff);
    if (!shadows.isEmpty() && !exchange.requestEnded()) {
      for (int i = 0; i < shadows.size(); i++) {
        shadows.get(i).cancel();
      }
    }
    shadows.clear();
  }

  /** Back to the state before a request. */
  void forget() {
    forward = null;
    target = null;
    route = null;
    cluster = null;
    endpoint = null;
    retry = null;
    attempts = 0;
    retries = 0;
    keepBody = false;
    wroteUpstream = false;
    onUsedConnection = false;
    resentOnce = false;
    responding = false;
    retryAtEnd = false;
    grpcStatusAtEnd = false;
    mirrored = false;
  }

  private RouteAction.Forward forward() {
    RouteAction.Forward present = forward;
    if (present == null) {
      throw new IllegalStateException("nothing is routed");
    }
    return present;
  }

  private RouteAction.Target target() {
    RouteAction.Target present = target;
    if (present == null) {
      throw new IllegalStateException("nothing is routed");
    }
    return present;
  }

  private RouteEntry entry() {
    RouteEntry present = route;
    if (present == null) {
      throw new IllegalStateException("nothing is routed");
    }
    return present;
  }

  private Cluster clusterInUse() {
    Cluster present = cluster;
    if (present == null) {
      throw new IllegalStateException("no cluster is chosen");
    }
    return present;
  }

  private Endpoint endpointInUse() {
    Endpoint present = endpoint;
    if (present == null) {
      throw new IllegalStateException("no endpoint is chosen");
    }
    return present;
  }

  private CircuitBreaker breaker() {
    return clusterInUse().breaker(forward().priority());
  }
}

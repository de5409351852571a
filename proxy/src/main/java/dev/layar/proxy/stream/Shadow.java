package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.AuthorityText;
import dev.layar.proxy.route.RouteAction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request that nobody waits for (Envoy: {@code RequestMirrorPolicy}). Its answer is
 * read and dropped; its failure or slowness is counted and nothing else. Event-loop confined; lives
 * as long as its own exchange, which may be longer than the request it copies.
 *
 * <p>DEVIATION: a mirror that takes no bytes is given up when what waits for it exceeds the buffer
 * limit, instead of slowing the client down; one without a route timeout ends after 60 s.
 */
final class Shadow implements UpstreamCall {
  private static final byte[] SUFFIX = {'-', 's', 'h', 'a', 'd', 'o', 'w'};
  private static final long LONGEST_NANOS = 60_000_000_000L;

  private final Loop loop;
  private final Worker worker;
  private final Cluster cluster;
  private final long timeoutNanos;
  private final int bufferLimit;
  private final HostPool.Kind kind;
  private final Head request = new Head(0);
  private final Head response = new Head(512);
  private final Head trailers = new Head(0);
  private final RequestBody waiting = new RequestBody();
  private final Timer timer = new Timer(this::cancel);
  private final PickContext pick = new PickContext();
  private final long startedNanos;

  private @Nullable HostPool waitingIn;
  private @Nullable UpstreamStream stream;
  private boolean requestEnded;
  private boolean over;

  Shadow(
      Worker worker,
      Cluster cluster,
      RouteAction.Mirror policy,
      Exchange of,
      long routeTimeoutNanos) {
    this.worker = worker;
    this.loop = worker.loop();
    this.cluster = cluster;
    this.timeoutNanos = routeTimeoutNanos > 0 ? routeTimeoutNanos : LONGEST_NANOS;
    this.bufferLimit = of.context().bufferLimit();
    this.kind =
        cluster.config().http().speaksHttp2(of.info().protocol == StreamInfo.Protocol.HTTP_2)
            ? HostPool.Kind.HTTP2
            : HostPool.Kind.HTTP1;
    this.startedNanos = loop.coarseNow();
    request.copyFrom(of.request());
    policy.requestHeaders().apply(request, of.info(), of.scratch());
    authority(policy, of.scratch());
    pick.reset(loop.index(), of.info().random);
    pick.authority(request.bytes(), request.authorityStart(), request.authorityLength());
  }

  /** {@code host:port} becomes {@code host-shadow:port}. */
  private void authority(RouteAction.Mirror policy, ByteSink scratch) {
    byte[] rewritten = policy.hostRewrite();
    if (rewritten != null) {
      request.authority(rewritten, 0, rewritten.length);
    }
    if (!policy.appendShadow()) {
      return;
    }
    int start = request.authorityStart();
    int length = request.authorityLength();
    int bare = AuthorityText.withoutPort(request.bytes(), start, length);
    scratch.clear();
    scratch.put(request.bytes(), start, bare).put(SUFFIX);
    scratch.put(request.bytes(), start + bare, length - bare);
    request.authority(scratch.bytes(), 0, scratch.length());
  }

  void start() {
    Endpoint endpoint = cluster.pick(pick);
    if (endpoint == null) {
      over = true;
      cluster.stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
      return;
    }
    loop.arm(timer, loop.coarseNow() + timeoutNanos);
    HostPool pool = worker.pool(cluster, endpoint, kind);
    waitingIn = pool;
    pool.acquire(this, cluster);
  }

  /** Copies {@code size} bytes from the reader index, which does not move. */
  void requestBody(ByteBuf in, int size) {
    UpstreamStream on = stream;
    if (over) {
      return;
    }
    boolean full = on != null && on.full();
    if (full || waiting.size() + size > bufferLimit) {
      cluster.stats().increment(loop.index(), ClusterStats.RETRY_OR_SHADOW_ABANDONED);
      cancel();
      return;
    }
    ByteBufAllocator allocator = in.alloc();
    if (on == null) {
      waiting.keep(allocator, in, size);
      return;
    }
    on.sendBody(in.duplicate(), size);
  }

  void requestEnd() {
    requestEnded = true;
    UpstreamStream on = stream;
    if (on != null) {
      on.sendEnd(null);
    }
  }

  /** Gives the copy up. */
  void cancel() {
    HostPool pool = waitingIn;
    UpstreamStream on = stream;
    finish(0);
    if (pool != null) {
      pool.cancel(this);
    }
    if (on != null) {
      on.abandon();
    }
  }

  private void finish(int status) {
    if (over) {
      return;
    }
    over = true;
    waitingIn = null;
    stream = null;
    waiting.release();
    loop.cancel(timer);
    long micros = (loop.coarseNow() - startedNanos) / 1000;
    cluster.stats().completed(loop.index(), status, Math.max(0, micros));
  }

  @Override
  public void ready(UpstreamStream on) {
    waitingIn = null;
    stream = on;
    on.sendHead(request, requestEnded && waiting.size() == 0);
    waiting.writeTo(on);
    waiting.release();
    if (requestEnded) {
      on.sendEnd(null);
    }
  }

  @Override
  public Head responseHead() {
    return response;
  }

  @Override
  public Head responseTrailers() {
    return trailers;
  }

  @Override
  public boolean isHeadRequest() {
    return request.method() == Method.HEAD;
  }

  @Override
  public void responseHead(boolean endOfStream) {}

  @Override
  public void responseBody(ByteBuf in, int size) {
    in.skipBytes(size);
  }

  @Override
  public void responseEnd() {
    finish(response.status());
  }

  @Override
  public void failed(UpstreamFailure failure, String transportReason) {
    finish(failure.status());
  }

  @Override
  public void writable(boolean writable) {}
}

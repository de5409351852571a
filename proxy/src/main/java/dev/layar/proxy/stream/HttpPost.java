package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers JSON objects and sends them as an array to a cluster, every few seconds or when enough
 * are there; at most {@link #MAX_WAITING} wait, and one request is under way at a time. Event-loop
 * confined.
 */
public final class HttpPost implements UpstreamCall {
  static final int MAX_WAITING = 1024;
  private static final int ENOUGH = 100;
  private static final long FLUSH_NANOS = 1_000_000_000L;
  private static final long TIMEOUT_NANOS = 5_000_000_000L;

  /** What the posts of a workload share: its snapshot and what they count. Thread-safe. */
  public static final class World {
    private final Supplier<Snapshot> snapshots;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    public World(Supplier<Snapshot> snapshots) {
      this.snapshots = snapshots;
    }

    /** Objects that were taken by a server. */
    public long sent() {
      return sent.get();
    }

    /** Objects for which there was no room. */
    public long dropped() {
      return dropped.get();
    }

    /** Objects that no server took. */
    public long failed() {
      return failed.get();
    }
  }

  private final Worker worker;
  private final Loop loop;
  private final String cluster;
  private final String host;
  private final String path;
  private final World world;
  private final Timer flush = new Timer(this::send);
  private final Timer timeout = new Timer(this::giveUp);
  private final Head response = new Head(512);
  private final Head trailers = new Head(0);
  private final PickContext pick = new PickContext();
  private List<String> waiting = new ArrayList<>();
  private byte[] body = new byte[0];
  private int underWay;
  private @Nullable HostPool waitingIn;
  private @Nullable UpstreamStream stream;

  public HttpPost(Worker worker, String cluster, String host, String path, World world) {
    this.worker = worker;
    this.loop = worker.loop();
    this.cluster = cluster;
    this.host = host;
    this.path = path;
    this.world = world;
  }

  /** Adds an object; it is dropped when too many wait. */
  public void add(String json) {
    if (waiting.size() >= MAX_WAITING) {
      world.dropped.incrementAndGet();
      return;
    }
    waiting.add(json);
    if (waiting.size() >= ENOUGH) {
      send();
    } else if (!flush.armed()) {
      loop.arm(flush, loop.now() + FLUSH_NANOS);
    }
  }

  private void send() {
    if (underWay > 0 || waiting.isEmpty()) {
      return;
    }
    loop.cancel(flush);
    underWay = waiting.size();
    body = ("[" + String.join(",", waiting) + "]").getBytes(StandardCharsets.UTF_8);
    waiting = new ArrayList<>();
    Cluster to = world.snapshots.get().cluster(cluster);
    pick.reset(loop.index(), loop.random().next());
    Endpoint endpoint = to == null ? null : to.pick(pick);
    if (to == null || endpoint == null) {
      ended(false);
      return;
    }
    loop.arm(timeout, loop.now() + TIMEOUT_NANOS);
    boolean http2 = to.config().http().speaksHttp2(false);
    HostPool pool = worker.pool(to, endpoint, http2 ? HostPool.Kind.HTTP2 : HostPool.Kind.HTTP1);
    waitingIn = pool;
    pool.acquire(this, to);
  }

  private void giveUp() {
    HostPool pool = waitingIn;
    UpstreamStream on = stream;
    if (pool != null) {
      pool.cancel(this);
    }
    if (on != null) {
      on.abandon();
    }
    ended(false);
  }

  private void ended(boolean well) {
    loop.cancel(timeout);
    waitingIn = null;
    stream = null;
    (well ? world.sent : world.failed).addAndGet(underWay);
    underWay = 0;
    body = new byte[0];
    if (!waiting.isEmpty() && !flush.armed()) {
      loop.arm(flush, loop.now() + FLUSH_NANOS);
    }
  }

  @Override
  public void ready(UpstreamStream on) {
    waitingIn = null;
    stream = on;
    on.sendHead(head(), false);
    on.sendBody(Unpooled.wrappedBuffer(body), body.length);
    on.sendEnd(null);
  }

  private Head head() {
    return HeadParser.requestOf(
        "POST "
            + path
            + " HTTP/1.1\r\nhost: "
            + host
            + "\r\ncontent-type: application/json\r\ncontent-length: "
            + body.length
            + "\r\n\r\n");
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
    return false;
  }

  @Override
  public void responseHead(boolean endOfStream) {}

  @Override
  public void responseBody(ByteBuf in, int size) {
    in.skipBytes(size);
  }

  @Override
  public void responseEnd() {
    ended(response.status() / 100 == 2);
  }

  @Override
  public void failed(UpstreamFailure failure, String transportReason) {
    ended(false);
  }

  @Override
  public void writable(boolean writable) {}
}

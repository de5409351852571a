package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.health.HealthCheckConfig;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Grpc;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Http;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Range;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Tcp;
import dev.layar.proxy.cluster.health.HealthJudge;
import dev.layar.proxy.cluster.health.HealthJudge.Answer;
import dev.layar.proxy.cluster.health.HealthWatch;
import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.GrpcStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks endpoints how they are: over connections and with counters of its own, so that traffic and
 * checks do not meet. Each endpoint is asked from one event loop.
 */
public final class HealthProber implements HealthWatch {
  /** Of an answer to a check, what is looked at. */
  private static final int MAX_ANSWER = 64 * 1024;

  private static final int GRPC_SERVING = 1;

  private final List<Worker> workers;

  public HealthProber(List<Worker> workers) {
    this.workers = List.copyOf(workers);
  }

  @Override
  public Watching watch(
      Cluster cluster, Endpoint endpoint, HealthCheckConfig config, Runnable changed) {
    Worker worker = workers.get(endpoint.id() % workers.size());
    Check check = new Check(worker, cluster, endpoint, config, changed, workers.size());
    worker.loop().execute(check::begin);
    return () -> worker.loop().execute(check::stop);
  }

  /** The checks of one endpoint, one after the other. Event-loop confined. */
  private static final class Check implements UpstreamCall {
    private final Loop loop;
    private final Cluster watched;
    private final Cluster cluster;
    private final Endpoint endpoint;
    private final HealthCheckConfig config;
    private final Runnable changed;
    private final HealthJudge judge;
    private final HostPool pool;
    private final Timer next = new Timer(this::ask);
    private final Timer timeout = new Timer(this::timedOut);
    private final Head response = new Head(512);
    private final Head trailers = new Head(128);
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private @Nullable UpstreamStream stream;
    private boolean asking;
    private boolean stopped;

    Check(
        Worker worker,
        Cluster watched,
        Endpoint endpoint,
        HealthCheckConfig config,
        Runnable changed,
        int loops) {
      this.loop = worker.loop();
      this.watched = watched;
      this.cluster = watched.twin(loops);
      this.endpoint = endpoint;
      this.config = config;
      this.changed = changed;
      this.judge = new HealthJudge(config, !endpoint.failedCheck());
      Endpoint own =
          new Endpoint(endpoint.address(), endpoint.attributes(), loops, endpoint.sinceNanos());
      this.pool = pool(worker, own);
    }

    private HostPool pool(Worker worker, Endpoint own) {
      boolean http2 =
          switch (config.probe()) {
            case Http http -> http.http2();
            case Grpc grpc -> true;
            case Tcp tcp -> false;
          };
      return config.probe() instanceof Tcp
          ? new TunnelPool(loop, worker.dialer(), cluster, own)
          : http2
              ? new Http2Pool(loop, worker.dialer(), cluster, own, worker.frameScratch())
              : new Http1Pool(loop, worker.dialer(), cluster, own);
    }

    void begin() {
      long jitter = config.intervals().initialJitterNanos();
      if (jitter == 0) {
        ask();
      } else if (!stopped) {
        loop.arm(next, loop.now() + Long.remainderUnsigned(loop.random().next(), jitter));
      }
    }

    void stop() {
      stopped = true;
      loop.cancel(next);
      giveUp();
      pool.drain();
    }

    private void ask() {
      if (stopped) {
        return;
      }
      watched.stats().health().attempt();
      asking = true;
      answer.reset();
      trailers.reset();
      loop.arm(timeout, loop.now() + config.timeoutNanos());
      pool.acquire(this, cluster);
    }

    private void timedOut() {
      giveUp();
      ended(Answer.NONE);
    }

    private void giveUp() {
      loop.cancel(timeout);
      boolean waited = asking;
      asking = false;
      UpstreamStream on = stream;
      stream = null;
      if (on != null) {
        on.abandon();
      } else if (waited) {
        pool.cancel(this);
      }
    }

    /** One check is over, and the call with it. */
    private void ended(Answer verdict) {
      loop.cancel(timeout);
      asking = false;
      stream = null;
      if (stopped) {
        return;
      }
      watched.stats().health().ended(verdict);
      boolean first = judge.waitsForFirst();
      boolean different = judge.take(verdict);
      endpoint.failedCheck(!judge.healthy());
      boolean used = watched.stats().metrics().sum(ClusterStats.UPSTREAM_CX_TOTAL) > 0;
      loop.arm(next, loop.now() + judge.nextNanos(used, loop.random().next()));
      if (first || different) {
        changed.run();
      }
    }

    // ---- the call

    @Override
    public void ready(UpstreamStream on) {
      stream = on;
      switch (config.probe()) {
        case Http http -> {
          on.sendHead(head(http), true);
          on.sendEnd(null);
        }
        case Grpc grpc -> {
          on.sendHead(head(grpc), false);
          ByteBuf message = Unpooled.wrappedBuffer(message(grpc.service()));
          on.sendBody(message, message.readableBytes());
          on.sendEnd(null);
        }
        case Tcp tcp -> {
          if (tcp.send().length > 0) {
            on.sendBody(Unpooled.wrappedBuffer(tcp.send()), tcp.send().length);
          }
        }
      }
    }

    private Head head(Http http) {
      StringBuilder text = new StringBuilder(http.method());
      text.append(' ').append(http.path()).append(" HTTP/1.1\r\nhost: ").append(http.host());
      text.append("\r\nuser-agent: Envoy/HC\r\n");
      http.headers().forEach(line -> text.append(line).append("\r\n"));
      return HeadParser.requestOf(text.append("\r\n").toString());
    }

    private Head head(Grpc grpc) {
      return HeadParser.requestOf(
          "POST /grpc.health.v1.Health/Check HTTP/1.1\r\nhost: "
              + grpc.authority()
              + "\r\nuser-agent: Envoy/HC\r\ncontent-type: application/grpc\r\n"
              + "te: trailers\r\n\r\n");
    }

    /** The request of {@code grpc.health.v1.HealthCheckRequest}: field 1, the service's name. */
    private static byte[] message(String service) {
      byte[] name = service.getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      int size = name.length == 0 ? 0 : 1 + (name.length < 128 ? 1 : 2) + name.length;
      out.writeBytes(new byte[] {0, 0, 0, (byte) (size >>> 8), (byte) size});
      if (name.length > 0) {
        out.write(0x0A);
        if (name.length < 128) {
          out.write(name.length);
        } else {
          out.write(name.length & 0x7F | 0x80);
          out.write(name.length >>> 7);
        }
        out.writeBytes(name);
      }
      return out.toByteArray();
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
      return config.probe() instanceof Http http && http.method().equals(Method.HEAD.name());
    }

    @Override
    public void responseHead(boolean endOfStream) {
      if (config.probe() instanceof Tcp tcp && tcp.receive().isEmpty()) {
        finished(Answer.WELL);
      }
    }

    @Override
    public void responseBody(ByteBuf in, int size) {
      int room = Math.min(size, MAX_ANSWER - answer.size());
      byte[] bytes = new byte[room];
      in.readBytes(bytes);
      in.skipBytes(size - room);
      answer.writeBytes(bytes);
      if (config.probe() instanceof Tcp tcp) {
        if (holds(answer.toByteArray(), tcp.receive())) {
          finished(Answer.WELL);
        } else if (answer.size() == MAX_ANSWER) {
          finished(Answer.ILL);
        }
      }
    }

    /** Whether the blocks are there one after the other, with anything between. */
    private static boolean holds(byte[] bytes, List<byte[]> blocks) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int from = 0;
      for (byte[] block : blocks) {
        int at = text.indexOf(new String(block, StandardCharsets.ISO_8859_1), from);
        if (at < 0) {
          return false;
        }
        from = at + block.length;
      }
      return true;
    }

    private void finished(Answer verdict) {
      giveUp();
      ended(verdict);
    }

    @Override
    public void responseEnd() {
      ended(
          switch (config.probe()) {
            case Http http -> verdict(http, response.status());
            case Grpc grpc -> verdict();
            case Tcp tcp -> Answer.NONE;
          });
    }

    private static Answer verdict(Http http, int status) {
      return Range.any(http.expected(), status)
          ? Answer.WELL
          : Range.any(http.retriable(), status) ? Answer.NONE : Answer.ILL;
    }

    /** Well only if the call ended well with {@code SERVING}, field 1 of the message. */
    private Answer verdict() {
      byte[] bytes = answer.toByteArray();
      boolean serving =
          bytes.length >= 7 && bytes[0] == 0 && bytes[5] == 0x08 && bytes[6] == GRPC_SERVING;
      return response.status() == 200 && GrpcStatus.of(trailers, response) == 0 && serving
          ? Answer.WELL
          : Answer.ILL;
    }

    @Override
    public void failed(UpstreamFailure failure, String transportReason) {
      ended(Answer.NONE);
    }

    @Override
    public void writable(boolean writable) {}
  }
}

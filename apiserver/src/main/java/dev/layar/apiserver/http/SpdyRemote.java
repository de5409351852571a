package dev.layar.apiserver.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command's client over SPDY: a stream for each of {@code error}, {@code stdin}, {@code stdout},
 * {@code stderr} and {@code resize}, opened by the client (client-go tools/remotecommand, version
 * 4).
 */
final class SpdyRemote implements Remote {
  static final String PROTOCOL = "v4.channel.k8s.io";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration FOREVER = Duration.ofDays(1);
  private static final byte[] NOTHING = new byte[0];

  private final Upgraded client;
  private final Map<String, Integer> streams = new HashMap<>();
  private final Deque<Object> early = new ConcurrentLinkedDeque<>();

  private SpdyRemote(Upgraded client) {
    this.client = client;
  }

  /** Waits until the client has opened these streams. */
  static SpdyRemote open(Upgraded client, Set<String> expected)
      throws IOException, InterruptedException {
    SpdyRemote remote = new SpdyRemote(client);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!remote.streams.keySet().containsAll(expected)) {
      Object frame = client.take(Duration.ofNanos(end - System.nanoTime()));
      if (frame == null) {
        remote.early.forEach(ReferenceCountUtil::release);
        client.close();
        throw new IOException("the client opened " + remote.streams.keySet() + " of " + expected);
      }
      if (frame instanceof SpdySynStreamFrame stream) {
        remote.streams.put(Spdy.header(stream, "streamtype"), stream.streamId());
        client.send(Spdy.reply(stream));
      } else if (remote.early.size() < 16) {
        remote.early.add(frame);
      } else {
        ReferenceCountUtil.release(frame);
      }
    }
    return remote;
  }

  @Override
  public @Nullable Input take() throws InterruptedException {
    while (true) {
      Object frame = early.isEmpty() ? client.take(FOREVER) : early.poll();
      if (frame == null || frame instanceof SpdyGoAwayFrame) {
        return null;
      }
      try {
        Input input = input(frame);
        if (input != null) {
          return input;
        }
      } finally {
        ReferenceCountUtil.release(frame);
      }
    }
  }

  private @Nullable Input input(Object frame) {
    if (frame instanceof SpdyRstStreamFrame reset) {
      return is("stdin", reset.streamId()) ? new EndOfInput() : null;
    }
    if (!(frame instanceof SpdyDataFrame data)) {
      return null;
    }
    if (is("resize", data.streamId())) {
      return WebSocketRemote.resize(ByteBufUtil.getBytes(data.content()));
    }
    if (!is("stdin", data.streamId())) {
      return null;
    }
    if (data.content().isReadable()) {
      if (data.isLast()) {
        early.addFirst(Spdy.end(data.streamId(), NOTHING));
      }
      return new Data(ByteBufUtil.getBytes(data.content()));
    }
    return data.isLast() ? new EndOfInput() : null;
  }

  private boolean is(String type, int stream) {
    Integer id = streams.get(type);
    return id != null && id == stream;
  }

  @Override
  public void send(Stream stream, byte[] bytes, int length) throws IOException {
    Integer id =
        streams.get(
            switch (stream) {
              case STDOUT -> "stdout";
              case STDERR -> "stderr";
            });
    if (id != null && length > 0) {
      client.send(Spdy.data(id, bytes, length));
    }
  }

  @Override
  public void finish(ObjectNode status) throws IOException, InterruptedException {
    for (String each : new String[] {"stdout", "stderr"}) {
      Integer id = streams.get(each);
      if (id != null) {
        client.send(Spdy.end(id, NOTHING));
      }
    }
    Integer error = streams.get("error");
    if (error != null) {
      client.send(Spdy.end(error, Json.bytes(status)));
    }
    int last = streams.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    client.send(new DefaultSpdyGoAwayFrame(last, SpdySessionStatus.OK));
    client.close(WebSockets.CLOSE_GRACE);
  }

  @Override
  public void close() {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
    client.close();
  }
}

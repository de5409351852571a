package dev.layar.apiserver.http;

import dev.layar.apiserver.Pods;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Carries connections to ports of a pod: over SPDY, where each has a stream for its data and one
 * for an error, over SPDY in WebSocket messages, and over WebSocket channels. Thread-safe; a
 * session holds the thread of its request, and two more a connection.
 */
final class PortForwards {
  /** Connections of one session at the same time. */
  private static final int MOST = 128;

  private static final String SPDY = "portforward.k8s.io";
  private static final String TUNNEL = "SPDY/3.1+portforward.k8s.io";
  private static final byte[] NOTHING = new byte[0];

  private final Pods pods;
  private final WebSockets webSockets;

  PortForwards(Pods pods, WebSockets webSockets) {
    this.pods = pods;
    this.webSockets = webSockets;
  }

  void run(Request request) throws IOException, InterruptedException {
    Exchange exchange = request.exchange();
    if (exchange.wants("websocket")) {
      List<String> ours = new ArrayList<>(List.of(TUNNEL));
      ours.addAll(WebSocketRemote.PROTOCOLS);
      String chosen = WebSockets.choose(exchange, ours);
      if (chosen.isEmpty()) {
        throw Statuses.badRequest("expected one of the subprotocols " + ours);
      }
      if (chosen.equals(TUNNEL)) {
        new Session(request, webSockets.accept(exchange, chosen, Spdy::tunnel)).run();
      } else {
        new Channels(request, chosen).run();
      }
    } else if (exchange.wants("SPDY/3.1")
        && exchange.headers("X-Stream-Protocol-Version").contains(SPDY)) {
      new Session(request, Spdy.accept(exchange, SPDY)).run();
    } else {
      throw Statuses.badRequest("Upgrade request required: websocket or SPDY/3.1 with " + SPDY);
    }
  }

  private Forward connect(Request request, int port, Forward.Client client) {
    return Forward.start(
        () -> pods.address(request.target().namespace(), request.target().name(), port), client);
  }

  /** One client over SPDY. Used by one thread, but for what {@link Forward}s send. */
  private final class Session {
    private final Request request;
    private final Upgraded client;
    private final Map<String, Integer> errors = new HashMap<>();
    private final Map<Integer, Forward> forwards = new HashMap<>();
    private int last;

    Session(Request request, Upgraded client) {
      this.request = request;
      this.client = client;
    }

    void run() throws IOException, InterruptedException {
      try {
        Object frame = client.take();
        while (frame != null && !(frame instanceof SpdyGoAwayFrame)) {
          try {
            received(frame);
          } finally {
            ReferenceCountUtil.release(frame);
          }
          frame = client.take();
        }
        if (frame != null) {
          client.send(new DefaultSpdyGoAwayFrame(last, SpdySessionStatus.OK));
        }
      } finally {
        forwards.values().forEach(Forward::close);
        client.close();
      }
    }

    private void received(Object frame) throws IOException, InterruptedException {
      switch (frame) {
        case SpdySynStreamFrame stream -> opened(stream);
        case SpdyDataFrame data -> data(data);
        case SpdyRstStreamFrame reset -> {
          Forward forward = forwards.remove(reset.streamId());
          if (forward != null) {
            forward.close();
          }
        }
        default -> {}
      }
    }

    private void opened(SpdySynStreamFrame stream) throws IOException {
      last = stream.streamId();
      forwards.values().removeIf(Forward::isOver);
      if (forwards.size() >= MOST || errors.size() >= MOST) {
        client.send(
            new DefaultSpdyRstStreamFrame(stream.streamId(), SpdyStreamStatus.REFUSED_STREAM));
        return;
      }
      client.send(Spdy.reply(stream));
      String id = Spdy.header(stream, "requestid");
      if (Spdy.header(stream, "streamtype").equals("error")) {
        errors.put(id, stream.streamId());
        return;
      }
      Integer error = errors.remove(id);
      forwards.put(
          stream.streamId(),
          connect(
              request,
              port(Spdy.header(stream, "port")),
              new SpdyClient(client, stream.streamId(), error == null ? 0 : error)));
    }

    private void data(SpdyDataFrame data) throws InterruptedException {
      Forward forward = forwards.get(data.streamId());
      if (forward == null) {
        return;
      }
      if (data.content().isReadable()) {
        forward.send(ByteBufUtil.getBytes(data.content()));
      }
      if (data.isLast()) {
        forward.endOfInput();
      }
    }
  }

  /** The port of a header; 0 for what is none, which no pod has. */
  private static int port(String text) {
    return text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
  }

  /** A connection's two streams. Thread-safe. */
  private record SpdyClient(Upgraded client, int data, int error) implements Forward.Client {
    @Override
    public void send(byte[] bytes, int length) throws IOException {
      client.send(Spdy.data(data, bytes, length));
    }

    @Override
    public void end(String failure) throws IOException {
      if (error != 0) {
        client.send(Spdy.end(error, failure.getBytes(StandardCharsets.UTF_8)));
      }
      client.send(Spdy.end(data, NOTHING));
    }
  }

  /**
   * One client over WebSocket channels: {@code 2i} carries the data of the i-th port, {@code 2i+1}
   * its error; the first message on each is the port (kubelet, server/portforward).
   */
  private final class Channels {
    private final Request request;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Forward> forwards = new ArrayList<>();
    private final Upgraded client;

    Channels(Request request, String protocol) throws IOException {
      this.request = request;
      for (String value : request.exchange().query().all("ports")) {
        for (String each : value.split(",")) {
          ports.add(port(each));
        }
      }
      if (ports.isEmpty() || ports.size() > MOST || ports.contains(0)) {
        throw Statuses.badRequest("the parameter ports must name ports from 1 to 65535");
      }
      this.client = webSockets.accept(request.exchange(), protocol);
    }

    void run() throws IOException, InterruptedException {
      try {
        for (int i = 0; i < ports.size(); i++) {
          int port = ports.get(i);
          byte[] number = {(byte) port, (byte) (port >> 8)};
          message(2 * i, number, 2);
          message(2 * i + 1, number, 2);
          forwards.add(connect(request, port, new ChannelClient(2 * i)));
        }
        Object frame = client.take();
        while (frame instanceof WebSocketFrame message && !(frame instanceof CloseWebSocketFrame)) {
          try {
            received(message.content());
          } finally {
            message.release();
          }
          frame = client.take();
        }
        ReferenceCountUtil.release(frame);
      } finally {
        forwards.forEach(Forward::close);
        client.close();
      }
    }

    private void received(ByteBuf content) throws InterruptedException {
      if (!content.isReadable()) {
        return;
      }
      int channel = content.readUnsignedByte();
      if (channel == 255 && content.isReadable()) {
        int closed = content.readUnsignedByte();
        if (closed % 2 == 0 && closed / 2 < forwards.size()) {
          forwards.get(closed / 2).endOfInput();
        }
      } else if (channel % 2 == 0 && channel / 2 < forwards.size() && content.isReadable()) {
        forwards.get(channel / 2).send(ByteBufUtil.getBytes(content));
      }
    }

    private void message(int channel, byte[] bytes, int length) throws IOException {
      client.send(
          new BinaryWebSocketFrame(
              Unpooled.wrappedBuffer(
                  Unpooled.wrappedBuffer(new byte[] {(byte) channel}),
                  Unpooled.copiedBuffer(bytes, 0, length))));
    }

    /** A port's two channels. Thread-safe. */
    private final class ChannelClient implements Forward.Client {
      private final int channel;

      ChannelClient(int channel) {
        this.channel = channel;
      }

      @Override
      public void send(byte[] bytes, int length) throws IOException {
        message(channel, bytes, length);
      }

      @Override
      public void end(String failure) throws IOException {
        if (!failure.isEmpty()) {
          byte[] text = failure.getBytes(StandardCharsets.UTF_8);
          message(channel + 1, text, text.length);
        }
        if (forwards.size() <= 1) {
          client.send(new CloseWebSocketFrame(1000, ""));
        }
      }
    }
  }
}

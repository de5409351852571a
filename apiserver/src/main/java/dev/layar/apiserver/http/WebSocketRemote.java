package dev.layar.apiserver.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A command's client over WebSocket: the first byte of each message is its channel
 * (k8s.io/apimachinery util/remotecommand). The fifth version adds the end of input to the fourth.
 */
final class WebSocketRemote implements Remote {
  /** The better one first. */
  static final List<String> PROTOCOLS = List.of("v5.channel.k8s.io", "v4.channel.k8s.io");

  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int STATUS = 3;
  private static final int RESIZE = 4;
  private static final int CLOSE = 255;
  private static final Duration FOREVER = Duration.ofDays(1);

  private final Upgraded client;

  WebSocketRemote(Upgraded client) {
    this.client = client;
  }

  @Override
  public @Nullable Input take() throws InterruptedException {
    while (true) {
      Object message = client.take(FOREVER);
      if (!(message instanceof WebSocketFrame frame)) {
        return null;
      }
      try {
        if (frame instanceof CloseWebSocketFrame) {
          return null;
        }
        Input input = input(frame.content());
        if (input != null) {
          return input;
        }
      } finally {
        frame.release();
      }
    }
  }

  /** What a message means; null for nothing, as the first empty ones of some clients. */
  static @Nullable Input input(ByteBuf content) {
    if (!content.isReadable()) {
      return null;
    }
    int channel = content.readUnsignedByte();
    return switch (channel) {
      case STDIN -> content.isReadable() ? new Data(ByteBufUtil.getBytes(content)) : null;
      case RESIZE -> resize(ByteBufUtil.getBytes(content));
      case CLOSE ->
          content.isReadable() && content.readUnsignedByte() == STDIN ? new EndOfInput() : null;
      default -> null;
    };
  }

  /** {@code {"Width":101,"Height":33}}; null for anything else. */
  static @Nullable Resize resize(byte[] json) {
    JsonNode size = Json.tryParse(json);
    int columns = size.path("Width").asInt(0);
    int rows = size.path("Height").asInt(0);
    boolean sane = columns > 0 && rows > 0 && columns < 1 << 16 && rows < 1 << 16;
    return sane ? new Resize(columns, rows) : null;
  }

  @Override
  public void send(Stream stream, byte[] bytes, int length) throws IOException {
    send(
        switch (stream) {
          case STDOUT -> STDOUT;
          case STDERR -> STDERR;
        },
        bytes,
        length);
  }

  private void send(int channel, byte[] bytes, int length) throws IOException {
    client.send(
        new BinaryWebSocketFrame(
            Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(new byte[] {(byte) channel}),
                Unpooled.copiedBuffer(bytes, 0, length))));
  }

  /** Without the Close at the end kubectl loses the exit code. */
  @Override
  public void finish(ObjectNode status) throws IOException, InterruptedException {
    byte[] json = Json.bytes(status);
    send(STATUS, json, json.length);
    client.send(new CloseWebSocketFrame(1000, ""));
    client.close(WebSockets.CLOSE_GRACE);
  }

  @Override
  public void close() {
    client.close();
  }
}

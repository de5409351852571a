package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.layar.apiserver.StatusException;
import dev.layar.testkit.Seeded;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged bytes on real connections: whatever comes, the server goes on and gives every session's
 * place back, of which there are only two here.
 */
class DamageTest {
  private static final ServerOptions.Limits FEW =
      new ServerOptions.Limits(1 << 16, 1 << 14, 100, 4, 4, 2, Duration.ofSeconds(30));

  @TempDir static Path directory;
  private static Running running;

  @BeforeAll
  static void start() throws Exception {
    running = new Running(directory, FEW, _ -> List.of());
    running.kubectl.runWith(Manifests.POD, "apply", "-f", "-").ok();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  private static byte[] damaged(byte[] good, Seeded random) {
    byte[] bytes = Arrays.copyOf(good, 1 + random.below(good.length));
    for (int i = random.below(8); i >= 0; i--) {
      bytes[random.below(bytes.length)] = (byte) random.below(256);
    }
    return bytes;
  }

  /** Sends, says goodbye and reads what comes until the server closes too. */
  private static void sendAndLeave(SSLSocket socket, byte[] bytes) {
    try (socket) {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (IOException closed) {
      assertThat(closed).isNotInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  private static SSLSocket upgraded(String line, String... headers) {
    try {
      SSLSocket socket = Raw.connect(running.server);
      socket.getOutputStream().write(Raw.request(running.server, line, headers));
      assertThat(Raw.head(socket.getInputStream())).startsWith("HTTP/1.1 101");
      return socket;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void stillServes() throws Exception {
    assertThat(running.kubectl.run("get", "--raw", "/readyz").ok()).isEqualTo("ok");
    assertThat(running.kubectl.run("exec", "sleep", "-c", "app", "--", "echo", "hi").ok())
        .isEqualTo("hi\n");
  }

  @Test
  void boundsWatches() throws Exception {
    List<SSLSocket> watches = new java.util.ArrayList<>();
    try {
      for (int i = 0; i < FEW.watches(); i++) {
        watches.add(watch("HTTP/1.1 200"));
      }
      watches.add(watch("HTTP/1.1 429"));
    } finally {
      for (SSLSocket each : watches) {
        each.close();
      }
    }
    await()
        .untilAsserted(
            () -> {
              try (SSLSocket again = watch("HTTP/1.1 200")) {
                assertThat(again.isConnected()).isTrue();
              }
            });
  }

  private static SSLSocket watch(String expected) throws Exception {
    SSLSocket socket = Raw.connect(running.server);
    socket
        .getOutputStream()
        .write(Raw.request(running.server, "GET /api/v1/pods?watch=1&resourceVersion=0"));
    assertThat(Raw.head(socket.getInputStream())).startsWith(expected);
    return socket;
  }

  @Test
  void survivesDamagedRequests() throws Exception {
    byte[] good =
        new String(
                Raw.request(
                    running.server,
                    "POST /api/v1/namespaces/default/configmaps?dryRun=All",
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked"),
                StandardCharsets.UTF_8)
            .concat("1e\r\n{\"metadata\":{\"name\":\"damaged\"}}\r\n0\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    Seeded.forSeeds(
        1,
        50,
        random -> {
          try {
            sendAndLeave(Raw.connect(running.server), damaged(good, random));
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    stillServes();
  }

  @Test
  void survivesDamagedWebSocketMessages() throws Exception {
    ByteArrayOutputStream good = new ByteArrayOutputStream();
    for (byte[] payload :
        List.of(
            new byte[] {0, 'h', 'i', '\n'},
            "\4{\"Width\":80,\"Height\":24}".getBytes(StandardCharsets.UTF_8),
            new byte[] {(byte) 255, 0})) {
      good.write(0x82);
      good.write(0x80 | payload.length);
      good.write(new byte[4]);
      good.write(payload);
    }
    Seeded.forSeeds(
        1,
        20,
        random ->
            sendAndLeave(
                upgraded(
                    "GET /api/v1/namespaces/default/pods/sleep/exec?command=cat&stdin=1&stdout=1",
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                    "Sec-WebSocket-Protocol: v5.channel.k8s.io"),
                damaged(good.toByteArray(), random)));
    stillServes();
  }

  @Test
  void survivesDamagedSpdyFrames() throws Exception {
    byte[] good = spdy();
    Seeded.forSeeds(
        1,
        20,
        random ->
            sendAndLeave(
                upgraded(
                    "POST /api/v1/namespaces/default/pods/sleep/portforward",
                    "Connection: Upgrade",
                    "Upgrade: SPDY/3.1",
                    "Content-Length: 0",
                    "X-Stream-Protocol-Version: portforward.k8s.io"),
                damaged(good, random)));
    stillServes();
  }

  private static byte[] spdy() {
    EmbeddedChannel encoder =
        new EmbeddedChannel(
            new SpdyFrameCodec(SpdyVersion.SPDY_3_1, 1 << 15, 1 << 14, 6, 15, 8, false));
    int id = 1;
    for (String type : List.of("error", "data")) {
      DefaultSpdySynStreamFrame open = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
      open.headers().set("streamtype", type).set("port", "9").set("requestid", "0");
      encoder.writeOutbound(open);
      id += 2;
    }
    encoder.writeOutbound(new DefaultSpdyPingFrame(1));
    encoder.writeOutbound(
        new DefaultSpdyDataFrame(3, Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8)));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (io.netty.buffer.ByteBuf part = encoder.readOutbound();
        part != null;
        part = encoder.readOutbound()) {
      all.writeBytes(ByteBufUtil.getBytes(part));
      part.release();
    }
    encoder.finishAndReleaseAll();
    return all.toByteArray();
  }

  @Test
  void readsDamagedPathsQueriesAndChannels() {
    byte[] path =
        "/apis/networking.istio.io/v1/namespaces/default/virtualservices/a%20b/status"
            .getBytes(StandardCharsets.UTF_8);
    byte[] query = "watch=1&labelSelector=a%3Db&limit=500&x".getBytes(StandardCharsets.UTF_8);
    byte[] accept =
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
            .getBytes(StandardCharsets.UTF_8);
    Seeded.forSeeds(
        1,
        2_000,
        random -> {
          try {
            Target.of(Target.parts(text(path, random)));
            Query parsed = Query.parse(text(query, random));
            parsed.flag("watch");
            parsed.number("limit", 0);
            View.of(List.of(text(accept, random)));
          } catch (StatusException e) {
            assertThat(e.code()).isIn(400, 404, 406);
          }
          byte[] message =
              damaged("\4{\"Width\":80,\"Height\":24}".getBytes(StandardCharsets.UTF_8), random);
          WebSocketRemote.input(Unpooled.wrappedBuffer(message));
        });
  }

  private static String text(byte[] good, Seeded random) {
    return new String(damaged(good, random), StandardCharsets.ISO_8859_1);
  }
}

package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.net.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The TCP proxy on real sockets: what passes, what is refused, and what is counted and logged. */
class TcpProxyTest {
  private static final int LIMIT = 64 * 1024;
  private static final long FLOOD = 32L * 1024 * 1024;

  private static final TestUpstream.Script ECHO =
      connection -> {
        connection.echo();
        connection.halfClose();
      };

  private static Socket connect(World world) throws IOException {
    return new Socket(world.address().getAddress(), world.address().getPort());
  }

  private static String all(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void halfClosesPassInBothDirections(Transport transport) throws Exception {
    try (TestUpstream upstream = TestUpstream.of(ECHO);
        World world = World.start(Transport.choose(transport.name()), 2)) {
      world.cluster("web", upstream.port()).listenTcp("", "cluster: web");
      try (Socket client = connect(world)) {
        client.getOutputStream().write("hello".getBytes(StandardCharsets.ISO_8859_1));
        client.shutdownOutput();
        assertThat(all(client)).isEqualTo("hello");
      }
      world.await(() -> world.stat("tcp.main.downstream_cx_active") == 0);
      assertThat(world.log(1)).containsExactly("- 5 5 web - 0 -");
      assertThat(world.stat("tcp.main.downstream_cx_total")).isOne();
      assertThat(world.stat("tcp.main.downstream_cx_rx_bytes_total")).isEqualTo(5);
      assertThat(world.stat("tcp.main.downstream_cx_tx_bytes_total")).isEqualTo(5);
      assertThat(world.stat("cluster.web.upstream_cx_total")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_rx_bytes_total")).isEqualTo(5);
      assertThat(world.stat("cluster.web.upstream_cx_tx_bytes_total")).isEqualTo(5);
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
    }
  }

  @Test
  void theUpstreamMaySpeakFirstAndEndFirst() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.send("220 ready\r\n");
                  connection.halfClose();
                  connection.echoNothing();
                });
        World world = World.start()) {
      world.cluster("web", upstream.port()).listenTcp("", "cluster: web");
      try (Socket client = connect(world)) {
        assertThat(all(client)).isEqualTo("220 ready\r\n");
        client.getOutputStream().write(new byte[7]);
      }
      world.await(() -> world.stat("tcp.main.downstream_cx_active") == 0);
      assertThat(world.log(1)).containsExactly("- 7 11 web - 0 -");
    }
  }

  @Test
  void anUpstreamThatRefusesClosesTheClient() throws Exception {
    try (World world = World.start().cluster("web", TestUpstream.refusedPort())) {
      world.listenTcp("", "cluster: web", "max_connect_attempts: 3");
      assertRefused(world, "UF,URX 0 0 web - 0 -");
      assertThat(world.stat("cluster.web.upstream_cx_connect_fail")).isEqualTo(3);
      assertThat(world.stat("cluster.web.upstream_cx_connect_attempts_exceeded")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
    }
  }

  @Test
  void aClusterWithoutEndpointsIsABlackHole() throws Exception {
    try (World world = World.start().cluster("BlackHoleCluster")) {
      world.listenTcp("", "cluster: BlackHoleCluster");
      assertRefused(world, "UH 0 0 BlackHoleCluster - 0 -");
      assertThat(world.stat("cluster.BlackHoleCluster.upstream_cx_none_healthy")).isOne();
    }
  }

  @Test
  void aMissingClusterClosesTheClient() throws Exception {
    try (World world = World.start()) {
      world.listenTcp("", "cluster: absent");
      assertRefused(world, "NC 0 0 absent - 0 -");
      assertThat(world.stat("tcp.main.downstream_cx_no_route")).isOne();
    }
  }

  @Test
  void theBreakerLimitsConnections() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(ECHO);
        World world = World.start()) {
      world
          .cluster("web", "circuit_breakers: {thresholds: [{max_connections: 1}]}", upstream.port())
          .listenTcp("", "cluster: web");
      try (Socket first = connect(world)) {
        first.getOutputStream().write('x');
        assertThat(first.getInputStream().read()).isEqualTo('x');
        assertRefused(world, "UO 0 0 web - 0 -");
        assertThat(world.stat("cluster.web.upstream_cx_overflow")).isOne();
      }
      world.await(() -> world.stat("cluster.web.upstream_cx_active") == 0);
      try (Socket again = connect(world)) {
        again.getOutputStream().write('y');
        assertThat(again.getInputStream().read()).isEqualTo('y');
      }
    }
  }

  @Test
  void weightsChooseAmongClusters() throws Exception {
    try (TestUpstream one = TestUpstream.of(connection -> connection.send("1"));
        TestUpstream two = TestUpstream.of(connection -> connection.send("2"));
        World world = World.start()) {
      world
          .cluster("one", one.port())
          .cluster("two", two.port())
          .listenTcp(
              "",
              "weighted_clusters: {clusters: [{name: one, weight: 1}, {name: two, weight: 3}]}");
      int second = 0;
      for (int i = 0; i < 60; i++) {
        try (Socket client = connect(world)) {
          second += all(client).equals("2") ? 1 : 0;
        }
      }
      assertThat(second).isBetween(32, 57);
    }
  }

  @Test
  void idleSessionsEnd() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(ECHO);
        World world = World.start()) {
      world.cluster("web", upstream.port()).listenTcp("", "cluster: web", "idle_timeout: 0.2s");
      try (Socket client = connect(world)) {
        assertThat(client.getInputStream().read()).isNegative();
      }
      assertThat(world.log(1)).containsExactly("- 0 0 web tcp_session_idle_timeout 0 -");
      assertThat(world.stat("tcp.main.idle_timeout")).isOne();
    }
  }

  @Test
  void sessionsHaveAMaximumDuration() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(ECHO);
        World world = World.start()) {
      world
          .cluster("web", upstream.port())
          .listenTcp("", "cluster: web", "max_downstream_connection_duration: 0.2s");
      try (Socket client = connect(world)) {
        assertThat(client.getInputStream().read()).isNegative();
      }
      assertThat(world.log(1)).containsExactly("DT 0 0 web max_connection_duration_reached 0 -");
    }
  }

  @Test
  void aResetOfTheUpstreamResetsTheClient() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.skip(1);
                  connection.reset();
                });
        World world = World.start()) {
      world.cluster("web", upstream.port()).listenTcp("", "cluster: web");
      try (Socket client = connect(world)) {
        client.getOutputStream().write('x');
        assertThat(endedByReset(client)).isTrue();
      }
      assertThat(world.log(1)).containsExactly("UC 1 0 web - 0 -");
    }
  }

  private static boolean endedByReset(Socket client) throws IOException {
    try {
      return client.getInputStream().read() >= 0;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aSlowReaderStopsItsSenderAndCostsNoMoreThanTheLimit(Transport transport) throws Exception {
    CountDownLatch mayRead = new CountDownLatch(1);
    CompletableFuture<Long> arrived = new CompletableFuture<>();
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  mayRead.await();
                  arrived.complete(connection.drain());
                });
        World world = World.start(Transport.choose(transport.name()), 1)) {
      world
          .cluster("web", upstream.port())
          .listenTcp("per_connection_buffer_limit_bytes: " + LIMIT, "cluster: web");
      try (Socket client = connect(world)) {
        Thread writer = Thread.ofVirtual().start(() -> flood(client));
        AtomicLong last = new AtomicLong(-1);
        long[] since = {System.nanoTime()};
        world.await(
            () -> unchanged(world.stat("tcp.main.downstream_cx_rx_bytes_total"), last, since));
        long taken = world.stat("tcp.main.downstream_cx_rx_bytes_total");
        assertThat(taken).isPositive().isLessThan(FLOOD / 2);
        assertThat(world.stat("tcp.main.downstream_flow_control_paused_reading_total"))
            .isPositive();
        assertThat(world.server().usedDirectMemory()).isLessThan(LIMIT * 4L + (1 << 20));
        mayRead.countDown();
        assertThat(arrived.get()).isEqualTo(FLOOD);
        writer.join();
      }
    }
  }

  /** Whether a number above 0 has stayed the same for a while. */
  private static boolean unchanged(long now, AtomicLong last, long[] since) {
    if (now == 0 || last.getAndSet(now) != now) {
      since[0] = System.nanoTime();
      return false;
    }
    return System.nanoTime() - since[0] > 300_000_000L;
  }

  private static void flood(Socket client) {
    byte[] piece = new byte[64 * 1024];
    try {
      OutputStream out = client.getOutputStream();
      for (long sent = 0; sent < FLOOD; sent += piece.length) {
        out.write(piece);
      }
      client.shutdownOutput();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertRefused(World world, String line) throws Exception {
    try (Socket client = connect(world);
        InputStream in = client.getInputStream()) {
      assertThat(in.read()).isNegative();
    }
    assertThat(world.log(1)).contains(line);
  }
}

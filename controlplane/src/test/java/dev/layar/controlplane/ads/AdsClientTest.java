package dev.layar.controlplane.ads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.ads.AdsClient;
import dev.layar.proxy.ads.AdsClientOptions;
import dev.layar.proxy.ads.AdsClientOptions.Variant;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The proxy's client against the server, on real sockets. */
class AdsClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final InetSocketAddress ONE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
  private static final InetSocketAddress TWO =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);

  private final FixedSource source = new FixedSource();
  private final RecordingSink sink = new RecordingSink();
  private final List<AutoCloseable> open = new ArrayList<>();

  private AdsServer start(AdsServerOptions options) throws Exception {
    AdsServer server = AdsServer.start(options, source);
    open.add(server);
    return server;
  }

  private AdsClient connect(AdsServer server, Variant variant) {
    AdsClientOptions options =
        AdsClientOptions.of(server.address(), Node.newBuilder().setId("proxy").build())
            .withVariant(variant)
            .withRetry(Duration.ofMillis(5), Duration.ofMillis(50));
    AdsClient client = AdsClient.start(options, sink);
    open.add(client);
    return client;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  /** Waits until the proxy is connected and has answered everything. */
  private SyncResult settled(AdsServer server, long revision) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (server.syncStatus().isEmpty()) {
      assertThat(System.nanoTime()).as("connected within %s", PATIENCE).isLessThan(deadline);
      server.awaitSettled(Long.MAX_VALUE, Duration.ofMillis(1));
      Thread.onSpinWait();
    }
    return server.awaitSettled(revision, PATIENCE);
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void followsChanges(Variant variant) throws Exception {
    AdsServer server = start(AdsServerOptions.loopback());
    XdsResource cluster = Mesh.cluster("c");
    long first = source.serve(List.of(cluster, Mesh.endpoints("c", ONE)));
    connect(server, variant);
    assertThat(settled(server, first).accepted()).isTrue();
    assertThat(sink.held()).containsExactly("CDS c", "EDS c");

    XdsResource moved = Mesh.endpoints("c", TWO);
    long second = source.serve(List.of(cluster, moved));
    server.changed();
    assertThat(settled(server, second).accepted()).isTrue();
    assertThat(sink.holds(moved)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void refusesOneByOne(Variant variant) throws Exception {
    AdsServer server = start(AdsServerOptions.loopback());
    long revision = source.serve(List.of(Mesh.cluster("bad"), Mesh.cluster("good")));
    connect(server, variant);
    SyncResult result = settled(server, revision);
    assertThat(result.settled()).isTrue();
    assertThat(result.refused().getFirst().types().getFirst().nackText())
        .contains("bad: error T1 name: no bad names");
    assertThat(sink.held()).containsExactly("CDS good");
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void keepsWhatItHasWhileTheServerIsAwayAndCatchesUp(Variant variant) throws Exception {
    AdsServer server = start(AdsServerOptions.loopback());
    XdsResource cluster = Mesh.cluster("c");
    long revision = source.serve(List.of(cluster, Mesh.endpoints("c", ONE)));
    connect(server, variant);
    settled(server, revision);
    int applied = sink.applied();

    server.close();
    assertThat(sink.held()).containsExactly("CDS c", "EDS c");
    server = start(AdsServerOptions.loopback().withAddress(server.address()));
    settled(server, revision);
    if (variant == Variant.DELTA) {
      assertThat(sink.applied()).as("an unchanged state costs no resend").isEqualTo(applied);
    }

    server.close();
    XdsResource moved = Mesh.endpoints("c", TWO);
    long newer = source.serve(List.of(cluster, moved));
    server = start(AdsServerOptions.loopback().withAddress(server.address()));
    assertThat(settled(server, newer).accepted()).isTrue();
    assertThat(sink.holds(moved)).isTrue();
  }
}

package dev.layar.controlplane.ads;

import static dev.layar.controlplane.ads.RawClient.hello;
import static dev.layar.controlplane.ads.RawClient.to;
import static dev.layar.xds.ResourceType.CLUSTER;
import static dev.layar.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import dev.layar.base.SplitMix64;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.server.SessionLimits;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that behave, and clients that do not, on real sockets. */
class AdsServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final InetSocketAddress SOMEWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private final FixedSource source = new FixedSource();
  private final List<AutoCloseable> open = new ArrayList<>();
  private AdsServer server;

  @BeforeEach
  void start() throws Exception {
    start(AdsServerOptions.loopback());
  }

  /** Another server in place of the first, for a test with its own limits. */
  private void start(AdsServerOptions options) throws Exception {
    server = AdsServer.start(options, source);
    open.add(server);
  }

  private RawClient client() {
    RawClient client = new RawClient(server.address());
    open.add(client);
    return client;
  }

  private RawClient deafClient() {
    RawClient client = new RawClient(server.address(), false);
    open.add(client);
    return client;
  }

  private long serve(XdsResource... resources) {
    long revision = source.serve(List.of(resources));
    server.changed();
    return revision;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  /** A well-behaved client gets a change and the server knows that it did. */
  private void assertServes(RawClient client, String cluster) throws Exception {
    long revision = serve(Mesh.cluster(cluster));
    boolean seen = false;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!settled(revision)) {
      assertThat(System.nanoTime()).as("served within %s", PATIENCE).isLessThan(deadline);
      DeltaDiscoveryResponse response = client.nextWithin(Duration.ofMillis(5));
      if (response != null) {
        seen |=
            response.getResourcesList().stream().map(Resource::getName).anyMatch(cluster::equals);
        client.ack(response);
      }
    }
    assertThat(seen).as("%s was served", cluster).isTrue();
  }

  private boolean settled(long revision) {
    return server.syncStatus().stream()
        .anyMatch(sync -> sync.proxy().equals("good") && sync.settledRevision() >= revision);
  }

  private RawClient goodClient() {
    RawClient client = client();
    client.send(hello("good", CLUSTER));
    return client;
  }

  @Test
  void servesBoundToLoopbackOnAFreePort() throws Exception {
    assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
    assertThat(server.address().getPort()).isPositive();
    RawClient good = goodClient();
    assertThat(good.next().getResourcesList()).isEmpty();
  }

  @Test
  void aRefusalIsRecordedAndAnsweredWithSilence() throws Exception {
    long revision = serve(Mesh.cluster("c"));
    RawClient client = goodClient();
    DeltaDiscoveryResponse response = client.next();
    client.send(
        to(CLUSTER)
            .setResponseNonce(response.getNonce())
            .setErrorDetail(
                com.google.rpc.Status.newBuilder()
                    .setCode(Code.INTERNAL_VALUE)
                    .setMessage("c: not like this")));
    SyncResult result = server.awaitSettled(revision, PATIENCE);
    assertThat(result.settled()).isTrue();
    assertThat(result.accepted()).isFalse();
    assertThat(result.refused().getFirst().types().getFirst().nackText())
        .isEqualTo("c: not like this");
    assertThat(server.totals().nacks()).isEqualTo(1);
    assertThat(server.totals().responses()).isEqualTo(1);
    assertThat(client.unread()).isNull();
  }

  @Test
  void aClientWithoutAnIdIsTurnedAway() throws Exception {
    RawClient nobody = client();
    nobody.send(to(CLUSTER));
    Status status = nobody.end();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("node.id");
    assertServes(goodClient(), "c1");
  }

  @Test
  void aClientThatNeverSpeaksIsClosed() throws Exception {
    start(AdsServerOptions.loopback().withFirstRequestWithin(Duration.ofMillis(20)));
    assertThat(client().end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  @Test
  void streamsAreCounted() throws Exception {
    start(AdsServerOptions.loopback().withMaxStreams(1));
    RawClient good = goodClient();
    good.ack(good.next());
    RawClient second = client();
    second.send(hello("second", CLUSTER));
    assertThat(second.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertServes(good, "c1");
  }

  @Test
  void tooManyNamesEndTheStream() throws Exception {
    start(AdsServerOptions.loopback().withLimits(new SessionLimits(10, 100, 1 << 20)));
    RawClient greedy = client();
    DeltaDiscoveryRequest.Builder request = hello("greedy", ENDPOINT);
    for (int i = 0; i < 11; i++) {
      request.addResourceNamesSubscribe("name" + i);
    }
    greedy.send(request);
    assertThat(greedy.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertServes(goodClient(), "c1");
  }

  @Test
  void aMessageOverTheLimitEndsTheStream() throws Exception {
    RawClient greedy = client();
    greedy.send(hello("greedy", ENDPOINT).addResourceNamesSubscribe("x".repeat(9 << 20)));
    assertThat(greedy.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertServes(goodClient(), "c1");
  }

  @Test
  void aClientThatNeverAnswersHoldsUpNobody() throws Exception {
    RawClient silent = client();
    silent.send(hello("silent", CLUSTER));
    RawClient good = goodClient();
    for (int i = 0; i < 20; i++) {
      assertServes(good, "c" + i);
    }
    SyncResult result = server.awaitSettled(20, Duration.ofMillis(1));
    assertThat(result.behind()).extracting(ProxySync::proxy).containsExactly("silent");
    silent.next();
    assertThat(silent.unread()).as("one response until it answers").isNull();
  }

  @Test
  void aClientThatNeverReadsHoldsUpNobody() throws Exception {
    XdsResource[] many = new XdsResource[20_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = Mesh.cluster("a-cluster-with-a-name-of-some-length-" + i);
    }
    serve(many);
    RawClient deaf = deafClient();
    deaf.send(hello("deaf", CLUSTER));
    RawClient good = goodClient();
    for (int i = 0; i < 20; i++) {
      assertServes(good, "c" + i);
    }
  }

  @Test
  void aClientThatFloodsHoldsUpNobody() throws Exception {
    start(AdsServerOptions.loopback().withMaxRequestsPerSecond(200));
    serve(Mesh.cluster("c"), Mesh.endpoints("c", SOMEWHERE));
    RawClient flood = client();
    flood.send(hello("flood", CLUSTER));
    for (int i = 0; i < 20_000; i++) {
      flood.send(to(ENDPOINT).addResourceNamesSubscribe("c").setResponseNonce("none" + i));
    }
    RawClient good = goodClient();
    for (int i = 0; i < 10; i++) {
      assertServes(good, "c" + i);
    }
    assertThat(server.totals().requests()).as("read, not all that was sent").isLessThan(20_000);
  }

  @Test
  void aSnapshotThatCannotBeComputedHoldsUpNobody() throws Exception {
    RawClient cursed = client();
    cursed.send(hello("cursed", CLUSTER));
    RawClient good = goodClient();
    assertServes(good, "c1");
    assertThat(server.totals().failedPushes()).isPositive();
  }

  @Test
  void garbageHarmsNobody() throws Exception {
    RawClient good = goodClient();
    for (long seed = 1; seed <= 40; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      RawClient garbage = client();
      garbage.send(hello("garbage" + seed, CLUSTER));
      for (int i = 0; i < 50; i++) {
        garbage.send(randomRequest(random));
      }
      assertServes(good, "c" + seed);
    }
    assertThat(server.totals().unknownTypes()).isPositive();
    assertThat(server.totals().stale()).isPositive();
  }

  @Test
  void bytesThatAreNotHttpHarmNobody() throws Exception {
    RawClient good = goodClient();
    for (long seed = 1; seed <= 20; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      byte[] bytes = new byte[1 + random.below(4_096)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) random.below(256);
      }
      try (Socket socket = new Socket()) {
        socket.connect(server.address());
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        assertServes(good, "c" + seed);
      }
    }
  }

  private static DeltaDiscoveryRequest.Builder randomRequest(SplitMix64 random) {
    DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder();
    ResourceType[] types = ResourceType.values();
    request.setTypeUrl(
        random.below(3) == 0 ? text(random) : types[random.below(types.length)].typeUrl());
    for (int i = random.below(4); i > 0; i--) {
      request.addResourceNamesSubscribe(random.below(3) == 0 ? "*" : text(random));
    }
    for (int i = random.below(4); i > 0; i--) {
      request.addResourceNamesUnsubscribe(random.below(3) == 0 ? "*" : text(random));
    }
    if (random.below(2) == 0) {
      request.setResponseNonce(Integer.toString(random.below(8)));
    }
    if (random.below(3) == 0) {
      request.setErrorDetail(
          com.google.rpc.Status.newBuilder().setCode(random.below(99)).setMessage(text(random)));
    }
    if (random.below(3) == 0) {
      request.putInitialResourceVersions(text(random), text(random));
    }
    return request;
  }

  private static String text(SplitMix64 random) {
    byte[] bytes = new byte[random.below(12)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.below(128);
    }
    return ByteString.copyFrom(bytes).toStringUtf8();
  }
}

package dev.layar.controlplane.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.server.TypeStatus;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.xds.XdsNameResolverProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * gRPC's own xDS client, which this project did not write, against the ADS server: real RPCs over a
 * channel that is configured by nothing else.
 */
class GrpcConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TARGET = "greeter.default.svc.cluster.local:8080";
  private static final String ROUTE = "greeter-route";
  private static final String CLUSTER = "outbound|8080||greeter.default.svc.cluster.local";
  private static final MethodDescriptor<StringValue, StringValue> WHO =
      MethodDescriptor.<StringValue, StringValue>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("layar.test.Greeter/Who")
          .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .build();

  private final FixedSource source = new FixedSource();
  private final List<AutoCloseable> open = new ArrayList<>();
  private AdsServer ads;
  private InetSocketAddress one;
  private InetSocketAddress two;
  private ManagedChannel channel;

  @BeforeEach
  void startEverything() throws Exception {
    one = backend("one");
    two = backend("two");
    ads = AdsServer.start(AdsServerOptions.loopback(), source);
    open.add(ads);
    serve(Mesh.cluster(CLUSTER), Mesh.endpoints(CLUSTER, one));
    String scheme = "xds-" + ads.address().getPort();
    XdsNameResolverProvider resolver = XdsNameResolverProvider.createForTest(scheme, bootstrap());
    NameResolverRegistry.getDefaultRegistry().register(resolver);
    open.add(() -> NameResolverRegistry.getDefaultRegistry().deregister(resolver));
    channel = NettyChannelBuilder.forTarget(scheme + ":///" + TARGET).usePlaintext().build();
    open.add(() -> channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
  }

  @AfterEach
  void stopEverything() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void rpcsFollowWhatTheControlPlaneSays() throws Exception {
    assertThat(who()).isEqualTo("one");

    serve(Mesh.cluster(CLUSTER), Mesh.endpoints(CLUSTER, two));
    callUntil("two");

    String other = CLUSTER + "-other";
    long revision =
        serve(
            Mesh.cluster(CLUSTER),
            Mesh.endpoints(CLUSTER, two),
            Mesh.cluster(other),
            Mesh.endpoints(other, one),
            Mesh.route(ROUTE, other));
    callUntil("one");
    assertThat(ads.awaitSettled(revision, PATIENCE).accepted()).isTrue();
    assertThat(ads.syncStatus()).extracting(ProxySync::variant).containsExactly("sotw");
    assertThat(ads.totals().nacks()).isZero();
  }

  @Test
  void aResourceItCannotUseIsRefusedOnceAndTheLastGoodOneKept() throws Exception {
    assertThat(who()).isEqualTo("one");
    long settled = source.snapshot().revision();
    assertThat(ads.awaitSettled(settled, PATIENCE).accepted()).isTrue();
    long responsesBefore = ads.totals().responses();

    long revision =
        serve(
            Mesh.cluster(CLUSTER, Cluster.LbPolicy.CLUSTER_PROVIDED), Mesh.endpoints(CLUSTER, one));
    SyncResult result = ads.awaitSettled(revision, PATIENCE);
    assertThat(result.settled()).isTrue();
    assertThat(result.accepted()).isFalse();
    assertThat(refusal().orElseThrow()).contains(CLUSTER);

    long responsesAfter = ads.totals().responses();
    assertThat(responsesAfter - responsesBefore)
        .as("clusters, and endpoints to warm them")
        .isBetween(1L, 2L);
    for (int i = 0; i < 200; i++) {
      assertThat(who()).as("the last good cluster serves").isEqualTo("one");
    }
    assertThat(ads.totals().nacks()).isEqualTo(1);
    assertThat(ads.totals().responses()).as("nothing was sent again").isEqualTo(responsesAfter);

    serve(Mesh.cluster(CLUSTER), Mesh.endpoints(CLUSTER, two));
    callUntil("two");
    assertThat(refusal()).isEmpty();
  }

  @Test
  void itSurvivesARestartOfTheControlPlane() throws Exception {
    assertThat(who()).isEqualTo("one");
    InetSocketAddress address = ads.address();
    ads.close();
    assertThat(who()).as("without a control plane").isEqualTo("one");
    ads = AdsServer.start(AdsServerOptions.loopback().withAddress(address), source);
    open.add(ads);
    serve(Mesh.cluster(CLUSTER), Mesh.endpoints(CLUSTER, two));
    callUntil("two");
  }

  private Optional<String> refusal() {
    return ads.syncStatus().getFirst().types().stream()
        .filter(type -> type.type() == ResourceType.CLUSTER)
        .map(TypeStatus::nackText)
        .filter(text -> !text.isEmpty())
        .findFirst();
  }

  /** Serves these with the listener and, when they bring none, the route of the target. */
  private long serve(XdsResource... resources) {
    List<XdsResource> all = new ArrayList<>(List.of(resources));
    all.add(Mesh.listener(TARGET, ROUTE));
    if (all.stream().noneMatch(resource -> resource.type() == ResourceType.ROUTE)) {
      all.add(Mesh.route(ROUTE, CLUSTER));
    }
    long revision = source.serve(all);
    ads.changed();
    return revision;
  }

  private String who() {
    return ClientCalls.blockingUnaryCall(
            channel,
            WHO,
            CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS),
            StringValue.getDefaultInstance())
        .getValue();
  }

  /** Every call on the way must succeed, whoever answers. */
  private void callUntil(String name) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!who().equals(name)) {
      assertThat(System.nanoTime()).as("%s answers within %s", name, PATIENCE).isLessThan(deadline);
    }
  }

  private InetSocketAddress backend(String name) throws Exception {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("layar.test.Greeter")
            .addMethod(
                WHO,
                ServerCalls.asyncUnaryCall(
                    (request, response) -> {
                      response.onNext(StringValue.of(name));
                      response.onCompleted();
                    }))
            .build();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(service)
            .build()
            .start();
    open.add(() -> server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
  }

  private Map<String, ?> bootstrap() {
    return Map.of(
        "node",
        Map.of("id", "grpc-client"),
        "xds_servers",
        List.of(
            Map.of(
                "server_uri",
                "127.0.0.1:" + ads.address().getPort(),
                "channel_creds",
                List.of(Map.of("type", "insecure")),
                "server_features",
                List.of("xds_v3"))));
  }
}

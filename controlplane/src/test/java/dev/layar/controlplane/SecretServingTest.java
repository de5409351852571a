package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.model.Decoder;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets which Secret over the discovery stream. */
@Timeout(30)
class SecretServingTest {
  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.everything(), 1);
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void aGatewayGetsTheSecretsItAsksForAndTheirSuccessors() throws Exception {
    put("edge", "shop", "chain-1");
    put("edge", "other", "chain-9");
    Asking gateway = ask(plane(true), gateway("edge"), "kubernetes://shop");
    Secret first = Secret.parseFrom(gateway.next().getResources(0).getResource().getValue());
    assertThat(first.getTlsCertificate().getCertificateChain().getInlineBytes().toStringUtf8())
        .isEqualTo("chain-1");
    assertThat(first.getTlsCertificate().getPrivateKey().getInlineBytes().toStringUtf8())
        .isEqualTo("key of chain-1");

    put("edge", "shop", "chain-2");
    DeltaDiscoveryResponse pushed = gateway.next();
    assertThat(pushed.getResourcesList())
        .singleElement()
        .satisfies(secret -> assertThat(secret.getName()).isEqualTo("kubernetes://shop"));
  }

  @Test
  void theAuthorityBesideACertificateHasANameOfItsOwn() throws Exception {
    put("edge", "shop", "chain-1");
    Asking gateway = ask(plane(true), gateway("edge"), "kubernetes://shop-cacert");
    Secret bundle = Secret.parseFrom(gateway.next().getResources(0).getResource().getValue());
    assertThat(bundle.getValidationContext().getTrustedCa().getInlineBytes().toStringUtf8())
        .isEqualTo("authority of chain-1");
  }

  @Test
  void aGatewayOfAnotherNamespaceGetsNothing() throws Exception {
    put("edge", "shop", "chain-1");
    assertRefused(ask(plane(true), gateway("elsewhere"), "kubernetes://shop"));
  }

  @Test
  void aSidecarGetsNothing() throws Exception {
    put("edge", "shop", "chain-1");
    ProxyIdentity sidecar =
        ProxyIdentity.sidecar(
            "10.0.0.1", "app", "edge", Map.of(), new ProxyIdentity.Capture.Redirect());
    assertRefused(ask(plane(true), sidecar, "kubernetes://shop"));
  }

  @Test
  void whoProvesNothingGetsNothingUnlessTheMeshIsToldSo() throws Exception {
    put("edge", "shop", "chain-1");
    assertRefused(ask(plane(false), gateway("edge"), "kubernetes://shop"));
  }

  private static void assertRefused(Asking asking) throws Exception {
    DeltaDiscoveryResponse answer = asking.next();
    assertThat(answer.getResourcesList()).isEmpty();
    assertThat(answer.getRemovedResourcesList()).containsExactly("kubernetes://shop");
  }

  private ControlPlane plane(boolean plain) throws Exception {
    ControlPlaneOptions options = ControlPlaneOptions.loopback();
    ControlPlane plane =
        ControlPlane.start(plain ? options.withSecretsOnPlainPort() : options, store);
    open.add(plane);
    return plane;
  }

  private static ProxyIdentity gateway(String namespace) {
    return ProxyIdentity.gateway("10.0.0.1", "gateway-1", namespace, Map.of());
  }

  private void put(String namespace, String name, String chain) {
    store.put(
        Decoder.decode(
                "secret.yaml",
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: %s, namespace: %s}
                type: kubernetes.io/tls
                stringData: {tls.crt: %3$s, tls.key: key of %3$s, ca.crt: authority of %3$s}
                """
                    .formatted(name, namespace, chain))
            .resources());
  }

  private Asking ask(ControlPlane plane, ProxyIdentity identity, String name) {
    Asking asking = new Asking(plane);
    open.add(asking);
    asking.requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setNode(identity.toNode())
            .setTypeUrl(ResourceType.SECRET.typeUrl())
            .addResourceNamesSubscribe(name)
            .build());
    return asking;
  }

  /** A stream that accepts everything. */
  private static final class Asking
      implements StreamObserver<DeltaDiscoveryResponse>, AutoCloseable {
    private final BlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
    private final ManagedChannel channel;
    final StreamObserver<DeltaDiscoveryRequest> requests;

    @SuppressWarnings("this-escape") // nothing is answered before the first request
    Asking(ControlPlane plane) {
      channel = NettyChannelBuilder.forAddress(plane.adsAddress()).usePlaintext().build();
      requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
    }

    DeltaDiscoveryResponse next() throws InterruptedException {
      DeltaDiscoveryResponse response =
          Objects.requireNonNull(responses.poll(10, TimeUnit.SECONDS), "no response");
      requests.onNext(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(response.getTypeUrl())
              .setResponseNonce(response.getNonce())
              .build());
      return response;
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
      responses.add(response);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }
}

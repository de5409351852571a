package dev.layar.controlplane.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.controlplane.Admission;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.ControlPlaneOptions;
import dev.layar.controlplane.MeshStore;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A small agent against the real server: token, certificate, renewal, ADS with mTLS. */
@Timeout(30)
class CertificateServiceTest {
  private static final SpiffeId REVIEWS = new SpiffeId("cluster.local", "default", "reviews");
  private static final String DNS_NAME = "istiod.istio-system.svc";

  private final InstantSource clock = InstantSource.system();
  private final CertificateAuthority authority =
      CertificateAuthority.selfSigned("cluster.local", CaOptions.defaults(), clock);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private ControlPlane plane;

  CertificateServiceTest() throws Exception {
    MeshStore store = new MeshStore(clock, Admission.everything(), 1);
    ServerIdentity identity =
        new ServerIdentity(
            authority,
            new SpiffeId("cluster.local", "istio-system", "istiod"),
            List.of(DNS_NAME),
            Duration.ofHours(1),
            clock);
    CallerVerifier verifier =
        CallerVerifier.of(
            token -> token.equals("of reviews") ? Optional.of(REVIEWS) : Optional.empty());
    plane =
        ControlPlane.start(
            ControlPlaneOptions.loopback()
                .withCertificates(
                    new dev.layar.controlplane.Certificates(
                        authority,
                        verifier,
                        identity,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
            store);
  }

  @BeforeEach
  void listens() {
    assertThat(plane.secureAddress()).isPresent();
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    plane.close();
  }

  @Test
  void aTokenBuysACertificateWhichBuysTheNextAndOpensAds() throws Exception {
    KeyPair first = Csr.ec();
    CertificateService.Response response = create(channel(null, ""), "of reviews", first);
    List<X509Certificate> chain = parsed(response);
    assertThat(SpiffeId.of(chain.getFirst())).contains(REVIEWS);
    assertThat(chain.getLast()).isEqualTo(authority.roots().getFirst());

    ManagedChannel mutual = channel(first, String.join("", response.chain()));
    assertThat(SpiffeId.of(parsed(create(mutual, "", Csr.ec())).getFirst())).contains(REVIEWS);

    assertThat(firstAnswer(mutual, "default")).isEqualTo(Status.Code.OK);
    assertThat(firstAnswer(mutual, "payments")).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void aWrongTokenBuysNothing() {
    assertThatThrownBy(() -> create(channel(null, ""), "stolen", Csr.ec()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused -> {
              assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
              assertThat(refused.getMessage()).doesNotContain("stolen");
            });
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefusedByTheHandshake() throws Exception {
    CertificateAuthority other =
        CertificateAuthority.selfSigned("cluster.local", CaOptions.defaults(), clock);
    KeyPair key = Csr.ec();
    List<X509Certificate> chain =
        ((dev.layar.base.Result.Ok<List<X509Certificate>>)
                other.sign(Csr.of(key), REVIEWS, Duration.ZERO))
            .value();
    ManagedChannel forged = channel(key, Pem.of(chain));
    assertThatThrownBy(() -> create(forged, "of reviews", Csr.ec()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused ->
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  @Test
  void duringARotationOldAndNewCertificatesAreBothAccepted() throws Exception {
    KeyPair key = Csr.ec();
    CertificateService.Response old = create(channel(null, ""), "of reviews", key);
    authority.rotate(Duration.ZERO);
    assertThat(authority.roots()).hasSize(2);
    ManagedChannel mutual = channel(key, String.join("", old.chain()));
    KeyPair next = Csr.ec();
    CertificateService.Response renewed = create(mutual, "", next);
    assertThat(parsed(renewed).getLast()).isNotEqualTo(parsed(old).getLast());
    assertThat(firstAnswer(channel(next, String.join("", renewed.chain())), "default"))
        .isEqualTo(Status.Code.OK);
  }

  private ManagedChannel channel(@Nullable KeyPair key, String chain) throws Exception {
    TlsChannelCredentials.Builder credentials =
        TlsChannelCredentials.newBuilder().trustManager(stream(Pem.of(authority.roots())));
    if (key != null) {
      credentials.keyManager(stream(chain), stream(Pem.of(key.getPrivate())));
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(plane.secureAddress().orElseThrow(), credentials.build())
            .overrideAuthority(DNS_NAME)
            .build();
    channels.add(channel);
    return channel;
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static CertificateService.Response create(Channel channel, String token, KeyPair key)
      throws Exception {
    Metadata headers = new Metadata();
    if (!token.isEmpty()) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    }
    return ClientCalls.blockingUnaryCall(
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
        CertificateService.CREATE,
        CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
        new CertificateService.Request(Csr.of(key), 3600));
  }

  private static List<X509Certificate> parsed(CertificateService.Response response)
      throws Exception {
    return Pem.certificates(String.join("", response.chain()));
  }

  /** How the server takes to a proxy that says it is of a namespace. */
  private static Status.Code firstAnswer(Channel channel, String namespace) throws Exception {
    CompletableFuture<Status.Code> answer = new CompletableFuture<>();
    StreamObserver<DeltaDiscoveryRequest> requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel)
            .deltaAggregatedResources(
                new StreamObserver<>() {
                  @Override
                  public void onNext(DeltaDiscoveryResponse response) {
                    answer.complete(Status.Code.OK);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.complete(Status.fromThrowable(failure).getCode());
                  }

                  @Override
                  public void onCompleted() {
                    answer.complete(Status.Code.CANCELLED);
                  }
                });
    requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setNode(
                ProxyIdentity.sidecar(
                        "10.0.0.1",
                        "reviews-1",
                        namespace,
                        Map.of(),
                        new ProxyIdentity.Capture.Redirect())
                    .toNode())
            .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
            .build());
    return answer.get(10, TimeUnit.SECONDS);
  }
}

package dev.layar.proxy.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.layar.proxy.server.ProxyOptions;
import dev.layar.proxy.server.ProxyServer;
import dev.layar.proxy.server.Workload;
import dev.layar.proxy.server.WorkloadOptions;
import dev.layar.proxy.tls.Pem;
import dev.layar.proxy.tls.Secret;
import dev.layar.proxy.tls.TestCa;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The identity client against a certificate service on a real socket. */
class IdentityClientTest {
  private static final String URI = "spiffe://cluster.local/ns/default/sa/web";

  private final TestCa ca = TestCa.named("mesh");
  private final Map<String, Secret> secrets = new ConcurrentHashMap<>();
  private final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final List<X509Certificate> issued = new CopyOnWriteArrayList<>();
  private volatile Duration life = Duration.ofHours(1);
  private volatile int refusals;

  private Server server() throws Exception {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("istio.v1.auth.IstioCertificateService")
            .addMethod(
                CertificateCalls.CREATE,
                ServerCalls.asyncUnaryCall(
                    (request, out) -> {
                      if (refusals-- > 0) {
                        out.onError(Status.UNAVAILABLE.asRuntimeException());
                        return;
                      }
                      X509Certificate certificate = sign(request.csr());
                      issued.add(certificate);
                      out.onNext(
                          new CertificateCalls.Response(List.of(pem(certificate), ca.rootPem())));
                      out.onCompleted();
                    }))
            .build();
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .addService(ServerInterceptors.intercept(service, new Tokens()))
        .build()
        .start();
  }

  private final class Tokens implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      tokens.add(
          String.valueOf(
              headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER))));
      return next.startCall(call, headers);
    }
  }

  /** Bouncy Castle reads the request, checks its signature, and takes the name out. */
  private X509Certificate sign(String csr) {
    try (PEMParser parser = new PEMParser(new StringReader(csr))) {
      JcaPKCS10CertificationRequest request =
          new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject());
      boolean good =
          request.isSignatureValid(
              new JcaContentVerifierProviderBuilder().build(request.getPublicKey()));
      String asked = String.valueOf(request.getRequestedExtensions());
      if (!good || !request.getSubject().toString().isEmpty() || asked.isEmpty()) {
        throw new IllegalStateException("a bad request");
      }
      String name =
          org.bouncycastle.asn1.x509.GeneralNames.fromExtensions(
                  request.getRequestedExtensions(),
                  org.bouncycastle.asn1.x509.Extension.subjectAlternativeName)
              .getNames()[0]
              .getName()
              .toString();
      return ca.certify(request.getPublicKey(), life, name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(X509Certificate certificate) {
    try {
      return Pem.encode("CERTIFICATE", certificate.getEncoded());
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void take(String name, Secret secret) {
    secrets.put(name, secret);
    arrived.add(name);
  }

  private void await(String name) throws InterruptedException {
    String next = "";
    while (!next.equals(name)) {
      String one = arrived.poll(20, TimeUnit.SECONDS);
      assertThat(one).as("a secret in time").isNotNull();
      next = String.valueOf(one);
    }
  }

  private IdentityOptions options(Server server) {
    return IdentityOptions.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()), URI)
        .withTimes(Duration.ofHours(24), Duration.ofMillis(20), Duration.ofMillis(50));
  }

  @Test
  void getsACertificateForItsOwnKeyAndTheRoots(@TempDir Path folder) throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "secret-token\n");
    Server server = server();
    try (IdentityClient client =
        IdentityClient.start(
            options(server).withToken(token), this::take, InstantSource.system())) {
      await("default");
      Secret.Certificate own = (Secret.Certificate) Objects.requireNonNull(secrets.get("default"));
      X509Certificate leaf = Pem.certificates(own.pair().chain()).getFirst();
      assertThat(leaf).isEqualTo(issued.getFirst());
      assertThat(leaf.getSubjectAlternativeNames().iterator().next().get(1)).isEqualTo(URI);
      assertThat(Pem.privateKey(own.pair().key()).getAlgorithm()).isEqualTo("EC");
      assertThat(
              ((Secret.Trust) Objects.requireNonNull(secrets.get("ROOTCA")))
                  .validation()
                  .trustedCa())
          .isEqualTo(ca.rootPem());
      assertThat(tokens).containsExactly("Bearer secret-token");
      assertThat(own.toString()).doesNotContain("PRIVATE");
      assertThat(client.expires()).isEqualTo(leaf.getNotAfter().toInstant());
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void asksAgainBeforeItExpires() throws Exception {
    life = Duration.ofSeconds(2);
    Server server = server();
    try (IdentityClient client =
        IdentityClient.start(options(server), this::take, InstantSource.system())) {
      await("default");
      await("default");
      assertThat(client.certificates()).isGreaterThanOrEqualTo(2);
      assertThat(issued.get(0).getPublicKey()).isNotEqualTo(issued.get(1).getPublicKey());
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void keepsAskingWhileTheServiceRefuses() throws Exception {
    refusals = 3;
    Server server = server();
    try (IdentityClient client =
        IdentityClient.start(options(server), this::take, InstantSource.system())) {
      await("default");
      assertThat(tokens).hasSize(4);
      assertThat(client.certificates()).isOne();
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void aWorkloadIsCertifiedAndItsListenerOpens() throws Exception {
    Server server = server();
    try (ProxyServer proxy = ProxyServer.start(ProxyOptions.of(1))) {
      Workload workload =
          proxy.addWorkload(WorkloadOptions.of("web").withIdentity(options(server)));
      CountDownLatch ready = new CountDownLatch(1);
      workload.whenReady(ready::countDown);
      assertThat(
              workload
                  .sink()
                  .update(
                      ResourceType.LISTENER,
                      List.of(
                          new XdsResource(
                              ResourceType.LISTENER, "inbound", "1", Any.pack(listener()))),
                      Set.of()))
          .isEmpty();
      assertThat(workload.sink().wanted(ResourceType.SECRET)).isEmpty();
      assertThat(ready.await(20, TimeUnit.SECONDS)).isTrue();
      InetSocketAddress to = workload.addresses().values().iterator().next();
      try (SSLSocket socket =
          (SSLSocket)
              ca.jdk(ca.leaf(URI)).getSocketFactory().createSocket(to.getAddress(), to.getPort())) {
        socket.startHandshake();
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        assertThat(shown.getSubjectAlternativeNames().iterator().next().get(1)).isEqualTo(URI);
      }
    } finally {
      server.shutdownNow();
    }
  }

  /** As istiod writes it: both secrets come from the agent's SDS. */
  private static Listener listener() throws Exception {
    String sds =
        """
        {"name": "%s", "sdsConfig": {"initialFetchTimeout": "0s", "apiConfigSource": {
          "apiType": "GRPC", "grpcServices": [{"envoyGrpc": {"clusterName": "sds-grpc"}}]}}}
        """;
    String json =
        """
        {"name": "inbound",
         "address": {"socketAddress": {"address": "127.0.0.1", "portValue": 0}},
         "filterChains": [{
           "transportSocket": {"name": "tls", "typedConfig": {
             "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
             "requireClientCertificate": true,
             "commonTlsContext": {
               "tlsCertificateSdsSecretConfigs": [%s],
               "combinedValidationContext": {
                 "defaultValidationContext": {},
                 "validationContextSdsSecretConfig": %s}}}},
           "filters": [{"name": "tcp", "typedConfig": {
             "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
             "statPrefix": "inbound", "cluster": "none"}}]}]}
        """
            .formatted(sds.formatted("default"), sds.formatted("ROOTCA"));
    Listener.Builder builder = Listener.newBuilder();
    JsonFormat.parser()
        .usingTypeRegistry(
            TypeRegistry.newBuilder()
                .add(DownstreamTlsContext.getDescriptor())
                .add(TcpProxy.getDescriptor())
                .build())
        .merge(json, builder);
    return builder.build();
  }
}

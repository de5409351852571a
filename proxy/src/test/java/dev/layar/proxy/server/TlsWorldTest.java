package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.layar.proxy.tls.TestCa;
import dev.layar.xds.ResourceType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS toward clients and upstreams on real sockets, with the JDK as the other side. */
class TlsWorldTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final String SERVER = "spiffe://cluster.local/ns/b/sa/server";
  private static final String CLIENT = "spiffe://cluster.local/ns/a/sa/client";

  private final TestCa ca = TestCa.named("mesh");
  private final TestCa other = TestCa.named("other");

  private String server() {
    return "tls_certificates: [" + TlsYaml.certificate(ca.leaf(SERVER, "web.test")) + "]";
  }

  private static SSLSocket connect(World world, SSLContext tls, String name) throws IOException {
    InetSocketAddress to = world.address();
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(to.getAddress(), to.getPort());
    if (!name.isEmpty()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
    }
    return socket;
  }

  private static TestClient.Answer get(World world, SSLContext tls, String... headers)
      throws IOException {
    try (TestClient client = new TestClient(connect(world, tls, "web.test"))) {
      return client.get("/", headers);
    }
  }

  // ---- downstream

  @ParameterizedTest
  @CsvSource({"TLSv1.3, TLSv1.3", "TLSv1.2, TLSv1.2"})
  void terminates(String offered, String agreed) throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .logging(
              "%DOWNSTREAM_TLS_VERSION% %REQUESTED_SERVER_NAME% %DOWNSTREAM_LOCAL_URI_SAN%"
                  + " %DOWNSTREAM_PEER_URI_SAN% %REQ(X-FORWARDED-PROTO)% %UPSTREAM_TLS_VERSION%")
          .secure(TlsYaml.downstream("", server()))
          .listen()
          .routes(ROUTE);
      SSLSocket socket = connect(world, ca.jdk(null), "web.test");
      socket.setEnabledProtocols(new String[] {offered});
      try (TestClient client = new TestClient(socket)) {
        assertThat(client.get("/").body()).isEqualTo("hello");
        assertThat(client.get("/").body()).isEqualTo("hello");
        assertThat(socket.getSession().getProtocol()).isEqualTo(agreed);
      }
      assertThat(upstream.requests().getFirst()).contains("x-forwarded-proto: https");
      assertThat(world.log()).contains(agreed + " web.test " + SERVER + " - https -");
      assertThat(world.stat("listener.127.0.0.1_0.ssl.handshake")).isOne();
      assertThat(world.stat("listener.127.0.0.1_0.ssl.versions." + agreed)).isOne();
      world.await(() -> world.stat("listener.127.0.0.1_0.downstream_cx_active") == 0);
    }
  }

  @Test
  void agreesOnAProtocolAndHonoursTheVersions() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .secure(
              TlsYaml.downstream(
                  "",
                  server(),
                  "alpn_protocols: [http/1.1]",
                  "tls_params: {tls_minimum_protocol_version: TLSv1_3}"))
          .listen()
          .routes(ROUTE);
      SSLSocket socket = connect(world, ca.jdk(null), "web.test");
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"x", "http/1.1"});
      socket.setSSLParameters(parameters);
      try (TestClient client = new TestClient(socket)) {
        assertThat(client.get("/").status()).isEqualTo(200);
        assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      }
      SSLSocket old = connect(world, ca.jdk(null), "web.test");
      old.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThatThrownBy(old::startHandshake).isInstanceOf(IOException.class);
      old.close();
      world.await(() -> world.stat("listener.127.0.0.1_0.ssl.connection_error") == 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SANITIZE, ''",
    "FORWARD_ONLY, x-forwarded-client-cert: By=forged",
    "ALWAYS_FORWARD_ONLY, x-forwarded-client-cert: By=forged",
    "APPEND_FORWARD, 'x-forwarded-client-cert: By=forged,By="
        + SERVER
        + ";Hash=@;Subject=\"\";URI="
        + CLIENT
        + ";DNS=client.test'",
    "SANITIZE_SET, 'x-forwarded-client-cert: By="
        + SERVER
        + ";Hash=@;Subject=\"\";URI="
        + CLIENT
        + ";DNS=client.test'"
  })
  void tellsUpstreamsTheClientsCertificate(String mode, String expected) throws Exception {
    TestCa.Leaf client = ca.leaf(CLIENT, "client.test");
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .logging("%DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_PEER_FINGERPRINT_256%")
          .secure(
              TlsYaml.downstream(
                  "require_client_certificate: true",
                  server(),
                  "validation_context: " + TlsYaml.validation(ca, "")))
          .listen(
              "forward_client_cert_details: " + mode,
              "set_current_client_cert_details: {subject: true, uri: true, dns: true}")
          .routes(ROUTE);
      TestClient.Answer answer = get(world, ca.jdk(client), "x-forwarded-client-cert: By=forged");
      assertThat(answer.status()).isEqualTo(200);
      String hash =
          java.util.HexFormat.of()
              .formatHex(
                  java.security.MessageDigest.getInstance("SHA-256")
                      .digest(client.certificate().getEncoded()));
      String request = upstream.requests().getFirst();
      if (expected.isEmpty()) {
        assertThat(request).doesNotContain("x-forwarded-client-cert");
      } else {
        assertThat(request).contains(expected.replace("@", hash) + "\r\n");
      }
      assertThat(world.log()).containsExactly(CLIENT + " " + hash);
    }
  }

  @Test
  void withoutTlsTheHeaderIsTakenOut() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen("forward_client_cert_details: APPEND_FORWARD").routes(ROUTE);
      world.get("/", "x-forwarded-client-cert: By=forged");
      assertThat(upstream.requests().getFirst()).doesNotContain("x-forwarded-client-cert");
    }
  }

  @Test
  void clientsWithoutAGoodCertificateAreRefused() throws Exception {
    try (World world = World.start().cluster("web")) {
      world
          .secure(
              TlsYaml.downstream(
                  "require_client_certificate: true",
                  server(),
                  "validation_context: "
                      + TlsYaml.validation(
                          ca, TlsYaml.san("URI", "prefix: \"spiffe://cluster.local/\""))))
          .listen()
          .routes(ROUTE);
      refused(world, ca.jdk(null));
      refused(world, ca.jdk(TestCa.named("mesh").leaf(CLIENT)));
      refused(world, ca.jdk(ca.leaf(Duration.ofMinutes(-5), CLIENT)));
      refused(world, ca.jdk(ca.leaf("spiffe://elsewhere/ns/a/sa/client")));
      world.await(() -> world.stat("listener.127.0.0.1_0.ssl.connection_error") == 4);
      assertThat(world.stat("listener.127.0.0.1_0.ssl.fail_verify_no_cert")).isOne();
      assertThat(world.stat("listener.127.0.0.1_0.ssl.fail_verify_error")).isEqualTo(2);
      assertThat(world.stat("listener.127.0.0.1_0.ssl.fail_verify_san")).isOne();
      assertThat(world.stat("http.main.downstream_rq_total")).isZero();
      assertThat(get(world, ca.jdk(ca.leaf(CLIENT))).status()).isEqualTo(503);
    }
  }

  private static void refused(World world, SSLContext tls) {
    assertThatThrownBy(() -> assertThat(get(world, tls).status()).isEqualTo(200))
        .isInstanceOfAny(IOException.class, AssertionError.class);
  }

  @Test
  void plainTextAndJunkAreCutOff() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.secure(TlsYaml.downstream("", server())).listen().routes(ROUTE);
      for (String bytes :
          List.of("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "\u0016\u0003\u0001\u0000\u0004junk")) {
        try (Socket socket = new Socket(world.address().getAddress(), world.address().getPort())) {
          socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
          socket.getInputStream().readAllBytes();
        }
      }
      world.await(() -> world.stat("listener.127.0.0.1_0.ssl.connection_error") == 2);
      assertThat(get(world, ca.jdk(null)).status()).isEqualTo(200);
      world.await(() -> world.stat("listener.127.0.0.1_0.downstream_pre_cx_active") == 0);
    }
  }

  @Test
  void aHandshakeThatTakesTooLongIsCutOff() throws Exception {
    try (World world = World.start().cluster("web")) {
      world
          .secure(TlsYaml.downstream("", server()) + "\n  transport_socket_connect_timeout: 0.2s")
          .listen()
          .routes(ROUTE);
      try (Socket socket = new Socket(world.address().getAddress(), world.address().getPort())) {
        assertThat(socket.getInputStream().read()).isNegative();
      }
      assertThat(world.stat("listener.127.0.0.1_0.downstream_cx_transport_socket_connect_timeout"))
          .isOne();
    }
  }

  @Test
  void renegotiationIsRefusedAndOthersGoOn() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.secure(TlsYaml.downstream("", server())).listen().routes(ROUTE);
      SSLSocket socket = connect(world, ca.jdk(null), "web.test");
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.setSoTimeout(10_000);
      socket.startHandshake();
      var session = socket.getSession();
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                socket.getInputStream().read();
              })
          .isInstanceOf(IOException.class);
      assertThat(socket.getSession().getId()).isIn(session.getId(), new byte[0]);
      socket.close();
      assertThat(get(world, ca.jdk(null)).status()).isEqualTo(200);
      world.await(() -> world.stat("listener.127.0.0.1_0.downstream_cx_active") == 0);
    }
  }

  @Test
  void aClientThatEndsAfterItsRequestLeavesNothingOpen() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.secure(TlsYaml.downstream("", server())).listen().routes(ROUTE);
      try (SSLSocket socket = connect(world, ca.jdk(null), "web.test")) {
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      }
      world.await(() -> world.stat("http.main.downstream_cx_active") == 0);
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
      assertThat(get(world, ca.jdk(null)).status()).isEqualTo(200);
    }
  }

  /** Whole ones, ones that are given up within the handshake, and ones that are reset. */
  @Test
  void aThousandConnectionsLeaveNothingBehind() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.secure(TlsYaml.downstream("", server())).listen().routes(ROUTE);
      SSLContext tls = ca.jdk(null);
      for (int i = 0; i < 1000; i++) {
        if (i % 10 == 0) {
          assertThat(get(world, tls).status()).isEqualTo(200);
        } else {
          giveUp(world, i % 2 == 0);
        }
      }
      world.await(() -> world.stat("listener.127.0.0.1_0.downstream_cx_destroy") == 1000);
      assertThat(world.stat("listener.127.0.0.1_0.downstream_cx_total")).isEqualTo(1000);
      assertThat(world.stat("listener.127.0.0.1_0.ssl.handshake")).isEqualTo(100);
      assertThat(world.stat("listener.127.0.0.1_0.downstream_pre_cx_active")).isZero();
      assertThat(world.stat("http.main.downstream_cx_active")).isZero();
    }
  }

  private static void giveUp(World world, boolean reset) throws IOException {
    try (Socket socket = new Socket(world.address().getAddress(), world.address().getPort())) {
      socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      if (reset) {
        socket.setSoLinger(true, 0);
      }
    }
  }

  // ---- secrets

  @Test
  void secretsWarmAListenerAndRotateWithoutDroppingConnections() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .secure(
              TlsYaml.downstream(
                  "", "tls_certificate_sds_secret_configs: [" + TlsYaml.sds("default") + "]"))
          .listen()
          .routes(ROUTE);
      assertThat(world.workload().addresses()).isEmpty();
      assertThat(world.workload().sink().wanted(ResourceType.SECRET)).containsExactly("default");
      TestCa.Leaf first = ca.leaf("web.test");
      world.secret("default", "tls_certificate: " + TlsYaml.certificate(first));
      SSLSocket socket = connect(world, ca.jdk(null), "web.test");
      try (TestClient client = new TestClient(socket)) {
        assertThat(client.get("/").status()).isEqualTo(200);
        assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(first.certificate());
        TestCa.Leaf second = ca.leaf("web.test");
        world.secret("default", "tls_certificate: " + TlsYaml.certificate(second));
        assertThat(client.get("/").status()).isEqualTo(200);
        SSLSocket fresh = connect(world, ca.jdk(null), "web.test");
        try (TestClient again = new TestClient(fresh)) {
          assertThat(again.get("/").status()).isEqualTo(200);
          assertThat(fresh.getSession().getPeerCertificates()[0]).isEqualTo(second.certificate());
        }
        assertThat(client.get("/").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aBadSecretIsRefusedAndTheOneBeforeStays() throws Exception {
    try (World world = World.start().cluster("web")) {
      world
          .secure(
              TlsYaml.downstream(
                  "", "tls_certificate_sds_secret_configs: [" + TlsYaml.sds("default") + "]"))
          .listen()
          .routes(ROUTE);
      world.secret("default", "tls_certificate: " + TlsYaml.certificate(ca.leaf("web.test")));
      String bad = "{certificate_chain: {inline_string: junk}, private_key: {inline_string: junk}}";
      var rejections =
          world.offer(ResourceType.SECRET, "default", "name: default\ntls_certificate: " + bad);
      assertThat(rejections).hasSize(1);
      assertThat(rejections.toString()).doesNotContain("junk");
      assertThat(get(world, ca.jdk(null)).status()).isEqualTo(503);
    }
  }

  @Test
  void secretsInFilesAreReadAgainWhenTheyChange(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("secrets.yaml");
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      TestCa.Leaf first = ca.leaf("web.test");
      Files.writeString(file, response(first));
      world
          .secure(
              TlsYaml.downstream(
                  "",
                  "tls_certificate_sds_secret_configs: [{name: own, sds_config:"
                      + " {path_config_source: {path: \""
                      + file
                      + "\"}}}]"))
          .listen()
          .routes(ROUTE);
      assertThat(shown(world)).isEqualTo(first.certificate());
      TestCa.Leaf second = ca.leaf("web.test");
      Files.writeString(folder.resolve("next"), response(second));
      Files.move(folder.resolve("next"), file, StandardCopyOption.REPLACE_EXISTING);
      world.await(() -> shown(world).equals(second.certificate()));
    }
  }

  private static String response(TestCa.Leaf leaf) {
    return "resources:\n- {\"@type\":"
        + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: own,"
        + " tls_certificate: "
        + TlsYaml.certificate(leaf)
        + "}\n";
  }

  private Certificate shown(World world) {
    try (SSLSocket socket = connect(world, ca.jdk(null), "web.test")) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- upstream

  private TestUpstream secureUpstream(TestCa.Leaf own, boolean clients, List<String> names)
      throws IOException {
    return TestUpstream.secure(
        ca.jdk(own),
        clients,
        connection -> {
          while (connection.request() != null) {
            if (connection.session() instanceof ExtendedSSLSession session) {
              session
                  .getRequestedServerNames()
                  .forEach(
                      name -> names.add(new String(name.getEncoded(), StandardCharsets.US_ASCII)));
            }
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
          }
        });
  }

  private static World secured(World world, int port, String socket) {
    return world.cluster("web", "connect_timeout: 2s\ntransport_socket: " + socket, port);
  }

  /** Two proxies, as in a mesh: the JDK takes no server name with underscores. */
  @Test
  void originatesMutualTlsWithAnIstioServerName() throws Exception {
    String sni = "outbound_.80_._.web.b.svc.cluster.local";
    try (TestUpstream application = TestUpstream.answering("hello");
        World receiving = World.start().cluster("web", application.port());
        World sending = World.start()) {
      receiving
          .logging("%REQUESTED_SERVER_NAME% %DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_ALPN%")
          .secure(
              TlsYaml.downstream(
                  "require_client_certificate: true",
                  server(),
                  "validation_context: " + TlsYaml.validation(ca, ""),
                  "alpn_protocols: [istio-peer-exchange, istio]"))
          .listen()
          .routes(ROUTE);
      secured(
          sending,
          receiving.address().getPort(),
          TlsYaml.upstream(
              "sni: " + sni,
              "tls_certificates: [" + TlsYaml.certificate(ca.leaf(CLIENT)) + "]",
              "validation_context: "
                  + TlsYaml.validation(ca, TlsYaml.san("URI", "exact: \"" + SERVER + "\"")),
              "alpn_protocols: [istio]"));
      sending
          .logging("%RESPONSE_CODE% %UPSTREAM_TLS_VERSION% %UPSTREAM_PEER_URI_SAN%")
          .listen()
          .routes(ROUTE);
      assertThat(sending.get("/").body()).isEqualTo("hello");
      assertThat(sending.get("/").body()).isEqualTo("hello");
      assertThat(sending.log()).containsOnly("200 TLSv1.3 " + SERVER);
      assertThat(receiving.log()).containsOnly(sni + " " + CLIENT + " istio");
      assertThat(sending.stat("cluster.web.ssl.handshake")).isOne();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "wrong name, SAN matcher, fail_verify_san",
    "expired, certificate has expired, fail_verify_error",
    "unknown authority, unable to get local issuer certificate, fail_verify_error"
  })
  void anUpstreamWithABadCertificateIsNotSpokenTo(String what, String words, String stat)
      throws Exception {
    TestCa.Leaf own =
        switch (what) {
          case "wrong name" -> ca.leaf("spiffe://cluster.local/ns/x/sa/x");
          case "expired" -> ca.leaf(Duration.ofMinutes(-5), SERVER);
          default -> other.leaf(SERVER);
        };
    try (TestUpstream upstream = secureUpstream(own, false, new CopyOnWriteArrayList<>());
        World world = World.start()) {
      secured(
          world,
          upstream.port(),
          TlsYaml.upstream(
              "",
              "validation_context: "
                  + TlsYaml.validation(ca, TlsYaml.san("URI", "exact: \"" + SERVER + "\""))));
      world
          .logging("%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON%")
          .listen()
          .routes(ROUTE);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body())
          .isEqualTo(
              "upstream connect error or disconnect/reset before headers. reset reason: remote"
                  + " connection failure");
      assertThat(world.log().getFirst())
          .startsWith(
              "503 UF TLS_error:|268435581:SSL"
                  + " routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:")
          .contains(words)
          .endsWith(":TLS_error_end");
      assertThat(world.stat("cluster.web.ssl." + stat)).isOne();
      assertThat(world.stat("cluster.web.ssl.connection_error")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_connect_fail")).isOne();
      assertThat(upstream.requests()).isEmpty();
    }
  }

  @Test
  void aPlainUpstreamIsAHandshakeFailure() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.skip(1);
                  connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                  connection.close();
                });
        World world = World.start()) {
      secured(world, upstream.port(), TlsYaml.upstream(""));
      world
          .logging("%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON%")
          .listen()
          .routes(ROUTE);
      assertThat(world.get("/").status()).isEqualTo(503);
      assertThat(world.log().getFirst()).startsWith("503 UF TLS_error:|");
    }
  }

  @Test
  void withoutItsSecretAClusterWarmsAndLaterRotates() throws Exception {
    List<String> names = new CopyOnWriteArrayList<>();
    try (TestUpstream upstream = secureUpstream(ca.leaf(SERVER), true, names);
        World world = World.start()) {
      secured(
          world,
          upstream.port(),
          TlsYaml.upstream(
              "sni: web.test",
              "tls_certificate_sds_secret_configs: [" + TlsYaml.sds("default") + "]",
              "combined_validation_context: {default_validation_context: {"
                  + TlsYaml.san("URI", "exact: \"" + SERVER + "\"")
                  + "}, validation_context_sds_secret_config: "
                  + TlsYaml.sds("ROOTCA")
                  + "}"));
      world.listen().routes(ROUTE);
      assertThat(world.get("/").status()).isEqualTo(503);
      assertThat(world.log().getFirst()).contains("NC");
      assertThat(world.workload().sink().wanted(ResourceType.SECRET))
          .containsExactlyInAnyOrder("ROOTCA", "default");
      world.secret("default", "tls_certificate: " + TlsYaml.certificate(ca.leaf(CLIENT)));
      world.secret("ROOTCA", "validation_context: " + TlsYaml.validation(ca, ""));
      assertThat(world.get("/").status()).isEqualTo(200);
      assertThat(world.get("/").status()).isEqualTo(200);
      assertThat(upstream.connections()).isOne();
      world.secret("default", "tls_certificate: " + TlsYaml.certificate(ca.leaf(CLIENT)));
      assertThat(world.get("/").status()).isEqualTo(200);
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void endpointMetadataChoosesTheTransport() throws Exception {
    List<String> names = new CopyOnWriteArrayList<>();
    try (TestUpstream secure = secureUpstream(ca.leaf(SERVER), false, names);
        TestUpstream plain = TestUpstream.answering("plain");
        World world = World.start()) {
      world.push(
          ResourceType.CLUSTER,
          "web",
          """
          name: web
          type: STATIC
          connect_timeout: 2s
          transport_socket_matches:
          - {name: tlsMode-istio, match: {tlsMode: istio}, transport_socket: %s}
          - {name: tlsMode-disabled, match: {}, transport_socket: {name: raw, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer}}}
          load_assignment:
            cluster_name: web
            endpoints:
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
                metadata: {filter_metadata: {envoy.transport_socket_match: {tlsMode: istio}}}
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
          """
              .formatted(
                  TlsYaml.upstream(
                      "sni: x.test", "validation_context: " + TlsYaml.validation(ca, "")),
                  secure.port(),
                  plain.port()));
      world.listen().routes(ROUTE);
      assertThat(List.of(world.get("/").body(), world.get("/").body()))
          .containsExactlyInAnyOrder("hello", "plain");
    }
  }

  @Test
  void theAuthorityBecomesTheServerNameAndIsProven() throws Exception {
    List<String> names = new CopyOnWriteArrayList<>();
    try (TestUpstream upstream = secureUpstream(ca.leaf("*.shop.test"), false, names);
        World world = World.start()) {
      world.cluster(
          "web",
          "connect_timeout: 2s\ntransport_socket: "
              + TlsYaml.upstream("", "validation_context: " + TlsYaml.validation(ca, ""))
              + "\n"
              + "typed_extension_protocol_options:\n"
              + "  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:\n"
              + "    \"@type\":"
              + " type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions\n"
              + "    explicit_http_config: {http_protocol_options: {}}\n"
              + "    upstream_http_protocol_options: {auto_sni: true, auto_san_validation: true}",
          upstream.port());
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("GET / HTTP/1.1\r\nhost: a.shop.test:80\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(200);
        client.send("GET / HTTP/1.1\r\nhost: b.shop.test\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(200);
        client.send("GET / HTTP/1.1\r\nhost: evil.test\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(503);
      }
      assertThat(names).containsExactly("a.shop.test", "b.shop.test");
    }
  }

  // ---- TCP

  @Test
  void anUpstreamThatEndsFirstEndsTheClientsTlsInOrder() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.send("bye");
                  connection.halfClose();
                  connection.echoNothing();
                });
        World world = World.start()) {
      world.cluster("web", upstream.port());
      world.secure(TlsYaml.downstream("", server())).listenTcp("", "cluster: web");
      try (SSLSocket client = connect(world, ca.jdk(null), "web.test")) {
        assertThat(client.getInputStream().readAllBytes()).hasSize(3);
      }
      world.await(() -> world.stat("tcp.main.downstream_cx_active") == 0);
    }
  }

  @Test
  void tcpGoesThroughTlsOnBothSides() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.secure(ca.jdk(ca.leaf(SERVER)), true, connection -> connection.echo());
        World world = World.start()) {
      secured(
          world,
          upstream.port(),
          TlsYaml.upstream(
              "sni: web.test",
              "tls_certificates: [" + TlsYaml.certificate(ca.leaf(CLIENT)) + "]",
              "validation_context: " + TlsYaml.validation(ca, "")));
      world.secure(TlsYaml.downstream("", server())).listenTcp("", "cluster: web");
      try (SSLSocket client = connect(world, ca.jdk(null), "web.test")) {
        byte[] sent = new byte[300_000];
        new java.util.Random(5).nextBytes(sent);
        Thread writer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        client.getOutputStream().write(sent);
                      } catch (IOException e) {
                        throw new IllegalStateException(e);
                      }
                    });
        assertThat(client.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
        writer.join();
      }
      world.await(() -> world.stat("tcp.main.downstream_cx_active") == 0);
      assertThat(world.log(1)).containsExactly("- 300000 300000 web - 0 -");
    }
  }
}

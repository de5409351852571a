package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.tls.TestCa;
import dev.layar.xds.ResourceType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listener filters and the choice of a chain on real sockets. */
class ListenerWorldTest {
  private static final String TYPE = "\"@type\": type.googleapis.com/envoy.extensions.filters.";

  private static String filter(String kind, String type, String more) {
    return "- {name: %s, typed_config: {%slistener.%s.v3.%s}%s}"
        .formatted(kind, TYPE, kind, type, more);
  }

  private static String tlsInspector() {
    return filter("tls_inspector", "TlsInspector", "");
  }

  private static String httpInspector() {
    return filter("http_inspector", "HttpInspector", "");
  }

  /** A chain that goes to the cluster of its name. */
  private static String chain(String cluster, String match) {
    return ("- name: %s\n  filter_chain_match: {%s}\n  filters: [{name: tcp, typed_config: {%s"
            + "network.tcp_proxy.v3.TcpProxy, stat_prefix: main, cluster: %s}}]")
        .formatted(cluster, match, TYPE, cluster);
  }

  private static String listener(String name, String more, String filters, String... chains) {
    return """
    name: %s
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    access_log:
    - name: envoy.access_loggers.file
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
        path: /dev/stdout
        log_format: {text_format_source: {inline_string: "%%RESPONSE_FLAGS%% %%CONNECTION_TERMINATION_DETAILS%%\\n"}}
    %s
    listener_filters: %s
    filter_chains:
    %s
    """
        .formatted(
            name, more, filters.isEmpty() ? "[]" : "\n" + filters, String.join("\n", chains));
  }

  private static TestUpstream saying(String word) throws IOException {
    return TestUpstream.of(connection -> connection.send(word));
  }

  private static String send(World world, String bytes) throws IOException {
    try (Socket socket = new Socket(world.address().getAddress(), world.address().getPort())) {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1|host: a||', http",
    "'PRI * HTTP/2.0||SM||', http",
    "'EHLO me|', raw",
    "'NOT / HTTP/1.1 at all|', raw"
  })
  void theFirstBytesChooseTheChain(String bytes, String expected) throws Exception {
    try (TestUpstream http = saying("http");
        TestUpstream raw = saying("raw");
        World world = World.start().cluster("http", http.port()).cluster("raw", raw.port())) {
      world.push(
          ResourceType.LISTENER,
          "main",
          listener(
              "main",
              "",
              httpInspector(),
              chain(
                  "http", "transport_protocol: raw_buffer, application_protocols: [http/1.1, h2c]"),
              chain("raw", "transport_protocol: raw_buffer")));
      assertThat(send(world, bytes.replace("|", "\r\n"))).isEqualTo(expected);
    }
  }

  @Test
  void tlsPassesThroughByServerName() throws Exception {
    TestCa ca = TestCa.named("mesh");
    try (TestUpstream one =
            TestUpstream.secure(ca.jdk(ca.leaf("one.test")), false, c -> c.send("one"));
        TestUpstream two =
            TestUpstream.secure(ca.jdk(ca.leaf("two.test")), false, c -> c.send("two"));
        World world = World.start().cluster("one", one.port()).cluster("two", two.port())) {
      world.push(
          ResourceType.LISTENER,
          "main",
          listener(
              "main",
              "",
              tlsInspector(),
              chain("one", "server_names: [one.test], transport_protocol: tls"),
              chain("two", "server_names: [\"*.two.test\"], transport_protocol: tls")));
      assertThat(secure(world, ca, "one.test")).isEqualTo("one");
      assertThat(secure(world, ca, "a.b.two.test")).isEqualTo("two");
      assertThat(send(world, "plain text\n")).isEmpty();
      assertThat(world.log(1)).contains("NR filter_chain_not_found");
      assertThat(world.stat("listener.127.0.0.1_0.no_filter_chain_match")).isOne();
    }
  }

  private static String secure(World world, TestCa ca, String name) throws IOException {
    InetSocketAddress to = world.address();
    try (SSLSocket socket =
        (SSLSocket) ca.jdk(null).getSocketFactory().createSocket(to.getAddress(), to.getPort())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @CsvSource({"true, raw", "false, ''"})
  void aSilentClientRunsIntoTheTimeout(boolean goOn, String expected) throws Exception {
    try (TestUpstream raw = saying("raw");
        World world = World.start().cluster("raw", raw.port())) {
      world.push(
          ResourceType.LISTENER,
          "main",
          listener(
              "main",
              "listener_filters_timeout: 0.2s\ncontinue_on_listener_filters_timeout: " + goOn,
              httpInspector(),
              chain("raw", "")));
      assertThat(send(world, "")).isEqualTo(expected);
      assertThat(world.stat("listener.127.0.0.1_0.downstream_pre_cx_timeout")).isOne();
      world.await(() -> world.stat("listener.127.0.0.1_0.downstream_pre_cx_active") == 0);
    }
  }

  @Test
  void aFilterIsLeftOutForDisabledPorts() throws Exception {
    try (TestUpstream raw = saying("raw");
        World world = World.start().cluster("raw", raw.port())) {
      world.push(
          ResourceType.LISTENER,
          "main",
          listener(
              "main",
              "",
              filter(
                  "http_inspector",
                  "HttpInspector",
                  ", filter_disabled: {or_match: {rules: [{destination_port_range: {start: 1, end:"
                      + " 65536}}]}}"),
              chain("raw", "")));
      assertThat(send(world, "")).isEqualTo("raw");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 10.1.2.3 10.4.5.6 7 8|, '10.1.2.3:7 10.4.5.6:8'",
    "PROXY TCP4 nonsense|, ''",
    "no header|, ''"
  })
  void theProxyHeaderNamesTheClient(String header, String expected) throws Exception {
    try (TestUpstream raw = saying("raw");
        World world = World.start().cluster("raw", raw.port())) {
      world.push(
          ResourceType.LISTENER,
          "main",
          listener("main", "", filter("proxy_protocol", "ProxyProtocol", ""), chain("raw", ""))
              .replace(
                  "cluster: raw}",
                  "cluster: raw, access_log: [{name: f, typed_config: {\"@type\":"
                      + " type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog,"
                      + " path: /dev/stdout, log_format: {text_format_source: {inline_string:"
                      + " \"%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%\\n"
                      + "\"}}}}]}"));
      assertThat(send(world, header.replace("|", "\r\n")))
          .isEqualTo(expected.isEmpty() ? "" : "raw");
      if (!expected.isEmpty()) {
        world.await(() -> world.stat("tcp.main.downstream_cx_active") == 0);
        assertThat(world.log(1)).contains(expected);
      } else {
        assertThat(world.stat("listener.127.0.0.1_0.downstream_listener_filter_error")).isOne();
      }
    }
  }

  // ---- redirected connections

  private static String bound(
      String name, String address, int port, String filters, String... chains) {
    return listener(name, "bind_to_port: false", filters, chains)
        .replace(
            "{address: 127.0.0.1, port_value: 0}",
            "{address: " + address + ", port_value: " + port + "}");
  }

  @Test
  void aRedirectedConnectionGoesToTheListenerOfItsDestination() throws Exception {
    try (TestUpstream exact = saying("exact");
        TestUpstream wildcard = saying("wildcard");
        TestUpstream passthrough = saying("passthrough");
        World world =
            World.start().cluster("exact", exact.port()).cluster("wildcard", wildcard.port())) {
      world.push(
          ResourceType.CLUSTER,
          "PassthroughCluster",
          "{name: PassthroughCluster, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED,"
              + " connect_timeout: 2s}");
      world.push(
          ResourceType.LISTENER,
          "virtualOutbound",
          listener(
              "virtualOutbound", "use_original_dst: true", "", chain("PassthroughCluster", "")));
      world.push(
          ResourceType.LISTENER,
          "10.0.0.1_80",
          bound("10.0.0.1_80", "10.0.0.1", 80, httpInspector(), chain("exact", "")));
      world.push(
          ResourceType.LISTENER,
          "0.0.0.0_80",
          bound("0.0.0.0_80", "0.0.0.0", 80, "", chain("wildcard", "destination_port: 80")));
      world.redirectedTo(new InetSocketAddress("10.0.0.1", 80));
      assertThat(send(world, "GET / HTTP/1.1\r\n\r\n")).isEqualTo("exact");
      world.redirectedTo(new InetSocketAddress("10.0.0.2", 80));
      assertThat(send(world, "x")).isEqualTo("wildcard");
      world.redirectedTo(new InetSocketAddress("127.0.0.1", passthrough.port()));
      assertThat(send(world, "x")).isEqualTo("passthrough");
    }
  }
}

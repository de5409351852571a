package dev.layar.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Result;
import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.proxy.config.Bootstrap;
import dev.layar.proxy.config.ConfigStore;
import dev.layar.telemetry.MetricRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminServerTest {
  private static final String CLUSTER =
      """
      admin: {}
      static_resources:
        clusters:
        - name: backend
          load_assignment:
            cluster_name: backend
            endpoints:
            - locality: {region: seoul, zone: a}
              lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]
      """;

  private final AtomicBoolean ready = new AtomicBoolean();
  private final List<String> acts = new ArrayList<>();
  private AdminServer admin;

  @BeforeEach
  void start() throws IOException {
    MetricRegistry metrics = new MetricRegistry();
    ConfigStore store =
        new ConfigStore(
            new ClusterSet.World(
                1,
                Ticker.system(),
                new SplitMix64(1),
                host -> CompletableFuture.completedFuture(List.of()),
                metrics,
                List.of()),
            snapshot -> {});
    if (Bootstrap.load(CLUSTER, "b.yaml") instanceof Result.Ok<Bootstrap> ok) {
      ok.value().applyTo(store);
    }
    AdminWorkload workload =
        new AdminWorkload(
            "web",
            store,
            metrics,
            ready::get,
            () -> Map.of("0.0.0.0_80", new InetSocketAddress(InetAddress.ofLiteral("::1"), 80)),
            () -> "listener 0.0.0.0_80\n",
            null);
    AdminServer.Actions actions =
        new AdminServer.Actions() {
          @Override
          public void quit() {
            acts.add("quit");
          }

          @Override
          public void drain() {
            acts.add("drain");
          }
        };
    admin =
        AdminServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            () -> List.of(workload),
            actions,
            Ticker.system());
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private String get(String path) throws IOException {
    return send("GET", path);
  }

  /** Status, a line end, and the body. */
  private String send(String method, String path, String... headers) throws IOException {
    boolean host = false;
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
      host |= header.startsWith("Host:");
    }
    if (!host) {
      request.append("Host: 127.0.0.1\r\n");
    }
    request.append("Connection: close\r\nContent-Length: 0\r\n\r\n");
    try (Socket socket = new Socket(admin.address().getAddress(), admin.address().getPort())) {
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return answer.split(" ")[1] + "\n" + answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }

  @Test
  void readyFollowsTheConfiguration() throws IOException {
    assertThat(get("/ready")).isEqualTo("503\nINITIALIZING\n");
    ready.set(true);
    assertThat(get("/ready")).isEqualTo("200\nLIVE\n");
    assertThat(get("/stats?usedonly&filter=%5Eserver.state")).isEqualTo("200\n");
    assertThat(get("/stats?filter=%5E(server.state%7Clistener_manager.workers_started)"))
        .isEqualTo("200\nlistener_manager.workers_started: 1\nserver.state: 0\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/clusters | backend::10.0.0.1:80::health_flags::healthy",
        "/clusters | backend::10.0.0.1:80::zone::a",
        "/clusters | backend::default_priority::max_connections::1024",
        "/clusters?format=json | \"port_value\": 80",
        "/listeners | 0.0.0.0_80::[0:0:0:0:0:0:0:1]:80",
        "/listeners?format=json | \"listener_statuses\"",
        "/server_info | \"state\": \"INITIALIZING\"",
        "/config_dump | envoy.admin.v3.ClustersConfigDump",
        "/config_dump?include_eds | envoy.admin.v3.EndpointsConfigDump",
        "/stats | cluster.backend.membership_total: 1",
        "/stats?format=json | \"name\": \"cluster.backend.membership_healthy\"",
        "/stats/prometheus | envoy_cluster_membership_total{envoy_cluster_name=\"backend\"} 1",
        "/stats/prometheus?usedonly | envoy_cluster_membership_healthy",
        "/chain | listener 0.0.0.0_80",
        "/help | /config_dump",
        "/config_dump?workload=web | configs"
      })
  void pagesShowWhatTheyShould(String path, String part) throws IOException {
    assertThat(get(path)).startsWith("200\n").contains(part);
  }

  @Test
  void pagesThatDoNotExistSaySo() throws IOException {
    assertThat(get("/nope")).startsWith("404\n");
    assertThat(get("/stats?workload=nope")).startsWith("404\n").contains("web");
    assertThat(get("/stats?filter=(")).startsWith("400\n");
  }

  @Test
  void actionsNeedPost() throws IOException {
    assertThat(get("/quitquitquit")).startsWith("405\n");
    assertThat(acts).isEmpty();
    assertThat(send("POST", "/drain_listeners")).isEqualTo("200\nOK\n");
    assertThat(send("POST", "/quitquitquit")).isEqualTo("200\nOK\n");
    assertThat(acts).containsExactly("drain", "quit");
  }

  @ParameterizedTest
  @CsvSource({
    "Origin: http://evil.example, 403",
    "Host: evil.example, 403",
    "Host: evil.example:15000, 403",
    "Sec-Fetch-Site: cross-site, 403",
    "Host: localhost:15000, 200",
    "Host: [::1]:15000, 200",
    "Host: 10.0.0.1, 200"
  })
  void aWebPageCannotDriveIt(String header, String status) throws IOException {
    assertThat(send("GET", "/help", header)).startsWith(status + "\n");
    assertThat(send("POST", "/quitquitquit", header)).startsWith(status + "\n");
  }
}

package dev.layar.controlplane.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.controlplane.ServedMesh;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pages as curl sees them, of a mesh with one simulated proxy. */
@Timeout(30)
class DebugServerTest {
  private final AtomicBoolean ready = new AtomicBoolean();
  private final ServedMesh mesh = new ServedMesh();
  private final DebugServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  DebugServerTest() throws Exception {
    server =
        DebugServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), mesh.plane(), ready::get);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
    mesh.close();
  }

  @Test
  void readinessFollowsTheState() throws Exception {
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    ready.set(true);
    assertThat(get("/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void syncAndSubscriptionsOfAConnectedProxyAreShown() throws Exception {
    mesh.connect("client-1");
    assertThat(get("/debug/syncz").body())
        .contains("\"proxy\":\"client-1.default\"", "\"cluster_acked\":\"", "\"route_acked\":\"");
    assertThat(get("/debug/adsz").body())
        .contains("\"totalClients\":1", "outbound|8080||s1.default.svc.cluster.local");
  }

  @Test
  void aProxysConfigurationIsDumpedByItsId() throws Exception {
    mesh.connect("client-1");
    assertThat(get("/debug/config_dump?proxyID=client-1.default").body())
        .contains("ClustersConfigDump", "s1.default.svc.cluster.local");
    assertThat(get("/debug/config_dump?proxyID=nobody.default").statusCode()).isEqualTo(404);
    assertThat(get("/debug/config_dump").statusCode()).isEqualTo(404);
  }

  @Test
  void objectsAndEndpointsAreShown() throws Exception {
    assertThat(get("/debug/configz").body()).contains("\"kind\":\"VirtualService\"", "\"s0\"");
    assertThat(get("/debug/endpointz").body()).contains("\"svc\":\"s1.default:http\"");
  }

  @Test
  void metricsHaveIstiodsNames() throws Exception {
    mesh.connect("client-1");
    assertThat(get("/metrics").body())
        .contains(
            "pilot_xds 1\n",
            "pilot_xds_pushes{type=\"cds\"} 1\n",
            "pilot_xds_pushes{type=\"eds\"} ",
            "pilot_total_xds_rejects{type=\"rds\"} 0\n",
            "pilot_proxy_convergence_time_bucket{le=\"+Inf\"} ",
            "pilot_services 2\n",
            "pilot_virt_services 1\n");
  }

  @Test
  void nothingElseIsAnswered() throws Exception {
    assertThat(get("/debug/secrets").statusCode()).isEqualTo(404);
    HttpRequest post =
        HttpRequest.newBuilder(uri("/debug/syncz"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }
}

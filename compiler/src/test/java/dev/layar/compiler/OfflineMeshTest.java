package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.compiler.ProxyIdentity.Type;
import dev.layar.model.Decoder;
import dev.layar.testkit.Golden;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class OfflineMeshTest {
  private static final String APP =
      TestMesh.app("app", "shop", "{name: http, port: 80, targetPort: web}", "v1");

  @Test
  void podsAreFoundByTheirNameOrTheirDeployments() {
    TestMesh mesh = TestMesh.of(APP);

    assertThat(mesh.identity("app-v1-0.shop").ip()).isEqualTo("10.244.0.1");
    assertThat(mesh.identity("app-v1.shop").id()).isEqualTo("app-v1-0.shop");
    assertThat(mesh.identity("app-v1.shop").type()).isEqualTo(Type.SIDECAR);
  }

  @Test
  void anUnknownNameListsWhatThereIs() {
    assertThat(TestMesh.of(APP).offline().proxy("ap.shop").findings())
        .extracting(Finding::line)
        .containsExactly(
            "error LYR0402: there is no pod or Deployment of this name in the given files"
                + " (value: ap.shop) (expected: one of app-v1-0.shop)");
    assertThat(OfflineMesh.of(List.of()).proxy("x").findings())
        .extracting(Finding::expected)
        .containsExactly("a Deployment in the files");
  }

  @Test
  void theOrderOfObjectsDoesNotMatter() {
    var objects = TestMesh.objects(APP, TestMesh.app("b", "shop", "{port: 81}", "v1", "v2"));
    var reversed = new java.util.ArrayList<>(objects);
    Collections.reverse(reversed);

    OfflineMesh one = OfflineMesh.of(objects);
    OfflineMesh other = OfflineMesh.of(reversed);

    assertThat(one.proxies()).isEqualTo(other.proxies());
    one.state().diff(other.state(), (key, before, after) -> assertThat(after).isEqualTo(before));
    assertThat(one.state().size()).isEqualTo(other.state().size());
  }

  @Test
  void theIngressGatewayIsImpliedOnlyWhenNobodyProvidesIt() {
    String gateway =
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: g, namespace: shop}
        spec:
          selector: {%s}
          servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
        """;
    TestMesh implied = TestMesh.of(APP, gateway.formatted("istio: ingressgateway"));
    TestMesh provided = TestMesh.of(APP, gateway.formatted("app: app"));

    assertThat(implied.identity("istio-ingressgateway.istio-system").type()).isEqualTo(Type.ROUTER);
    assertThat(provided.offline().proxies().keySet()).containsExactly("app-v1-0.shop");
    assertThat(provided.identity("app-v1.shop").type()).isEqualTo(Type.ROUTER);
  }

  @Test
  void theDumpHasEnvoysShapeAndIsYamlThatReadsBack() {
    TestMesh mesh = TestMesh.of(APP);
    String json = ConfigDump.json(mesh.resources("app-v1.shop"));
    String yaml = ConfigDump.yaml(mesh.resources("app-v1.shop"));

    assertThat(json)
        .contains("\"@type\": \"type.googleapis.com/envoy.admin.v3.ClustersConfigDump\"")
        .contains("\"dynamic_active_clusters\"")
        .contains("\"dynamic_endpoint_configs\"")
        .contains("\"dynamic_listeners\"")
        .contains("\"dynamic_route_configs\"");
    assertThat(yaml).startsWith("configs:\n- \"@type\":");
    // A reader of the project's own sees one document that is not an object of the API.
    assertThat(Decoder.decode("dump", yaml).findings()).hasSize(1);
  }

  @Test
  void everyExampleCompilesForEveryPod() {
    Path examples = Golden.directory("compiler").resolve("../../../../examples").normalize();
    for (Path example : Golden.cases(examples).toList()) {
      TestMesh mesh =
          TestMesh.of(
              Golden.read(example.resolve("app.yaml")), Golden.read(example.resolve("rules.yaml")));
      for (String pod : mesh.offline().proxies().keySet()) {
        assertThat(ConfigDump.json(mesh.resources(pod))).as(example + " " + pod).isNotEmpty();
      }
      assertThat(mesh.compiler().compileFindings()).as("%s", example).isEmpty();
    }
  }
}

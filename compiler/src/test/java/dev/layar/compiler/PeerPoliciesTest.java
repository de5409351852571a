package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import org.junit.jupiter.api.Test;

/** PeerAuthentication: what sidecars accept, and what callers make of it. */
class PeerPoliciesTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80, targetPort: 8080}", "v1");

  private static String policy(String namespace, String name, String metadata, String spec) {
    return """
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: %s, namespace: %s%s}
    spec: {%s}
    """
        .formatted(name, namespace, metadata, spec);
  }

  private static String plain(String... yaml) {
    Call call = Call.get("http://app/").to("10.244.0.1").through(8080);
    return InboundCalls.on(TestMesh.of(yaml).resources("app-v1")).call(call).summary();
  }

  private static boolean prepared(String... yaml) {
    return Decode.as(
                TestMesh.of(yaml)
                    .resources("app-v1")
                    .find(ResourceType.CLUSTER, "outbound|80||app.default.svc.cluster.local"),
                Cluster.class)
            .getTransportSocketMatchesCount()
        > 0;
  }

  private static final String OPEN = "inbound|8080||";

  @Test
  @Semantics(75)
  void strictRefusesPlainText() {
    String strict = policy("default", "d", "", "mtls: {mode: STRICT}");

    assertThat(plain(APP)).isEqualTo(OPEN);
    assertThat(plain(APP, strict)).startsWith("0");
    assertThat(plain(APP, policy("istio-system", "d", "", "mtls: {mode: STRICT}"))).startsWith("0");
  }

  @Test
  @Semantics(72)
  void callersLookAtTheNamespaceOfTheServiceAlone() {
    assertThat(prepared(APP, policy("default", "d", "", "mtls: {mode: DISABLE}"))).isFalse();
    assertThat(
            prepared(
                APP,
                policy(
                    "default",
                    "d",
                    "",
                    "selector: {matchLabels: {app: app}}, mtls: {mode: DISABLE}")))
        .isTrue();
  }

  @Test
  @Semantics(74)
  void theOldestOfEachLevelCountsAndWhatItLeavesOpenIsTheWiderOnes() {
    String old =
        policy(
            "default",
            "z",
            ", creationTimestamp: \"2020-01-01T00:00:00Z\"",
            "mtls: {mode: STRICT}");
    String young =
        policy(
            "default",
            "a",
            ", creationTimestamp: \"2021-01-01T00:00:00Z\"",
            "mtls: {mode: PERMISSIVE}");
    String mesh = policy("istio-system", "m", "", "mtls: {mode: STRICT}");
    String unset = policy("default", "u", "", "mtls: {mode: UNSET}");
    String selected =
        policy(
            "default",
            "s",
            "",
            "selector: {matchLabels: {app: app}}, mtls: {mode: STRICT},"
                + " portLevelMtls: {8080: {mode: PERMISSIVE}}");
    String rootSelected =
        policy(
            "istio-system", "r", "", "selector: {matchLabels: {app: app}}, mtls: {mode: STRICT}");

    assertThat(plain(APP, old, young)).startsWith("0");
    assertThat(plain(APP, mesh, unset)).startsWith("0");
    assertThat(plain(APP, mesh, policy("default", "p", "", "mtls: {mode: PERMISSIVE}")))
        .isEqualTo(OPEN);
    assertThat(plain(APP, selected)).isEqualTo(OPEN);
    assertThat(plain(APP, selected.replace("8080", "9090"))).startsWith("0");
    assertThat(plain(APP, rootSelected)).as("as Istio's code has it").isEqualTo(OPEN);
  }
}

package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.ProxyIdentity.Type;
import dev.layar.compiler.ProxyIdentity.Where;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxyIdentityTest {
  @Test
  void aNodeCarriesEverything() {
    for (ProxyIdentity identity :
        List.of(
            ProxyIdentity.sidecar(
                "10.0.0.1", "app-1", "ns", Map.of("app", "app"), new Capture.Redirect()),
            ProxyIdentity.sidecar(
                    "127.0.0.5", "app-1", "ns", Map.of(), new Capture.HttpProxy(15001))
                .withLocality(new Where("r", "z", "s")),
            ProxyIdentity.serviceNetwork(
                "127.0.0.6", "app.with.dots", "ns", Map.of(), new Capture.HttpProxy(15001)),
            ProxyIdentity.gateway("10.0.0.2", "gw", "istio-system", Map.of("istio", "gw")))) {
      assertThat(ProxyIdentity.fromNode(identity.toNode()))
          .isEqualTo(new Result.Ok<>(identity, List.of()));
    }
  }

  @Test
  void aNodeOfIstiosOwnAgentIsRead() {
    Node node =
        Node.newBuilder()
            .setId("router~10.1.2.3~gw-7d9.istio-system~istio-system.svc.cluster.local")
            .setMetadata(
                Struct.newBuilder()
                    .putFields("NAMESPACE", text("istio-system"))
                    .putFields("CLUSTER_ID", text("Kubernetes"))
                    .putFields("INTERCEPTION_MODE", text("REDIRECT"))
                    .putFields(
                        "LABELS",
                        Value.newBuilder()
                            .setStructValue(
                                Struct.newBuilder().putFields("istio", text("ingressgateway")))
                            .build()))
            .build();

    ProxyIdentity identity =
        switch (ProxyIdentity.fromNode(node)) {
          case Result.Ok<ProxyIdentity> ok -> ok.value();
          case Result.Rejected<ProxyIdentity> no -> throw new AssertionError(no.findings());
        };

    assertThat(identity.type()).isEqualTo(Type.ROUTER);
    assertThat(identity.id()).isEqualTo("gw-7d9.istio-system");
    assertThat(identity.ip()).isEqualTo("10.1.2.3");
    assertThat(identity.labels()).containsExactly(Map.entry("istio", "ingressgateway"));
    assertThat(identity.metadata()).containsEntry("CLUSTER_ID", "Kubernetes");
  }

  @Test
  void aNodeThatMakesNoSenseIsRejected() {
    assertThat(messages("sidecar~10.0.0.1~app.ns")).contains("does not have four parts");
    assertThat(messages("ztunnel~10.0.0.1~app.ns~ns.svc.cluster.local"))
        .contains("unknown proxy type");
    assertThat(messages("sidecar~10.0.0.1~app~ns.svc.cluster.local"))
        .contains("not NAME.NAMESPACE");
    Node port =
        ProxyIdentity.sidecar("10.0.0.1", "a", "ns", Map.of(), new Capture.HttpProxy(70000))
            .toNode();
    assertThat(ProxyIdentity.fromNode(port)).isInstanceOf(Result.Rejected.class);
  }

  private static String messages(String id) {
    Node node = Node.newBuilder().setId(id).build();
    return String.join(
        "; ", ProxyIdentity.fromNode(node).findings().stream().map(Finding::message).toList());
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }
}

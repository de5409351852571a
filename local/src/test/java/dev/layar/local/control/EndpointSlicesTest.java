package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.local.kube.Trees;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class EndpointSlicesTest {
  private static final Map<String, String> CART = Map.of("app", "cart");
  private static final Map<String, String> ZONES = Map.of("node-a", "zone-a");

  private static ObjectNode service(
      Map<String, String> selector, boolean notReady, ObjectNode... ports) {
    return Trees.object(
        "metadata",
        Trees.object("name", "cart", "namespace", "shop", "uid", "u1"),
        "spec",
        Trees.object(
            "selector", selector, "publishNotReadyAddresses", notReady, "ports", List.of(ports)));
  }

  private static ObjectNode port(String name, int port, @Nullable Object target) {
    return Trees.object("name", name, "port", port, "protocol", "TCP", "targetPort", target);
  }

  private static ObjectNode pod(
      String name, String ip, boolean ready, boolean deleting, String moved) {
    return Trees.object(
        "metadata",
        Trees.object(
            "name",
            name,
            "namespace",
            "shop",
            "labels",
            CART,
            "annotations",
            moved.isEmpty() ? null : Map.of(MovedPorts.ANNOTATION, moved),
            "deletionTimestamp",
            deleting ? "2026-01-01T00:00:00Z" : null),
        "spec",
        Trees.object(
            "nodeName",
            "node-a",
            "containers",
            Trees.list(
                Trees.object(
                    "name",
                    "web",
                    "ports",
                    Trees.list(Trees.object("name", "web", "containerPort", 80))))),
        "status",
        Trees.object(
            "podIP",
            ip,
            "conditions",
            Trees.list(Trees.object("type", "Ready", "status", ready ? "True" : "False"))));
  }

  private static List<String> show(ObjectNode slice) {
    return Trees.items(slice, "endpoints").stream()
        .map(
            endpoint ->
                Trees.text(endpoint, "targetRef", "name")
                    + " "
                    + Trees.words(endpoint, "addresses").getFirst()
                    + " "
                    + Trees.flag(endpoint, "conditions", "ready"))
        .toList();
  }

  private static int firstPort(JsonNode slice) {
    return Trees.number(0, Trees.items(slice, "ports").getFirst(), "port");
  }

  @Test
  void readyPodsAreEndpointsUnderThePortsOfTheService() {
    ObjectNode service = service(CART, false, port("http", 8000, 80));
    List<ObjectNode> pods =
        List.of(
            pod("a", "127.9.0.1", true, false, ""),
            pod("b", "127.9.0.2", false, false, ""),
            pod("c", "127.9.0.3", true, true, ""));
    List<ObjectNode> slices = EndpointSlices.of(service, pods, ZONES);
    assertThat(slices).hasSize(1);
    ObjectNode slice = slices.getFirst();
    assertThat(Trees.labels(slice)).containsEntry(EndpointSlices.SERVICE_NAME, "cart");
    assertThat(firstPort(slice)).isEqualTo(80);
    assertThat(show(slice)).containsExactly("a 127.9.0.1 true", "b 127.9.0.2 false");
    assertThat(Trees.text(Trees.items(slice, "endpoints").getFirst(), "zone")).isEqualTo("zone-a");
    assertThat(Trees.controller(slice)).isEqualTo("u1");

    JsonNode subset = Trees.items(EndpointSlices.endpoints(service, pods), "subsets").getFirst();
    assertThat(Trees.items(subset, "addresses")).hasSize(1);
    assertThat(Trees.items(subset, "notReadyAddresses")).hasSize(1);
  }

  @Test
  void movedPortsNeedSlicesOfTheirOwn() {
    List<ObjectNode> slices =
        EndpointSlices.of(
            service(CART, false, port("http", 8000, "web")),
            List.of(
                pod("a", "127.0.0.1", true, false, "80=20001"),
                pod("b", "127.0.0.1", true, false, "80=20002")),
            ZONES);
    assertThat(slices)
        .extracting(slice -> Trees.name(slice) + " " + firstPort(slice))
        .containsExactly("cart-20001 20001", "cart-20002 20002");
  }

  @Test
  void targetPortDefaultsToThePortAndNamesMustExist() {
    List<ObjectNode> pods = List.of(pod("a", "127.9.0.1", true, false, ""));
    assertThat(EndpointSlices.of(service(CART, false, port("http", 9080, null)), pods, ZONES))
        .extracting(EndpointSlicesTest::firstPort)
        .containsExactly(9080);
    assertThat(EndpointSlices.of(service(CART, false, port("x", 1, "nobody")), pods, ZONES))
        .extracting(slice -> Trees.items(slice, "ports"))
        .containsExactly(List.of());
  }

  @Test
  void publishNotReadyAddressesAndMissingSelectorsAreObeyed() {
    List<ObjectNode> pods = List.of(pod("a", "127.9.0.1", false, false, ""));
    assertThat(EndpointSlices.of(service(CART, true, port("http", 80, null)), pods, ZONES))
        .extracting(slice -> show(slice).getFirst())
        .containsExactly("a 127.9.0.1 true");
    assertThat(EndpointSlices.of(service(Map.of(), false, port("http", 80, null)), pods, ZONES))
        .isEmpty();
    Map<String, String> other = Map.of("app", "x");
    assertThat(EndpointSlices.of(service(other, false, port("http", 80, null)), pods, ZONES))
        .isEmpty();
  }
}

package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.IntOrString;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EndpointSlicesTest {
  private static Resource<Service> service(
      Map<String, String> selector, boolean notReady, Service.ServicePort... ports) {
    return Resource.of(
        ObjectMeta.of("shop", "cart", Map.of()),
        new Service(
            new Service.ServiceSpec("", "", List.of(), selector, List.of(ports), "", notReady)));
  }

  private static Service.ServicePort port(String name, int port, @Nullable IntOrString target) {
    return new Service.ServicePort(name, "TCP", "", port, target, 0);
  }

  private static EndpointSlices.Backend pod(
      String name, String ip, boolean ready, boolean terminating, Map<Integer, Integer> actual) {
    return new EndpointSlices.Backend(
        "shop",
        name,
        Map.of("app", "cart"),
        ip,
        "node-a",
        "zone-a",
        ready,
        terminating,
        List.of(new Pod.ContainerPort("web", 80, "")),
        actual);
  }

  private static final Map<String, String> CART = Map.of("app", "cart");

  private static String show(EndpointSlice.Endpoint endpoint) {
    EndpointSlice.ObjectReference target = endpoint.targetRef();
    String name = target == null ? "" : target.name();
    return name + " " + endpoint.addresses().getFirst() + " " + endpoint.isReady();
  }

  @Test
  void readyPodsAreEndpointsUnderThePortsOfTheService() {
    List<Resource<EndpointSlice>> slices =
        EndpointSlices.of(
            service(CART, false, port("http", 8000, new IntOrString.Number(80))),
            List.of(
                pod("a", "127.9.0.1", true, false, Map.of(80, 80)),
                pod("b", "127.9.0.2", false, false, Map.of(80, 80)),
                pod("c", "127.9.0.3", true, true, Map.of(80, 80))));
    Resource<EndpointSlice> slice = slices.getFirst();
    assertThat(slices).hasSize(1);
    assertThat(slice.metadata().labels()).containsEntry(EndpointSlice.SERVICE_NAME_LABEL, "cart");
    assertThat(slice.spec().ports())
        .containsExactly(new EndpointSlice.EndpointPort("http", 80, "TCP", ""));
    assertThat(slice.spec().endpoints())
        .extracting(EndpointSlicesTest::show)
        .containsExactly("a 127.9.0.1 true", "b 127.9.0.2 false");
    assertThat(slice.spec().endpoints().getFirst().zone()).isEqualTo("zone-a");
  }

  @Test
  void remappedPortsNeedSlicesOfTheirOwn() {
    List<Resource<EndpointSlice>> slices =
        EndpointSlices.of(
            service(CART, false, port("http", 8000, new IntOrString.Text("web"))),
            List.of(
                pod("a", "127.0.0.1", true, false, Map.of(80, 20001)),
                pod("b", "127.0.0.1", true, false, Map.of(80, 20002))));
    assertThat(slices)
        .extracting(s -> s.metadata().name() + " " + s.spec().ports().getFirst().port())
        .containsExactly("cart-20001 20001", "cart-20002 20002");
  }

  @Test
  void targetPortDefaultsToThePortAndNamesMustExist() {
    List<EndpointSlices.Backend> pods = List.of(pod("a", "127.9.0.1", true, false, Map.of(80, 80)));
    assertThat(EndpointSlices.of(service(CART, false, port("http", 9080, null)), pods))
        .extracting(s -> s.spec().ports().getFirst().port())
        .containsExactly(9080);
    assertThat(
            EndpointSlices.of(
                service(CART, false, port("x", 1, new IntOrString.Text("nobody"))), pods))
        .extracting(s -> s.spec().ports())
        .containsExactly(List.of());
  }

  @Test
  void publishNotReadyAddressesAndMissingSelectorsAreObeyed() {
    List<EndpointSlices.Backend> pods =
        List.of(pod("a", "127.9.0.1", false, false, Map.of(80, 80)));
    assertThat(EndpointSlices.of(service(CART, true, port("http", 80, null)), pods))
        .extracting(s -> s.spec().endpoints().getFirst().isReady())
        .containsExactly(true);
    assertThat(EndpointSlices.of(service(Map.of(), false, port("http", 80, null)), pods)).isEmpty();
    assertThat(EndpointSlices.of(service(Map.of("app", "x"), false, port("http", 80, null)), pods))
        .isEmpty();
  }
}

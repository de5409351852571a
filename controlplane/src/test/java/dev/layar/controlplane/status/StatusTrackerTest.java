package dev.layar.controlplane.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.controlplane.ServedMesh;
import dev.layar.model.Decoder;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From the store to real streams and back to a status. */
@Timeout(30)
class StatusTrackerTest {
  private static final ObjectKey RULE = new ObjectKey(Kinds.VIRTUAL_SERVICE, "default", "s0");
  private static final Duration SOON = Duration.ofSeconds(10);

  private final ServedMesh mesh = new ServedMesh();
  private final BlockingQueue<ObjectStatus> written = new LinkedBlockingQueue<>();
  private final StatusTracker tracker =
      StatusTracker.start(mesh.plane(), written::add, InstantSource.system());

  StatusTrackerTest() throws Exception {}

  @AfterEach
  void stop() {
    tracker.close();
    mesh.close();
  }

  @Test
  void anEditIsProgrammedWhenTheProxiesHaveAcknowledgedIt() throws Exception {
    mesh.connect("client-1");
    edit("weight: 30");
    assertThat(tracker.awaitProgrammed(RULE, 2, SOON)).isTrue();
    ObjectStatus status = tracker.status(RULE).orElseThrow();
    assertThat(status.programmed().message()).contains("acknowledged");
    assertThat(status.accepted().value()).isEqualTo(StatusCondition.Value.TRUE);
    assertThat(told()).isEqualTo(status);
  }

  @Test
  void withoutProxiesNothingIsWaitedFor() throws Exception {
    assertThat(tracker.awaitProgrammed(RULE, 1, SOON)).isTrue();
    assertThat(tracker.status(RULE).orElseThrow().programmed().message())
        .isEqualTo("no proxy is connected");
  }

  @Test
  void aProxyThatDoesNotAnswerIsNamed() throws Exception {
    mesh.connectSilent("client-2");
    edit("weight: 40");
    assertThat(tracker.awaitProgrammed(RULE, 2, Duration.ofMillis(100))).isFalse();
    assertThat(
            tracker.await(RULE, status -> status.programmed().message().contains("client-2"), SOON))
        .isTrue();
    assertThat(tracker.status(RULE).orElseThrow().programmed().value())
        .isEqualTo(StatusCondition.Value.UNKNOWN);
  }

  @Test
  void aRefusalIsToldWithTheProxysWords() throws Exception {
    mesh.connectRefusing("client-3", "no such filter");
    edit("weight: 45");
    assertThat(
            tracker.await(
                RULE, status -> status.programmed().value() == StatusCondition.Value.FALSE, SOON))
        .isTrue();
    assertThat(tracker.status(RULE).orElseThrow().programmed().message())
        .contains("client-3.default", "no such filter");
  }

  @Test
  void theGatewayApiHasAFormOfItsOwn() throws Exception {
    mesh.connect("client-4");
    ObjectKey gateway = new ObjectKey(Kinds.KUBE_GATEWAY, "default", "gw");
    ObjectKey route = new ObjectKey(Kinds.HTTP_ROUTE, "default", "r");
    String objects =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: default, generation: 3}
        spec:
          gatewayClassName: istio
          listeners: [{name: web, port: 80, protocol: HTTP}]
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: r, namespace: default, generation: 3}
        spec:
          parentRefs: [{name: gw}]
          rules: [{backendRefs: [{name: gone, port: 80}]}]
        """;
    mesh.store().mirror(Decoder.decode("test", objects).resources(), List.of());

    assertThat(tracker.awaitProgrammed(gateway, 3, SOON)).isTrue();
    assertThat(tracker.awaitProgrammed(route, 3, SOON)).isTrue();
    assertThat(tracker.gatewayApiStatus(gateway).orElseThrow().toString())
        .contains("name=web", "attachedRoutes=1", "type=Programmed, status=True")
        .contains("observedGeneration=3");
    assertThat(tracker.gatewayApiStatus(route).orElseThrow().toString())
        .contains("type=Accepted, status=True")
        .contains("type=ResolvedRefs, status=False, reason=BackendNotFound");
    assertThat(tracker.gatewayApiStatus(RULE)).isEmpty();
  }

  @Test
  void whatIsGoneHasNoStatus() throws Exception {
    assertThat(tracker.awaitProgrammed(RULE, 1, SOON)).isTrue();
    mesh.store().delete(List.of(RULE));
    long deadline = System.nanoTime() + SOON.toNanos();
    while (tracker.status(RULE).isPresent() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(tracker.status(RULE)).isEmpty();
  }

  /** The first that the sink is told to be programmed in the second generation. */
  private ObjectStatus told() throws InterruptedException {
    while (true) {
      ObjectStatus next =
          Objects.requireNonNull(
              written.poll(SOON.toSeconds(), TimeUnit.SECONDS), "the sink is not told");
      if (next.generation() == 2 && next.isProgrammed()) {
        return next;
      }
    }
  }

  private void edit(String weight) {
    mesh.store()
        .put(
            Decoder.decode(
                    "rule.yaml",
                    """
                    apiVersion: networking.istio.io/v1
                    kind: VirtualService
                    metadata: {name: s0}
                    spec:
                      hosts: [s0]
                      http:
                      - route:
                        - {destination: {host: s0}, %s}
                        - {destination: {host: s1}, weight: 50}
                    """
                        .formatted(weight))
                .resources());
  }
}

package dev.layar.xds.server;

import static dev.layar.xds.ResourceType.CLUSTER;
import static dev.layar.xds.ResourceType.ENDPOINT;
import static dev.layar.xds.ResourceType.LISTENER;
import static dev.layar.xds.ResourceType.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.layar.xds.Fakes;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.XdsSnapshot;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SotwServerSessionTest {
  private final SotwServerSession session = new SotwServerSession(new SessionLimits(4, 8, 1 << 20));
  private final Map<ResourceType, String> nonces = new EnumMap<>(ResourceType.class);
  private long revision;

  @Test
  void listenersAndClustersComeWholeWhenAnyOfThemChanges() {
    offer(CLUSTER, "c", "1", CLUSTER, "d", "1");
    request(CLUSTER);
    assertThat(drain()).containsExactly("CDS 2");
    offer(CLUSTER, "c", "2", CLUSTER, "d", "1");
    assertThat(drain()).containsExactly("CDS 2");
  }

  @Test
  void endpointsAndRoutesComeAsFarAsTheyChanged() {
    offer(ENDPOINT, "e", "1", ENDPOINT, "f", "1");
    request(ENDPOINT, "e", "f");
    assertThat(drain()).containsExactly("EDS 2");
    offer(ENDPOINT, "e", "2", ENDPOINT, "f", "1");
    assertThat(drain()).containsExactly("EDS 1");
  }

  @Test
  void anAddedNameIsAnsweredAndTheOthersAreNotRepeated() {
    offer(ENDPOINT, "e", "1", ENDPOINT, "f", "1");
    request(ENDPOINT, "e");
    drain();
    request(ENDPOINT, "e", "f");
    assertThat(drain()).containsExactly("EDS 1");
  }

  @Test
  void aNameThatDoesNotExistIsAnsweredWithNothing() {
    offer(ROUTE, "r", "1");
    request(ROUTE, "nowhere");
    assertThat(drain()).containsExactly("RDS 0");
  }

  @Test
  void aRepeatedAcknowledgementChangesNothing() {
    offer(ENDPOINT, "e", "1");
    request(ENDPOINT, "e");
    drain();
    assertThat(request(ENDPOINT, "e")).isEqualTo(RequestOutcome.SUBSCRIBED);
    assertThat(drain()).isEmpty();
  }

  @Test
  void aClusterLeavesAfterTheRoutesThatUsedIt() {
    offer(CLUSTER, "old", "1", ENDPOINT, "old", "1", LISTENER, "l", "1", ROUTE, "r", "old");
    request(CLUSTER);
    request(ENDPOINT, "old");
    request(LISTENER);
    request(ROUTE, "r");
    drain();
    offer(CLUSTER, "new", "1", ENDPOINT, "new", "1", LISTENER, "l", "1", ROUTE, "r", "new");
    DiscoveryResponse clusters = next();
    assertThat(line(clusters)).as("old and new").isEqualTo("CDS 2");
    request(ENDPOINT, "old", "new");
    ack(clusters);
    assertThat(drain()).containsExactly("EDS 1", "RDS 1", "CDS 1");
  }

  /** Envoy warms a changed cluster anew and would wait for endpoints that did not change. */
  @Test
  void aChangedClusterGetsItsEndpointsAgain() {
    offer(CLUSTER, "c", "1", ENDPOINT, "c", "same");
    request(CLUSTER);
    request(ENDPOINT, "c");
    drain();
    offer(CLUSTER, "c", "2", ENDPOINT, "c", "same");
    DiscoveryResponse clusters = next();
    request(ENDPOINT, "c");
    ack(clusters);
    assertThat(drain()).containsExactly("EDS 1");
  }

  @Test
  void aStaleVerdictIsIgnored() {
    offer(CLUSTER, "c", "1");
    request(CLUSTER);
    DiscoveryResponse response = next();
    DiscoveryRequest stale =
        DiscoveryRequest.newBuilder()
            .setTypeUrl(CLUSTER.typeUrl())
            .setResponseNonce("stale")
            .setErrorDetail(Status.newBuilder().setCode(13).setMessage("no"))
            .build();
    assertThat(session.onRequest(stale)).isEqualTo(RequestOutcome.STALE);
    assertThat(session.status().getFirst().nacked()).isFalse();
    ack(response);
    assertThat(drain()).isEmpty();
    assertThat(session.settledRevision()).isEqualTo(revision);
  }

  @Test
  void aListAfterTheWildcardEndsIt() {
    offer(CLUSTER, "c", "1", CLUSTER, "d", "1");
    request(CLUSTER);
    drain();
    request(CLUSTER, "c");
    drain();
    offer(CLUSTER, "c", "1", CLUSTER, "d", "2");
    assertThat(drain()).isEmpty();
    offer(CLUSTER, "c", "2", CLUSTER, "d", "2");
    assertThat(drain()).containsExactly("CDS 1");
  }

  @Test
  void anEmptyListAfterNamesIsNotAWildcard() {
    offer(CLUSTER, "c", "1");
    request(CLUSTER, "c");
    drain();
    request(CLUSTER);
    offer(CLUSTER, "c", "2");
    assertThat(drain()).isEmpty();
  }

  @Test
  void limitsAreHeld() {
    assertThat(request(ENDPOINT, "a", "b", "c", "d")).isEqualTo(RequestOutcome.SUBSCRIBED);
    assertThat(request(ENDPOINT, "a", "b", "c", "d", "e")).isEqualTo(RequestOutcome.OVER_LIMIT);
    assertThat(request(ROUTE, "longer than eight")).isEqualTo(RequestOutcome.OVER_LIMIT);
  }

  /** Type, name, word; again and again. */
  private void offer(Object... triples) {
    List<XdsResource> resources = new ArrayList<>();
    for (int i = 0; i < triples.length; i += 3) {
      resources.add(
          Fakes.resource(
              (ResourceType) triples[i], (String) triples[i + 1], (String) triples[i + 2]));
    }
    session.offer(XdsSnapshot.of(++revision, resources));
  }

  private RequestOutcome request(ResourceType type, String... names) {
    return session.onRequest(
        DiscoveryRequest.newBuilder()
            .setTypeUrl(type.typeUrl())
            .setResponseNonce(nonces.getOrDefault(type, ""))
            .addAllResourceNames(List.of(names))
            .build());
  }

  private DiscoveryResponse next() {
    return Objects.requireNonNull(session.poll());
  }

  /** Accepts with the names that the type has now. */
  private void ack(DiscoveryResponse response) {
    ResourceType type = Objects.requireNonNull(ResourceType.ofTypeUrl(response.getTypeUrl()));
    nonces.put(type, response.getNonce());
    Subscription subscription = session.subscription(type);
    request(type, subscription.names.toList().toArray(String[]::new));
  }

  private List<String> drain() {
    List<String> lines = new ArrayList<>();
    for (DiscoveryResponse next = session.poll(); next != null; next = session.poll()) {
      lines.add(line(next));
      ack(next);
    }
    return lines;
  }

  private static String line(DiscoveryResponse response) {
    ResourceType type = Objects.requireNonNull(ResourceType.ofTypeUrl(response.getTypeUrl()));
    return type.shortName() + " " + response.getResourcesCount();
  }
}

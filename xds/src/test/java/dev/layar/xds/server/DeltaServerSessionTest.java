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
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeltaServerSessionTest {
  private static final SessionLimits TINY = new SessionLimits(3, 8, 60);

  private DeltaServerSession session = new DeltaServerSession(SessionLimits.DEFAULT);
  private long revision;

  @Test
  void anEmptyFirstRequestMeansEverythingForListenersAndClustersOnly() {
    offer(CLUSTER, "c", "1", ENDPOINT, "c", "1");
    request(CLUSTER);
    request(ENDPOINT);
    assertThat(drain()).containsExactly("CDS c");
  }

  @Test
  void aWildcardIsAnsweredEvenWhenThereIsNothing() {
    session.offer(XdsSnapshot.of(1, List.of()));
    request(LISTENER);
    assertThat(drain()).containsExactly("LDS");
  }

  @Test
  void anUnknownNameIsAnsweredAsRemoved() {
    offer(ROUTE, "r", "1");
    subscribe(ROUTE, "r", "nowhere");
    assertThat(drain()).containsExactly("RDS r -nowhere");
  }

  @Test
  void aNameAskedForAgainIsSentAgain() {
    offer(ENDPOINT, "e", "1");
    subscribe(ENDPOINT, "e");
    drain();
    subscribe(ENDPOINT, "e");
    assertThat(drain()).containsExactly("EDS e");
  }

  @Test
  void whatWasUnsubscribedIsNotPushed() {
    offer(ENDPOINT, "e", "1", ENDPOINT, "f", "1");
    subscribe(ENDPOINT, "e", "f");
    drain();
    session.onRequest(to(ENDPOINT).addResourceNamesUnsubscribe("e").build());
    offer(ENDPOINT, "e", "2", ENDPOINT, "f", "2");
    assertThat(drain()).containsExactly("EDS f");
  }

  @Test
  void underAWildcardAnUnsubscribedNameIsSentOnceMore() {
    offer(CLUSTER, "c", "1");
    session.onRequest(
        to(CLUSTER).addResourceNamesSubscribe("*").addResourceNamesSubscribe("c").build());
    drain();
    session.onRequest(to(CLUSTER).addResourceNamesUnsubscribe("c").build());
    assertThat(drain()).containsExactly("CDS c");
  }

  @Test
  void leavingTheWildcardKeepsNamedResources() {
    offer(CLUSTER, "c", "1", CLUSTER, "d", "1");
    session.onRequest(
        to(CLUSTER).addResourceNamesSubscribe("*").addResourceNamesSubscribe("c").build());
    drain();
    session.onRequest(to(CLUSTER).addResourceNamesUnsubscribe("*").build());
    offer(CLUSTER, "c", "2", CLUSTER, "d", "2");
    assertThat(drain()).containsExactly("CDS c");
  }

  @Test
  void aRefusalIsNotFollowedByAnything() {
    offer(CLUSTER, "c", "1");
    request(CLUSTER);
    DeltaDiscoveryResponse response = next();
    RequestOutcome outcome =
        session.onRequest(
            to(CLUSTER)
                .setResponseNonce(response.getNonce())
                .setErrorDetail(Status.newBuilder().setCode(13).setMessage("no such thing"))
                .build());
    assertThat(outcome).isEqualTo(RequestOutcome.NACKED);
    assertThat(session.poll()).isNull();
    offerSame();
    assertThat(session.poll()).isNull();
    assertThat(session.status().getFirst().nackText()).isEqualTo("no such thing");
    assertThat(session.settledRevision()).isEqualTo(revision);
  }

  @Test
  void aStaleVerdictIsIgnoredButItsSubscriptionIsNot() {
    offer(ENDPOINT, "e", "1", ENDPOINT, "f", "1");
    subscribe(ENDPOINT, "e");
    DeltaDiscoveryResponse response = next();
    assertThat(
            session.onRequest(
                to(ENDPOINT).setResponseNonce("stale").addResourceNamesSubscribe("f").build()))
        .isEqualTo(RequestOutcome.STALE);
    assertThat(session.poll()).as("the answer to e is still awaited").isNull();
    session.onRequest(to(ENDPOINT).setResponseNonce(response.getNonce()).build());
    assertThat(drain()).containsExactly("EDS f");
  }

  @Test
  void unknownTypesAreHarmless() {
    offer(CLUSTER, "c", "1");
    DeltaDiscoveryRequest odd =
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl("type.googleapis.com/istio.networking.nds.v1.NameTable")
            .addResourceNamesSubscribe("x")
            .build();
    assertThat(session.onRequest(odd)).isEqualTo(RequestOutcome.UNKNOWN_TYPE);
    assertThat(session.poll()).isNull();
    request(CLUSTER);
    assertThat(drain()).containsExactly("CDS c");
  }

  @Test
  void limitsAreHeld() {
    session = new DeltaServerSession(TINY);
    assertThat(subscribe(ENDPOINT, "a", "b", "c")).isEqualTo(RequestOutcome.SUBSCRIBED);
    assertThat(subscribe(ENDPOINT, "a", "b")).isEqualTo(RequestOutcome.SUBSCRIBED);
    assertThat(subscribe(ENDPOINT, "d")).isEqualTo(RequestOutcome.OVER_LIMIT);
    assertThat(subscribe(ROUTE, "longer than eight")).isEqualTo(RequestOutcome.OVER_LIMIT);
  }

  @Test
  void whatDoesNotFitFollowsAfterTheAnswer() {
    session = new DeltaServerSession(TINY);
    offer(
        CLUSTER,
        "a",
        "0123456789",
        CLUSTER,
        "b",
        "0123456789",
        CLUSTER,
        "c",
        "0123456789",
        LISTENER,
        "l",
        "1");
    request(CLUSTER);
    request(LISTENER);
    assertThat(drain()).containsExactly("CDS a b c", "LDS l");
    session = new DeltaServerSession(new SessionLimits(9, 9, 20));
    offer(CLUSTER, "a", "0123456789", CLUSTER, "b", "0123456789", LISTENER, "l", "1");
    request(CLUSTER);
    request(LISTENER);
    assertThat(drain()).containsExactly("CDS a", "CDS b", "LDS l");
  }

  @Test
  void aPushAddsFromTheGroundUpAndRemovesLast() {
    everythingSubscribed("old");
    session.offer(world("new"));
    assertThat(drain())
        .containsExactly("CDS new", "EDS new", "LDS l", "RDS r", "CDS -old", "EDS -old");
  }

  @Test
  void eachStepWaitsForTheAnswersBeforeIt() {
    everythingSubscribed("old");
    session.offer(world("new"));
    DeltaDiscoveryResponse clusters = next();
    assertThat(line(clusters)).isEqualTo("CDS new");
    assertThat(session.poll()).isNull();
    session.onRequest(to(ENDPOINT).addResourceNamesSubscribe("new").build());
    assertThat(session.poll()).as("endpoints of a cluster that is not answered").isNull();
    ack(clusters);
    DeltaDiscoveryResponse endpoints = next();
    assertThat(line(endpoints)).isEqualTo("EDS new");
    assertThat(session.poll()).isNull();
    ack(endpoints);
    assertThat(line(next())).isEqualTo("LDS l");
  }

  @Test
  void routesWaitUntilTheEndpointsOfNewClustersAreAskedFor() {
    everythingSubscribed("old");
    session.offer(world("new"));
    ack(next());
    assertThat(session.poll()).isNull();
    assertThat(session.awaitsEndpointRequests()).isTrue();
    session.stopAwaiting();
    assertThat(line(next())).isEqualTo("LDS l");
  }

  @Test
  void aChangedClusterGetsItsEndpointsAgain() {
    offer(CLUSTER, "c", "1", ENDPOINT, "c", "same");
    request(CLUSTER);
    subscribe(ENDPOINT, "c");
    drain();
    offer(CLUSTER, "c", "2", ENDPOINT, "c", "same");
    assertThat(drain()).containsExactly("CDS c", "EDS c");
  }

  @Test
  void ofWaitingSnapshotsOnlyTheNewestIsSent() {
    offer(CLUSTER, "c", "1");
    request(CLUSTER);
    DeltaDiscoveryResponse first = next();
    offer(CLUSTER, "c", "2");
    offer(CLUSTER, "c", "3");
    assertThat(session.poll()).isNull();
    ack(first);
    DeltaDiscoveryResponse second = next();
    assertThat(second.getSystemVersionInfo()).isEqualTo(Long.toString(revision));
    ack(second);
    assertThat(session.poll()).isNull();
    assertThat(session.settledRevision()).isEqualTo(revision);
  }

  @Test
  void anOlderOfferIsDropped() {
    offer(CLUSTER, "c", "2");
    session.offer(XdsSnapshot.of(0, List.of(Fakes.resource(CLUSTER, "c", "1"))));
    request(CLUSTER);
    drain();
    assertThat(session.settledRevision()).isEqualTo(revision);
  }

  @Test
  void versionsHeldSinceBeforeTheStreamAreNotSentAgain() {
    XdsResource same = Fakes.resource(CLUSTER, "same", "1");
    session.offer(XdsSnapshot.of(5, List.of(same, Fakes.resource(CLUSTER, "changed", "2"))));
    session.onRequest(
        to(CLUSTER)
            .putAllInitialResourceVersions(
                Map.of("same", same.version(), "changed", "older", "gone", "older"))
            .build());
    assertThat(drain()).containsExactly("CDS changed", "CDS -gone");
  }

  @Test
  void clientsThatLoseInterestAreNotWaitedFor() {
    offer(ROUTE, "r", "1", ROUTE, "s", "1");
    subscribe(ROUTE, "r");
    assertThat(session.poll()).isNotNull();
    session.onRequest(to(ROUTE).addResourceNamesUnsubscribe("r").build());
    assertThat(session.poll()).isNull();
    assertThat(session.settledRevision()).isEqualTo(revision);
    subscribe(ROUTE, "s");
    assertThat(drain()).containsExactly("RDS s");
  }

  @Test
  void aLongRefusalIsCut() {
    offer(CLUSTER, "c", "1");
    request(CLUSTER);
    session.onRequest(
        to(CLUSTER)
            .setResponseNonce(next().getNonce())
            .setErrorDetail(Status.newBuilder().setCode(13).setMessage("x".repeat(100_000)))
            .build());
    assertThat(session.status().getFirst().nackText()).hasSize(4_096);
  }

  @Test
  void owedAnswersStayBoundedWhenNobodyAnswers() {
    offer(ENDPOINT, "e", "1");
    IntStream.range(0, 10_000).forEach(i -> subscribe(ENDPOINT, "e"));
    assertThat(session.poll()).isNotNull();
    assertThat(session.poll()).isNull();
  }

  private void everythingSubscribed(String cluster) {
    session.offer(world(cluster));
    request(CLUSTER);
    subscribe(ENDPOINT, cluster);
    request(LISTENER);
    subscribe(ROUTE, "r");
    drain();
  }

  private XdsSnapshot world(String cluster) {
    return XdsSnapshot.of(
        ++revision,
        List.of(
            Fakes.resource(CLUSTER, cluster, "1"),
            Fakes.resource(ENDPOINT, cluster, "1"),
            Fakes.resource(LISTENER, "l", cluster),
            Fakes.resource(ROUTE, "r", cluster)));
  }

  private List<XdsResource> last = List.of();

  /** Type, name, word; again and again. */
  private void offer(Object... triples) {
    List<XdsResource> resources = new ArrayList<>();
    for (int i = 0; i < triples.length; i += 3) {
      resources.add(
          Fakes.resource(
              (ResourceType) triples[i], (String) triples[i + 1], (String) triples[i + 2]));
    }
    last = resources;
    offerSame();
  }

  private void offerSame() {
    session.offer(XdsSnapshot.of(++revision, last));
  }

  private static DeltaDiscoveryRequest.Builder to(ResourceType type) {
    return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl());
  }

  private void request(ResourceType type) {
    session.onRequest(to(type).build());
  }

  private RequestOutcome subscribe(ResourceType type, String... names) {
    return session.onRequest(to(type).addAllResourceNamesSubscribe(List.of(names)).build());
  }

  private DeltaDiscoveryResponse next() {
    return Objects.requireNonNull(session.poll());
  }

  private void ack(DeltaDiscoveryResponse response) {
    session.onRequest(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce())
            .build());
  }

  /** Accepts whatever comes, asking for the endpoints of new clusters as a proxy does. */
  private List<String> drain() {
    List<String> lines = new ArrayList<>();
    for (DeltaDiscoveryResponse next = session.poll(); next != null; next = session.poll()) {
      lines.add(line(next));
      if (next.getTypeUrl().equals(CLUSTER.typeUrl()) && subscribedToEndpoints()) {
        subscribe(
            ENDPOINT,
            next.getResourcesList().stream().map(Resource::getName).toArray(String[]::new));
      }
      ack(next);
    }
    return lines;
  }

  private boolean subscribedToEndpoints() {
    return session.status().stream()
        .anyMatch(status -> status.type() == ENDPOINT && status.subscribed() > 0);
  }

  private static String line(DeltaDiscoveryResponse response) {
    StringBuilder line =
        new StringBuilder(
            Objects.requireNonNull(ResourceType.ofTypeUrl(response.getTypeUrl())).shortName());
    response.getResourcesList().forEach(resource -> line.append(' ').append(resource.getName()));
    response.getRemovedResourcesList().forEach(name -> line.append(" -").append(name));
    return line.toString();
  }
}

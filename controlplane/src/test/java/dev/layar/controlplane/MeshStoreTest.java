package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.compiler.MeshState;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MeshStoreTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource clock = () -> now;
  private final MeshStore store = new MeshStore(clock, Admission.validation(), 1);

  private static String service(String name, int port, String label) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s, labels: {team: %s}}
    spec: {selector: {app: x}, ports: [{name: http, port: %d}]}
    ---
    """
        .formatted(name, label, port);
  }

  private static List<Resource<?>> objects(String yaml) {
    Decoded decoded = Decoder.decode("test.yaml", yaml);
    assertThat(decoded.findings()).filteredOn(Finding::isError).isEmpty();
    return decoded.resources();
  }

  private ObjectMeta meta(ObjectKey key) {
    return Objects.requireNonNull(store.state().get(key)).metadata();
  }

  @Test
  void aBatchIsOneRevision() {
    List<Resource<?>> two = objects(service("a", 80, "x") + service("b", 80, "x"));
    Change change = store.put(two);
    assertThat(change.revision()).isEqualTo(1);
    assertThat(change.changed()).isTrue();
    assertThat(store.state().size()).isEqualTo(2);
  }

  @Test
  void doesTheBookkeepingOfAnApiServer() {
    ObjectKey key = objects(service("a", 80, "x")).getFirst().key();
    store.put(objects(service("a", 80, "x")));
    ObjectMeta first = meta(key);
    assertThat(first.creationTimestamp()).isEqualTo(now);
    assertThat(first.generation()).isEqualTo(1);
    assertThat(first.uid()).hasSize(36);
    Instant created = now;

    now = now.plusSeconds(60);
    store.put(objects(service("a", 8080, "x")));
    assertThat(meta(key).generation()).as("a new spec").isEqualTo(2);
    assertThat(meta(key).creationTimestamp()).isEqualTo(created);
    assertThat(meta(key).uid()).isEqualTo(first.uid());
    assertThat(meta(key).resourceVersion()).isEqualTo("2");

    store.put(objects(service("a", 8080, "y")));
    assertThat(meta(key).generation()).as("only a label").isEqualTo(2);
    assertThat(meta(key).labels()).containsEntry("team", "y");

    store.delete(List.of(key));
    store.put(objects(service("a", 80, "x")));
    assertThat(meta(key).uid()).as("another object of that name").isNotEqualTo(first.uid());
    assertThat(meta(key).creationTimestamp()).isEqualTo(now);
  }

  @Test
  void sayingTheSameAgainChangesNothing() {
    store.put(objects(service("a", 80, "x")));
    MeshState before = store.state();
    Change change = store.put(objects(service("a", 80, "x")));
    assertThat(change.changed()).isFalse();
    assertThat(store.state()).isSameAs(before);
  }

  @Test
  void ofABatchTheGoodIsTakenAndTheRefusedKeepsItsLastGoodVersion() {
    Resource<?> picky = objects(service("picky", 80, "x")).getFirst();
    MeshStore choosy =
        new MeshStore(
            clock,
            object ->
                object.metadata().labels().containsValue("bad")
                    ? List.of(Finding.error("T1", Location.UNKNOWN, "", "bad label", "bad", ""))
                    : List.of(),
            1);
    choosy.put(picky);
    Change change = choosy.put(objects(service("picky", 81, "bad") + service("sibling", 80, "x")));
    assertThat(change.refused()).containsExactly(picky.key());
    assertThat(change.findings()).hasSize(1);
    assertThat(choosy.state().size()).isEqualTo(2);
    assertThat(Objects.requireNonNull(choosy.state().get(picky.key())).spec())
        .isEqualTo(picky.spec());
  }

  @Test
  void theValidatorStandsAtTheEdge() {
    List<Resource<?>> bad =
        objects(
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews}
            spec:
              hosts: [reviews]
              http:
              - route: [{destination: {host: reviews}, weight: -5}]
            """);
    Change change = store.put(bad);
    assertThat(change.refused()).hasSize(1);
    assertThat(change.findings()).anyMatch(Finding::isError);
    assertThat(store.state().size()).isZero();
  }

  @Test
  void listenersSeeEveryStateInOrder() {
    List<Long> revisions = new ArrayList<>();
    MeshStore.Subscription subscription = store.onChange(state -> revisions.add(state.revision()));
    store.put(objects(service("a", 80, "x")));
    store.put(objects(service("a", 80, "x")));
    store.put(objects(service("b", 80, "x")));
    subscription.close();
    store.put(objects(service("c", 80, "x")));
    assertThat(revisions).containsExactly(1L, 2L);
  }
}

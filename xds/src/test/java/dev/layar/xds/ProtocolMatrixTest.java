package dev.layar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.server.RequestOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every event of the protocol, for both variants and every type. */
class ProtocolMatrixTest {
  static Stream<Arguments> variants() {
    return Stream.of(true, false)
        .flatMap(
            delta ->
                Stream.of(ResourceType.values())
                    .map(type -> Arguments.of(delta ? "delta" : "sotw", type)));
  }

  private final FakeSink sink = new FakeSink();
  private long revision;

  private Wire<?, ?> wire(String variant, ResourceType type) {
    if (!type.wildcard()) {
      sink.extra(type).addAll(List.of("a", "b"));
    }
    return Wire.of(variant.equals("delta"), sink);
  }

  private XdsSnapshot snapshot(ResourceType type, String... namesAndWords) {
    List<XdsResource> resources = new ArrayList<>();
    for (int i = 0; i < namesAndWords.length; i += 2) {
      resources.add(Fakes.resource(type, namesAndWords[i], namesAndWords[i + 1]));
    }
    return XdsSnapshot.of(++revision, resources);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void add(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1"));
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "1"));
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "1", "b", "1"));
    assertThat(wire.server().settledRevision()).isEqualTo(revision);
    assertThat(wire.outcomes).doesNotContain(RequestOutcome.NACKED, RequestOutcome.STALE);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void update(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    int before = wire.responses.size();
    wire.offerAndRun(snapshot(type, "a", "2", "b", "1"));
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "2", "b", "1"));
    assertThat(wire.status(type).ackedRevision()).isEqualTo(revision);
    assertThat(wire.responses).hasSize(before + 1);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void anUnchangedRevisionCostsNothing(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1"));
    int before = wire.responses.size();
    wire.offerAndRun(snapshot(type, "a", "1"));
    assertThat(wire.responses).hasSize(before);
    assertThat(wire.server().settledRevision()).isEqualTo(revision);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void remove(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    wire.offerAndRun(snapshot(type, "a", "1"));
    boolean absenceMeansNothing = variant.equals("sotw") && !type.wildcard();
    assertThat(sink.held(type))
        .isEqualTo(absenceMeansNothing ? Map.of("a", "1", "b", "1") : Map.of("a", "1"));
    assertThat(wire.server().settledRevision()).isEqualTo(revision);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void invalid(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    int before = wire.responses.size();
    wire.offerAndRun(snapshot(type, "a", "bad", "b", "2"));
    assertThat(sink.held(type))
        .as("sibling new, last good kept")
        .isEqualTo(Map.of("a", "1", "b", "2"));
    assertThat(wire.responses.size() - before).as("one response, no resend").isEqualTo(1);
    assertThat(wire.status(type).nackText()).contains("a: error LYR9999 word: cannot be used");
    assertThat(wire.status(type).nackedRevision()).isEqualTo(revision);
    assertThat(wire.server().settledRevision()).as("a refusal is an answer").isEqualTo(revision);

    wire.offerAndRun(snapshot(type, "a", "3", "b", "2"));
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "3", "b", "2"));
    assertThat(wire.status(type).nacked()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("variants")
  void invalidFromTheStart(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "bad", "b", "1"));
    assertThat(sink.held(type)).isEqualTo(Map.of("b", "1"));
    assertThat(wire.status(type).nacks()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void reconnectToAnUnchangedState(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    wire.responses.clear();
    sink.journal.clear();
    wire.reconnect();
    wire.run();
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "1", "b", "1"));
    assertThat(wire.server().settledRevision()).isEqualTo(revision);
    if (variant.equals("delta")) {
      assertThat(sink.journal).as("nothing is sent again").noneMatch(line -> line.startsWith("+"));
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void reconnectToAChangedState(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    wire.reconnect();
    wire.offerAndRun(snapshot(type, "b", "2"));
    boolean absenceMeansNothing = variant.equals("sotw") && !type.wildcard();
    assertThat(sink.held(type))
        .isEqualTo(absenceMeansNothing ? Map.of("a", "1", "b", "2") : Map.of("b", "2"));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void reconnectInTheMiddleOfAPush(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offer(snapshot(type, "a", "1", "b", "1"));
    while (!wire.serverWrites()) {
      wire.serverReads();
    }
    wire.reconnect();
    wire.run();
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "1", "b", "1"));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void aRefusedVersionIsOfferedOnceMoreAfterAReconnection(String variant, ResourceType type) {
    Wire<?, ?> wire = wire(variant, type);
    wire.offerAndRun(snapshot(type, "a", "1", "b", "1"));
    wire.offerAndRun(snapshot(type, "a", "bad", "b", "1"));
    wire.reconnect();
    wire.run();
    assertThat(wire.status(type).nacks()).isEqualTo(1);
    assertThat(sink.held(type)).isEqualTo(Map.of("a", "1", "b", "1"));
  }
}

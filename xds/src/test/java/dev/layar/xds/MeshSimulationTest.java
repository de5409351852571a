package dev.layar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.server.SessionLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A mesh that changes at random while one proxy follows it over a wire that delivers, delays and
 * breaks at random. Each seed is one life; a failure names it.
 */
class MeshSimulationTest {
  private static final int STEPS = 1_500;
  private static final SessionLimits SMALL_RESPONSES = new SessionLimits(1_000, 1_000, 40);

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 60);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDeltaClientNeverRoutesIntoTheVoidAndEndsInTheServersState(long seed) {
    Life life = new Life(seed, true, true);
    life.live();
    assertThat(life.sink.held(ResourceType.ENDPOINT))
        .isEqualTo(life.world.held(ResourceType.ENDPOINT));
    assertThat(life.sink.held(ResourceType.ROUTE)).isEqualTo(life.world.held(ResourceType.ROUTE));
  }

  /** Without reconnections: a whole state cannot say what a client of a broken stream held. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aSotwClientOnAWholeStreamNeverRoutesIntoTheVoid(long seed) {
    new Life(seed, false, false).live();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aSotwClientEndsInTheServersStateHoweverOftenItReconnects(long seed) {
    Life life = new Life(seed, false, true);
    life.sink.strict = false;
    life.live();
  }

  private static final class Life {
    final SplitMix64 random;
    final World world;
    final StrictSink sink = new StrictSink();
    final Wire<?, ?> wire;
    final boolean breaks;

    Life(long seed, boolean delta, boolean breaks) {
      this.random = new SplitMix64(seed);
      this.world = new World(random);
      this.wire = Wire.of(delta, sink, SMALL_RESPONSES);
      this.breaks = breaks;
      wire.offer(world.snapshot());
    }

    void live() {
      for (int step = 0; step < STEPS; step++) {
        switch (random.below(8)) {
          case 0 -> {
            world.edit();
            wire.offer(world.snapshot());
          }
          case 1, 2 -> wire.serverReads();
          case 3, 4 -> wire.serverWrites();
          case 5, 6 -> wire.clientReads();
          default -> {
            if (breaks && random.below(25) == 0) {
              wire.reconnect();
            }
          }
        }
      }
      wire.run();
      assertThat(wire.server().settledRevision()).isEqualTo(world.revision);
      assertThat(sink.held(ResourceType.CLUSTER)).isEqualTo(world.held(ResourceType.CLUSTER));
      assertThat(sink.held(ResourceType.LISTENER)).isEqualTo(world.held(ResourceType.LISTENER));
    }
  }

  /** Clusters with endpoints, listeners with a route, routes that refer to existing clusters. */
  private static final class World {
    private final SplitMix64 random;
    private final Map<String, String> clusters = new TreeMap<>();
    private final Map<String, String> endpoints = new TreeMap<>();
    private final Map<String, String> listeners = new TreeMap<>();
    private final Map<String, String> routes = new TreeMap<>();
    private long revision;
    private int words;

    World(SplitMix64 random) {
      this.random = random;
    }

    void edit() {
      for (int i = random.below(4); i >= 0; i--) {
        editOne();
      }
      routes.replaceAll((name, word) -> refersToMissing(word) ? word() : word);
    }

    private void editOne() {
      String name = "n" + random.below(6);
      switch (random.below(6)) {
        case 0, 1 -> {
          clusters.put(name, "w" + ++words);
          endpoints.putIfAbsent(name, "w" + ++words);
        }
        case 2 -> {
          clusters.remove(name);
          endpoints.remove(name);
        }
        case 3 -> endpoints.computeIfPresent(name, (key, word) -> "w" + ++words);
        case 4 -> {
          listeners.put(name, "w" + ++words);
          routes.put("r-" + name, word());
        }
        default -> {
          if (random.below(2) == 0) {
            listeners.remove(name);
            routes.remove("r-" + name);
          } else {
            routes.computeIfPresent("r-" + name, (key, word) -> word());
          }
        }
      }
    }

    private String word() {
      List<String> refersTo = new ArrayList<>();
      for (String cluster : clusters.keySet()) {
        if (random.below(2) == 0) {
          refersTo.add(cluster);
        }
      }
      return String.join(",", refersTo);
    }

    private boolean refersToMissing(String word) {
      return referred(word).stream().anyMatch(name -> !clusters.containsKey(name));
    }

    Map<String, String> held(ResourceType type) {
      return switch (type) {
        case CLUSTER -> clusters;
        case ENDPOINT -> endpoints;
        case LISTENER -> listeners;
        case ROUTE -> routes;
        case SECRET -> Map.of();
      };
    }

    XdsSnapshot snapshot() {
      List<XdsResource> all = new ArrayList<>();
      for (ResourceType type : ResourceType.values()) {
        held(type).forEach((name, word) -> all.add(Fakes.resource(type, name, word)));
      }
      return XdsSnapshot.of(++revision, all);
    }
  }

  private static List<String> referred(String word) {
    return word.isEmpty() ? List.of() : List.of(word.split(","));
  }

  /** Checks after every response that no route in use points at something that is not there. */
  private static final class StrictSink extends FakeSink {
    boolean strict = true;

    @Override
    public List<Rejection> update(
        ResourceType type, List<XdsResource> changed, Set<String> removed) {
      List<Rejection> rejections = super.update(type, changed, removed);
      if (strict) {
        held(ResourceType.LISTENER).keySet().forEach(this::checkRouteOf);
      }
      return rejections;
    }

    private void checkRouteOf(String listener) {
      String word = held(ResourceType.ROUTE).getOrDefault("r-" + listener, "");
      assertThat(held(ResourceType.CLUSTER).keySet())
          .as("clusters that %s refers to; %s", listener, journal)
          .containsAll(referred(word));
      assertThat(held(ResourceType.ENDPOINT).keySet())
          .as("endpoints that %s refers to; %s", listener, journal)
          .containsAll(referred(word));
    }
  }
}

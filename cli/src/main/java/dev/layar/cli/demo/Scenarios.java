package dev.layar.cli.demo;

import java.util.List;
import java.util.Optional;

/** All scenarios, in the order they are played: neighbours share pods. */
final class Scenarios {
  private static final List<Scenario> ALL =
      List.of(
          new WeightedSubsets(),
          new ConsistentHash(),
          new Mirroring(),
          new FaultInjection(),
          new Timeout(),
          new MutualTls(),
          new HeaderMatch(),
          new GatewayRouting(),
          new Canary());

  private Scenarios() {}

  static List<Scenario> all() {
    return ALL;
  }

  static Optional<Scenario> named(String name) {
    return ALL.stream().filter(scenario -> scenario.name().equals(name)).findFirst();
  }
}

package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** {@code ./layar demo}: every scenario of the seeds, with real traffic, in one process tree. */
class DemoTest {
  private static final List<String> SCENARIOS =
      List.of(
          "weighted-subsets",
          "consistent-hash",
          "mirroring",
          "header-match",
          "gateway",
          "timeout",
          "fault",
          "mtls",
          "canary");

  @TempDir Path home;

  @Test
  void everyScenarioAgrees() throws Exception {
    Command.Ended demo = Command.at(home).run(Duration.ofMinutes(4), "demo", "-o", "json");

    JsonNode report = new ObjectMapper().readTree(demo.out());
    List<String> names = new ArrayList<>();
    for (JsonNode scenario : report.get("scenarios")) {
      names.add(scenario.get("name").asString());
      assertThat(scenario.get("agrees").asBoolean()).as(scenario.toPrettyString()).isTrue();
      assertThat(scenario.get("seconds").asDouble()).isPositive();
      assertThat(scenario.get("checks")).isNotEmpty();
      for (JsonNode check : scenario.get("checks")) {
        assertThat(check.get("what").asString()).isNotBlank();
        assertThat(check.get("expected").asString()).isNotBlank();
        assertThat(check.get("observed").asString()).isNotBlank();
        assertThat(check.get("agrees").asBoolean()).isTrue();
      }
    }
    assertThat(names).containsExactlyInAnyOrderElementsOf(SCENARIOS);
    demo.exited(0);
  }

  @Test
  void listsWhatItCanShow() throws Exception {
    Command.Ended list = Command.at(home).run(Duration.ofSeconds(30), "demo", "--list").exited(0);
    assertThat(list.out()).contains(SCENARIOS);
  }

  @Test
  void anUnknownScenarioIsAUsageErrorThatNamesTheKnownOnes() throws Exception {
    Command.Ended demo = Command.at(home).run(Duration.ofSeconds(30), "demo", "wieghted").exited(2);
    assertThat(demo.err()).contains("wieghted").contains("weighted-subsets");
  }
}

package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** {@code ./layar compile}: what a proxy would get, offline. */
class CompileTest {
  @TempDir Path home;

  @Test
  void printsAConfigDumpWithIstiosNames() throws Exception {
    Command.Ended ended =
        Command.at(home)
            .run(
                Duration.ofSeconds(60),
                "compile",
                "-f",
                Repository.example("mirroring").toString(),
                "--proxy",
                "sleep.default",
                "-o",
                "json")
            .exited(0);
    JsonNode dump = new ObjectMapper().readTree(ended.out());
    assertThat(dump.get("configs")).isNotEmpty();
    assertThat(ended.out())
        .contains("outbound|8000|v1|httpbin.default.svc.cluster.local")
        .contains("request_mirror_policies");
  }

  @Test
  void anUnknownProxyListsTheKnownOnes() throws Exception {
    Command.Ended ended =
        Command.at(home)
            .run(
                Duration.ofSeconds(60),
                "compile",
                "-f",
                Repository.example("mirroring").toString(),
                "--proxy",
                "sleeep.default");
    assertThat(ended.exitCode()).isNotZero();
    assertThat(ended.err()).contains("sleeep.default").contains("sleep");
  }
}

package dev.layar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
  private final VirtualTime time = new VirtualTime();
  private final List<String> log = new ArrayList<>();

  @Test
  void tasksRunAtTheirInstantInOrder() {
    time.schedule(Duration.ofMillis(20), () -> log.add("b " + time.nanos() / 1_000_000));
    time.schedule(Duration.ofMillis(10), () -> log.add("a " + time.nanos() / 1_000_000));
    time.schedule(Duration.ofMillis(20), () -> log.add("c"));

    time.advance(Duration.ofMillis(9));
    assertThat(log).isEmpty();
    time.advance(Duration.ofMillis(11));
    assertThat(log).containsExactly("a 10", "b 20", "c");
    assertThat(time.nanos()).isEqualTo(20_000_000);
  }

  @Test
  void aTaskMaySchedule() {
    time.schedule(
        Duration.ofMillis(1),
        () -> time.schedule(Duration.ofMillis(1), () -> log.add("at " + time.nanos())));

    time.advance(Duration.ofMillis(5));

    assertThat(log).containsExactly("at 2000000");
    assertThat(time.pending()).isZero();
  }

  @Test
  void aCancelledTaskDoesNotRun() {
    VirtualTime.Cancel cancel = time.schedule(Duration.ofMillis(1), () -> log.add("ran"));

    cancel.cancel();
    time.advance(Duration.ofMillis(5));

    assertThat(log).isEmpty();
  }

  @Test
  void aFailingSeedIsNamed() {
    assertThatThrownBy(
            () ->
                Seeded.forSeeds(
                    1,
                    100,
                    random -> assertThat(random.list(1, 5, () -> random.below(10))).hasSize(3)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("-Dlayar.seed=");
  }
}

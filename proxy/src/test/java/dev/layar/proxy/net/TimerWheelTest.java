package dev.layar.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimerWheelTest {
  private static final long MILLI = 1_000_000;
  private final TimerWheel wheel = new TimerWheel(5);
  private final List<String> fired = new ArrayList<>();

  @Test
  void neverFiresEarlyAndAtMostTwoMillisecondsLate() {
    for (long millis : new long[] {1, 2, 999, 1_000, 4_095, 4_096, 4_097, 60_000, 3_600_000}) {
      TimerWheel fresh = new TimerWheel(7);
      Timer timer = timer("t");
      fired.clear();
      fresh.arm(timer, 7 + millis * MILLI);
      fresh.advance(7 + millis * MILLI - 1);
      assertThat(fired).as("%d ms", millis).isEmpty();
      fresh.advance(7 + (millis + 2) * MILLI);
      assertThat(fired).as("%d ms", millis).containsExactly("t");
      assertThat(timer.armed()).isFalse();
    }
  }

  @Test
  void armingAgainMovesAndCancellingStops() {
    Timer moved = timer("moved");
    Timer cancelled = timer("cancelled");
    wheel.arm(moved, 10 * MILLI);
    wheel.arm(moved, 50 * MILLI);
    wheel.arm(cancelled, 10 * MILLI);
    wheel.cancel(cancelled);
    wheel.advance(40 * MILLI);
    assertThat(fired).isEmpty();
    assertThat(wheel.armed()).isOne();
    wheel.advance(60 * MILLI);
    assertThat(fired).containsExactly("moved");
    assertThat(wheel.nextWake()).isEqualTo(TimerWheel.NEVER);
  }

  @Test
  void aTimerMayRearmItselfAndCancelOthers() {
    Timer victim = timer("victim");
    Timer[] self = new Timer[1];
    self[0] =
        new Timer(
            () -> {
              fired.add("self");
              wheel.cancel(victim);
              if (fired.size() < 3) {
                wheel.arm(self[0], 0);
              }
            });
    wheel.arm(victim, 10 * MILLI);
    wheel.arm(self[0], 10 * MILLI);
    wheel.advance(30 * MILLI);
    assertThat(fired).containsExactly("self", "self", "self");
  }

  @Test
  void randomTimersFireOnceInOrderOfTheirTicks() {
    SplitMix64 random = new SplitMix64(42);
    List<Long> due = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      long at = (long) random.below(20_000) * MILLI;
      wheel.arm(new Timer(() -> due.add(at)), at);
    }
    long now = 0;
    int steps = 0;
    while (wheel.armed() > 0) {
      assertThat(wheel.nextWake()).isGreaterThan(now);
      now = wheel.nextWake();
      wheel.advance(now);
      steps++;
    }
    assertThat(due).hasSize(2_000);
    for (int i = 1; i < due.size(); i++) {
      assertThat(due.get(i)).isGreaterThanOrEqualTo(due.get(i - 1) - 2 * MILLI);
    }
    assertThat(steps).isLessThan(2_000 * 5);
  }

  private Timer timer(String name) {
    return new Timer(() -> fired.add(name));
  }
}

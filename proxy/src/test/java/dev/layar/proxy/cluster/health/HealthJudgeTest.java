package dev.layar.proxy.cluster.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Intervals;
import dev.layar.proxy.cluster.health.HealthJudge.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthJudgeTest {
  private static final Intervals INTERVALS = new Intervals(10, 0, 0, 0, 60, 50, 20, 2, 1);

  private static HealthJudge judge(Intervals intervals) {
    return new HealthJudge(
        new HealthCheckConfig(
            1, intervals, 3, 2, new HealthCheckConfig.Tcp(new byte[0], List.of())),
        false);
  }

  @Test
  void theFirstGoodAnswerIsEnoughAndLaterItTakesTheThreshold() {
    HealthJudge judge = judge(INTERVALS);
    assertThat(judge.waitsForFirst()).isTrue();
    assertThat(judge.take(Answer.WELL)).isTrue();
    assertThat(judge.healthy()).isTrue();
    assertThat(judge.take(Answer.ILL)).as("at once, whatever the threshold").isTrue();
    assertThat(judge.take(Answer.WELL)).isFalse();
    assertThat(judge.take(Answer.NONE)).isFalse();
    assertThat(judge.take(Answer.WELL)).isFalse();
    assertThat(judge.take(Answer.WELL)).isTrue();
  }

  @Test
  void networkFailuresHaveToComeInARow() {
    HealthJudge judge = judge(INTERVALS);
    judge.take(Answer.WELL);
    for (Answer answer : List.of(Answer.NONE, Answer.NONE, Answer.WELL, Answer.NONE, Answer.NONE)) {
      assertThat(judge.take(answer)).isFalse();
    }
    assertThat(judge.take(Answer.NONE)).isTrue();
    assertThat(judge.healthy()).isFalse();
  }

  @Test
  void theIntervalGoesByHealthChangeAndUse() {
    HealthJudge judge = judge(INTERVALS);
    judge.take(Answer.WELL);
    assertThat(judge.nextNanos(true, 0)).as("just well").isEqualTo(1);
    assertThat(judge.nextNanos(false, 0)).as("well, unused").isEqualTo(50);
    judge.take(Answer.WELL);
    assertThat(judge.nextNanos(true, 0)).as("well").isEqualTo(10);
    judge.take(Answer.ILL);
    assertThat(judge.nextNanos(true, 0)).as("just ill").isEqualTo(2);
    assertThat(judge.nextNanos(false, 0)).as("ill, unused").isEqualTo(60);
    judge.take(Answer.ILL);
    assertThat(judge.nextNanos(true, 0)).as("ill").isEqualTo(20);
  }

  @Test
  void jitterIsAdded() {
    HealthJudge judge = judge(new Intervals(1000, 0, 100, 10, 1, 1, 1, 1, 1000));
    judge.take(Answer.WELL);
    long least = Long.MAX_VALUE;
    long most = 0;
    for (long i = 0; i < 500; i++) {
      long next = judge.nextNanos(true, SplitMix64.mix(i));
      least = Math.min(least, next);
      most = Math.max(most, next);
    }
    assertThat(least).isBetween(1000L, 1030L);
    assertThat(most).isBetween(1160L, 1199L);
  }
}

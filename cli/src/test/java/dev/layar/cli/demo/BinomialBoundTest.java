package dev.layar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BinomialBoundTest {

  @ParameterizedTest
  @CsvSource({
    // n, p, alarm
    "10, 0.5, 0.05",
    "100, 0.1, 1e-6",
    "600, 0.16666666666666666, 1e-6",
    "1000, 0.1, 1e-6",
    "1000, 0.9, 1e-6",
    "37, 0.25, 1e-3",
  })
  void leavesAtMostHalfTheAlarmOnEachSideAndIsTight(int n, double p, double alarm) {
    BinomialBound bound = BinomialBound.of(n, p, alarm);

    assertThat(exactBelow(n, p, bound.low())).isLessThanOrEqualTo(alarm / 2);
    assertThat(exactBelow(n, p, bound.low() + 1)).isGreaterThan(alarm / 2);
    assertThat(1 - exactBelow(n, p, bound.high() + 1)).isLessThanOrEqualTo(alarm / 2 * 1.000001);
    assertThat(1 - exactBelow(n, p, bound.high())).isGreaterThan(alarm / 2);
    assertThat(bound.accepts(bound.low())).isTrue();
    assertThat(bound.accepts(bound.low() - 1)).isFalse();
    assertThat(bound.accepts(bound.high())).isTrue();
    assertThat(bound.accepts(bound.high() + 1)).isFalse();
  }

  @Test
  void certaintiesAllowNothingElse() {
    assertThat(BinomialBound.of(50, 0)).extracting("low", "high").containsExactly(0, 0);
    assertThat(BinomialBound.of(50, 1)).extracting("low", "high").containsExactly(50, 50);
    assertThat(BinomialBound.of(0, 0.5)).extracting("low", "high").containsExactly(0, 0);
  }

  @Test
  void doesNotUnderflowWithManyTrials() {
    BinomialBound bound = BinomialBound.of(20_000, 0.9);

    assertThat(bound.low()).isBetween(17_750, 17_850);
    assertThat(bound.high()).isBetween(18_150, 18_250);
  }

  @Test
  void tellsTenPercentFromTwenty() {
    assertThat(BinomialBound.of(500, 0.1).accepts(100)).isFalse();
  }

  @Test
  void readsWell() {
    assertThat(BinomialBound.of(1000, 0.1)).hasToString("10 % of 1000: 57 to 149");
    assertThat(BinomialBound.percent(1 / 6.0)).isEqualTo("16.7 %");
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> BinomialBound.of(10, 1.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BinomialBound.of(-1, 0.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BinomialBound.of(10, 0.5, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** P(X < k) by exact decimal arithmetic, written the slow and obvious way. */
  private static double exactBelow(int n, double p, int k) {
    MathContext digits = new MathContext(60);
    BigDecimal hit = BigDecimal.valueOf(p);
    BigDecimal miss = BigDecimal.ONE.subtract(hit);
    BigDecimal choose = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < k; i++) {
      sum = sum.add(choose.multiply(hit.pow(i), digits).multiply(miss.pow(n - i, digits), digits));
      choose =
          choose
              .multiply(BigDecimal.valueOf(n - i), digits)
              .divide(BigDecimal.valueOf(i + 1), digits);
    }
    return sum.doubleValue();
  }
}

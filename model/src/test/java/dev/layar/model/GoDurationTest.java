package dev.layar.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, PT0S, 0s",
    "0s, PT0S, 0s",
    "1m, PT1M, 60s",
    "1h30m, PT1H30M, 5400s",
    "1.5s, PT1.5S, 1500ms",
    "100ms, PT0.1S, 100ms",
    ".5s, PT0.5S, 500ms",
    "1.s, PT1S, 1s",
    "-2s, PT-2S, -2s",
    "+2s, PT2S, 2s",
    "10us, PT0.00001S, 0.00001s",
    "10µs, PT0.00001S, 0.00001s",
    "3ns, PT0.000000003S, 0.000000003s",
    "1s1s, PT2S, 2s"
  })
  void reads(String text, Duration expected, String canonical) {
    assertThat(GoDuration.parse(text)).isEqualTo(expected);
    assertThat(GoDuration.format(expected)).isEqualTo(canonical);
    assertThat(GoDuration.parse(canonical)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "s", "1d", "1 s", "1s ", "1x", ".s", "--1s", "9999999999h"})
  void refuses(String text) {
    assertThat(GoDuration.parse(text)).isNull();
  }
}

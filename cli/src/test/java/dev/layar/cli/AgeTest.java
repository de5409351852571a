package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AgeTest {
  /** As {@code kubectl get pods} prints them (apimachinery's HumanDuration). */
  @ParameterizedTest
  @CsvSource({
    "PT-1S, 0s",
    "PT0S, 0s",
    "PT119S, 119s",
    "PT2M, 2m",
    "PT9M59S, 9m59s",
    "PT10M30S, 10m",
    "PT179M59S, 179m",
    "PT3H, 3h",
    "PT4H5M, 4h5m",
    "PT8H30M, 8h",
    "PT47H59M, 47h",
    "PT50H, 2d2h",
    "P7D, 7d",
    "P8DT5H, 8d"
  })
  void readsAsKubectlPrintsIt(Duration age, String expected) {
    assertThat(Age.of(age)).isEqualTo(expected);
  }
}

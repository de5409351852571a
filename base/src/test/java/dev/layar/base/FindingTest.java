package dev.layar.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FindingTest {
  @Test
  void printsWhereWhatValueAndExpectation() {
    Finding finding =
        Finding.error(
            "LYR0003",
            new Location("vs.yaml", 12, 17),
            "spec.http[0].route[0].weight",
            "weight is a whole number without a percent sign",
            "10%",
            "10");
    assertThat(finding.line())
        .isEqualTo(
            "vs.yaml:12:17: error LYR0003 spec.http[0].route[0].weight:"
                + " weight is a whole number without a percent sign (value: 10%) (expected: 10)");
  }

  @Test
  void leavesOutWhatIsUnknown() {
    assertThat(Finding.warning("LYR1", Location.UNKNOWN, "", "message", "", "").line())
        .isEqualTo("warning LYR1: message");
  }
}

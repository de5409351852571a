package dev.layar.base;

import java.util.List;

/**
 * A value with the findings met on the way, or only findings. Bad input is data, not an exception.
 */
public sealed interface Result<T> {
  /** Every finding, errors and warnings. */
  List<Finding> findings();

  /** Usable; {@code findings} holds no error. */
  record Ok<T>(T value, List<Finding> findings) implements Result<T> {
    public Ok {
      findings = List.copyOf(findings);
    }
  }

  /** Refused; {@code findings} holds at least one error. */
  record Rejected<T>(List<Finding> findings) implements Result<T> {
    public Rejected {
      findings = List.copyOf(findings);
      if (findings.stream().noneMatch(Finding::isError)) {
        throw new IllegalArgumentException("a rejection needs an error");
      }
    }
  }
}

package dev.layar.model;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects findings, at most {@link Limits#FINDINGS} of them. Confined to one decode call. */
final class Findings {
  private final List<Finding> list = new ArrayList<>();
  private int errors;
  private boolean full;

  void error(
      DecodeCode code, Location at, String path, String message, String value, String expected) {
    errors++;
    add(Finding.error(code.id(), at, path, message, value, expected));
  }

  void error(DecodeCode code, Location at, String path, String message) {
    error(code, at, path, message, "", "");
  }

  void warning(
      DecodeCode code, Location at, String path, String message, String value, String expected) {
    add(Finding.warning(code.id(), at, path, message, value, expected));
  }

  /** Whether further findings would not be shown, so that advice on them is wasted work. */
  boolean isFull() {
    return full;
  }

  /** How many errors were met, reported or not. */
  int errors() {
    return errors;
  }

  /** Every finding, in the order of the text. */
  List<Finding> list() {
    list.sort(
        Comparator.comparingInt((Finding f) -> f.location().line())
            .thenComparingInt(f -> f.location().column()));
    return list;
  }

  private void add(Finding finding) {
    if (list.size() < Limits.FINDINGS) {
      list.add(finding);
    } else if (!full) {
      full = true;
      list.add(
          Finding.error(
              DecodeCode.TOO_MANY.id(),
              finding.location(),
              "",
              "there is more; only the first " + Limits.FINDINGS + " findings are shown",
              "",
              ""));
    }
  }
}

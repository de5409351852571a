package dev.layar.base;

/** How much a {@link Finding} matters. Only {@link #ERROR} makes an object invalid. */
public enum Severity {
  ERROR,
  WARNING,
  INFO
}

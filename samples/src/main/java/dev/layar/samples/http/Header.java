package dev.layar.samples.http;

/** One header field as sent; the name keeps its case. */
public record Header(String name, String value) {
  public boolean is(String other) {
    return name.equalsIgnoreCase(other);
  }
}

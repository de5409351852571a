package dev.layar.base;

/**
 * One thing that is wrong or doubtful about a piece of configuration: the unit in which every part
 * of Layar reports bad input (decoder, validation, analysis, the proxy's NACK).
 *
 * @param code stable identifier, for example {@code LYR0102} or Istio's {@code IST0101}
 * @param severity whether the object is refused
 * @param location where it was written
 * @param path field path inside the object, for example {@code spec.http[0].route[1].weight}; empty
 *     for the object as a whole
 * @param message one sentence that a person can act on
 * @param value the offending value as written, empty when there is none
 * @param expected what would have been accepted, empty when the message says it all
 */
public record Finding(
    String code,
    Severity severity,
    Location location,
    String path,
    String message,
    String value,
    String expected) {

  public static Finding error(
      String code, Location location, String path, String message, String value, String expected) {
    return new Finding(code, Severity.ERROR, location, path, message, value, expected);
  }

  public static Finding warning(
      String code, Location location, String path, String message, String value, String expected) {
    return new Finding(code, Severity.WARNING, location, path, message, value, expected);
  }

  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /** {@code file:line:col: error CODE path: message}, the one-line form of the command line. */
  public String line() {
    StringBuilder out = new StringBuilder(128);
    String where = location.toString();
    if (!where.isEmpty()) {
      out.append(where).append(": ");
    }
    out.append(
        switch (severity) {
          case ERROR -> "error";
          case WARNING -> "warning";
          case INFO -> "info";
        });
    out.append(' ').append(code);
    if (!path.isEmpty()) {
      out.append(' ').append(path);
    }
    out.append(": ").append(message);
    if (!value.isEmpty()) {
      out.append(" (value: ").append(value).append(')');
    }
    if (!expected.isEmpty()) {
      out.append(" (expected: ").append(expected).append(')');
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return line();
  }
}

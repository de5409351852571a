package dev.layar.base;

/**
 * Where a piece of configuration was written.
 *
 * @param source file name as the user gave it, {@code -} for standard input, or an object's name
 * @param line 1-based, 0 when unknown
 * @param column 1-based, 0 when unknown
 */
public record Location(String source, int line, int column) {
  public static final Location UNKNOWN = new Location("", 0, 0);

  /** {@code file:line:col}, without the parts that are unknown. */
  @Override
  public String toString() {
    if (line == 0) {
      return source;
    }
    return column == 0 ? source + ":" + line : source + ":" + line + ":" + column;
  }
}

package dev.layar.model;

/** Says what to change where the YAML parser only says what it met. */
final class YamlAdvice {
  private YamlAdvice() {}

  /**
   * A sentence for a syntax error.
   *
   * @param problem the parser's words
   * @param line the line it happened on
   */
  static String of(String problem, String line) {
    if (indentation(line).indexOf('\t') >= 0 || problem.contains("(TAB)")) {
      return "a tab cannot indent YAML; use spaces";
    }
    if (problem.contains("cannot start any token")) {
      return "a value cannot start with `%s`; put it in quotes".formatted(offender(problem));
    }
    if (problem.contains("mapping values are not allowed")) {
      return "a `:` is not allowed here: either the line is indented further than its neighbours,"
          + " or the value holds `: ` and needs quotes";
    }
    if (problem.contains("<block end>")) {
      return "this line is not indented like its neighbours; fields of one object start in the same"
          + " column, and list elements with `- `";
    }
    if (problem.contains("could not find expected ':'")) {
      return "there is no `:` after the field name, or the line is indented too little for the text"
          + " above it";
    }
    if (problem.contains("unexpected end of stream") || problem.contains("<stream end>")) {
      return "the text ends inside a quoted string or a bracket that is not closed";
    }
    if (problem.contains("',' or")) {
      return "inside brackets, elements are separated by `,` and the bracket must be closed";
    }
    return "not valid YAML: " + problem;
  }

  /** The parser names a character in single quotes. */
  private static String offender(String problem) {
    int quote = problem.indexOf('\'');
    int end = problem.indexOf('\'', quote + 1);
    return end < 0 ? "this" : problem.substring(quote + 1, end);
  }

  private static String indentation(String line) {
    return line.substring(0, line.length() - line.stripLeading().length());
  }
}

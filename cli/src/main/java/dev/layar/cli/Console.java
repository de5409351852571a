package dev.layar.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes. Passed in, so that a test can hold all of it.
 *
 * @param out results, and nothing else
 * @param err errors, progress and hints
 * @param in standard input, for {@code -f -}
 * @param interactive whether a person watches {@code out}: colour and a live status are welcome
 */
record Console(PrintStream out, PrintStream err, InputStream in, boolean interactive) {

  static final int GREEN = 32;
  static final int RED = 31;
  static final int DIM = 2;

  /** System property: whether a person watches, when this process cannot see for itself. */
  static final String INTERACTIVE = "layar.interactive";

  /** The process's own streams; colour only on a terminal, and never with {@code NO_COLOR}. */
  static Console system() {
    String told = System.getProperty(INTERACTIVE);
    boolean interactive = told == null ? isTerminal() : Boolean.parseBoolean(told);
    return new Console(System.out, System.err, System.in, interactive);
  }

  private static boolean isTerminal() {
    boolean plain = System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"));
    java.io.Console console = plain ? null : System.console();
    return console != null && console.isTerminal();
  }

  /** {@code text} in an ANSI style such as {@link #GREEN}, plain where nobody watches. */
  String styled(int style, String text) {
    return interactive ? "\u001b[" + style + "m" + text + "\u001b[0m" : text;
  }
}

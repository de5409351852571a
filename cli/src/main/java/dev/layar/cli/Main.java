package dev.layar.cli;

import java.util.Objects;

/** The process behind {@code ./layar}. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    Logging.setUp(Objects.requireNonNullElse(System.getenv("LAYAR_LOG"), "warn"));
    Console console = Console.system();
    int code = Layar.run(console, args);
    console.out().flush();
    console.err().flush();
    System.exit(code);
  }
}

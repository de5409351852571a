package dev.layar.cli;

/** What the command's exit code says. */
final class ExitCode {
  static final int OK = 0;

  /**
   * Understood, and not so: invalid input, a scenario that disagrees, a mesh that would not start.
   */
  static final int FAILED = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  private ExitCode() {}
}

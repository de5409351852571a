package dev.layar.cli;

/**
 * Something the user can put right: a missing file, a port in use, a pod that does not exist. The
 * message is one sentence that says what is wrong, where, and what to do. It is printed without a
 * stack trace.
 */
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private UserError(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  /** The command was understood and could not be done: exit code 1. */
  static UserError failed(String message) {
    return new UserError(ExitCode.FAILED, message);
  }

  /** The command line itself is wrong: exit code 2. */
  static UserError usage(String message) {
    return new UserError(ExitCode.USAGE, message);
  }

  int exitCode() {
    return exitCode;
  }
}

package dev.layar.local;

/** Something the user can act on; the message is one sentence that says what and what to do. */
public final class LocalException extends Exception {
  private static final long serialVersionUID = 1L;

  public LocalException(String message) {
    super(message);
  }

  public LocalException(String message, Throwable cause) {
    super(message, cause);
  }
}

package dev.layar.apiserver.patch;

/** A patch that cannot be read or does not fit its object. Its message is for the caller. */
public final class PatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean malformed;

  private PatchException(boolean malformed, String message) {
    super(message, null, false, false);
    this.malformed = malformed;
  }

  /** The patch itself is wrong, whatever the object. */
  public static PatchException malformed(String message) {
    return new PatchException(true, message);
  }

  /** The patch does not fit this object. */
  public static PatchException unfit(String message) {
    return new PatchException(false, message);
  }

  /** Whether the patch is wrong whatever the object. */
  public boolean isMalformed() {
    return malformed;
  }
}

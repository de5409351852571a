package dev.layar.apiserver;

/**
 * How a write is to be done, as the query parameters of the same names say.
 *
 * @param fieldManager who owns the fields that are set; empty for none given
 * @param force apply patches only: take over fields of other managers
 */
public record WriteOptions(
    Caller caller,
    boolean dryRun,
    String fieldManager,
    FieldValidation fieldValidation,
    boolean force) {
  /** What becomes of unknown and duplicate fields. */
  public enum FieldValidation {
    IGNORE,
    WARN,
    STRICT
  }

  /** A plain write of the server's own parts. */
  public static WriteOptions system(String fieldManager) {
    return new WriteOptions(Caller.SYSTEM, false, fieldManager, FieldValidation.IGNORE, false);
  }
}

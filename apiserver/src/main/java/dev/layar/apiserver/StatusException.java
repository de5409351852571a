package dev.layar.apiserver;

import java.util.List;

/** A refusal that a client can understand: Kubernetes' {@code v1.Status}, without a stack trace. */
public final class StatusException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * One of several reasons, as {@code details.causes} lists them.
   *
   * @param reason for example {@code FieldValueInvalid}
   */
  public record Cause(String reason, String message, String field) {}

  private final int code;
  private final String reason;
  private final transient Details details;

  /**
   * What the refusal is about.
   *
   * @param kind the resource's plural or the kind, as Kubernetes fills it
   * @param retryAfterSeconds 0 for none
   */
  public record Details(
      String group,
      String kind,
      String name,
      String uid,
      List<Cause> causes,
      int retryAfterSeconds) {
    public static final Details NONE = new Details("", "", "", "", List.of(), 0);
  }

  /**
   * @param code the HTTP status
   * @param reason for example {@code NotFound}, {@code Conflict}, {@code Invalid}
   */
  public StatusException(int code, String reason, String message, Details details) {
    super(message, null, false, false);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  public int code() {
    return code;
  }

  public String reason() {
    return reason;
  }

  public Details details() {
    return details;
  }
}

package dev.layar.apiserver;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to delete.
 *
 * @param gracePeriod null: the kind's own
 * @param propagation what becomes of what the object owns
 * @param preconditionUid empty for none
 * @param preconditionResourceVersion empty for none
 */
public record DeleteOptions(
    @Nullable Duration gracePeriod,
    Propagation propagation,
    String preconditionUid,
    String preconditionResourceVersion) {
  /** As {@code propagationPolicy} names them. */
  public enum Propagation {
    BACKGROUND,
    FOREGROUND,
    ORPHAN
  }

  public static final DeleteOptions PLAIN = new DeleteOptions(null, Propagation.BACKGROUND, "", "");
}

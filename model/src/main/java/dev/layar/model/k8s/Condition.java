package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A Kubernetes status condition. */
@Open
@Doc("One aspect of an object's state.")
public record Condition(
    @Doc("The aspect, for example Ready.") String type,
    @Doc("True, False or Unknown.") String status,
    @Doc("Why, in one CamelCase word.") String reason,
    @Doc("Why, in a sentence.") String message,
    @Doc("Since when.") @Nullable Instant lastTransitionTime) {
  /** Whether the aspect holds. */
  public boolean isTrue() {
    return status.equals("True");
  }
}

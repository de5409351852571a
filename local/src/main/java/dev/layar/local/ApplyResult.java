package dev.layar.local;

import dev.layar.base.Finding;
import dev.layar.model.ObjectKey;
import java.util.List;

/**
 * What applying a batch did. Objects with an error finding were refused and the last good version
 * of them, if any, stays; their siblings were applied.
 *
 * @param applied objects that are now stored as given, in the order given
 * @param refused objects that were not stored
 * @param findings errors and warnings, in the order of the objects
 */
public record ApplyResult(
    List<ObjectKey> applied, List<ObjectKey> refused, List<Finding> findings) {
  public ApplyResult {
    applied = List.copyOf(applied);
    refused = List.copyOf(refused);
    findings = List.copyOf(findings);
  }

  public boolean ok() {
    return refused.isEmpty();
  }
}

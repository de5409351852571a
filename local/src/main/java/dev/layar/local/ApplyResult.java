package dev.layar.local;

import dev.layar.base.Finding;
import java.util.List;

/**
 * What applying a batch did. Objects with an error finding were refused and the last good version
 * of them, if any, stays; their siblings were applied.
 *
 * @param applied objects that are now stored as given, in the order given
 * @param refused objects that were not stored
 * @param findings errors and warnings, in the order of the objects
 */
public record ApplyResult(List<ObjectId> applied, List<ObjectId> refused, List<Finding> findings) {
  public ApplyResult {
    applied = List.copyOf(applied);
    refused = List.copyOf(refused);
    findings = List.copyOf(findings);
  }

  public boolean ok() {
    return refused.isEmpty();
  }
}

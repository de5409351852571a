package dev.layar.controlplane;

import dev.layar.base.Finding;
import dev.layar.model.ObjectKey;
import java.util.List;

/**
 * What came of an edit.
 *
 * @param revision the store's revision afterwards; proxies that have settled on it obey the edit
 * @param changed whether anything is different from before
 * @param refused objects that were not taken; their last good version stays
 * @param findings errors of the refused, warnings of all
 */
public record Change(
    long revision, boolean changed, List<ObjectKey> refused, List<Finding> findings) {
  public Change {
    refused = List.copyOf(refused);
    findings = List.copyOf(findings);
  }
}

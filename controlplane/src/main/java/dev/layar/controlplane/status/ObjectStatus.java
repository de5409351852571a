package dev.layar.controlplane.status;

import dev.layar.base.Finding;
import dev.layar.model.ObjectKey;
import java.util.List;

/**
 * What the mesh says about one generation of one object. Immutable.
 *
 * @param generation the generation that this is about
 * @param findings of validation and compilation, errors first
 */
public record ObjectStatus(
    ObjectKey key,
    long generation,
    StatusCondition accepted,
    StatusCondition programmed,
    List<Finding> findings) {
  public ObjectStatus {
    findings = List.copyOf(findings);
  }

  public List<StatusCondition> conditions() {
    return List.of(accepted, programmed);
  }

  boolean isProgrammed() {
    return programmed.value() == StatusCondition.Value.TRUE;
  }
}

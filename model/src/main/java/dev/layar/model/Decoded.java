package dev.layar.model;

import dev.layar.base.Finding;
import java.util.ArrayList;
import java.util.List;

/**
 * What a text held: the objects without errors, in order, and every finding. An object with an
 * error is not among the resources; its siblings are.
 */
public record Decoded(List<Resource<?>> resources, List<Finding> findings) {
  public Decoded {
    resources = List.copyOf(resources);
    findings = List.copyOf(findings);
  }

  /** Whether any finding is an error. */
  public boolean hasErrors() {
    return findings.stream().anyMatch(Finding::isError);
  }

  /** Both together, this one's first. */
  public Decoded plus(Decoded other) {
    List<Resource<?>> all = new ArrayList<>(resources);
    all.addAll(other.resources);
    List<Finding> found = new ArrayList<>(findings);
    found.addAll(other.findings);
    return new Decoded(all, found);
  }
}

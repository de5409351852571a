package dev.layar.xds.client;

import dev.layar.base.Finding;
import java.util.List;

/** One resource that the consumer refused; the findings become the NACK's text. */
public record Rejection(String resourceName, List<Finding> findings) {
  public Rejection {
    findings = List.copyOf(findings);
  }
}

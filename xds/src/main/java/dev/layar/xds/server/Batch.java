package dev.layar.xds.server;

import dev.layar.xds.XdsResource;
import java.util.List;
import java.util.Set;

/** What one response has to say about one type. */
record Batch(List<XdsResource> changed, Set<String> removed) {
  boolean isEmpty() {
    return changed.isEmpty() && removed.isEmpty();
  }
}

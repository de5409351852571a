package dev.layar.compiler.build;

import dev.layar.compiler.registry.Registry.Viewer;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * All of a proxy's identity that its routes and clusters depend on; proxies with equal scopes share
 * them.
 *
 * @param viewer from where the registry is seen
 * @param labels those of the workload's labels that some rule in the mesh asks about
 * @param router whether the proxy is a gateway
 * @param certified whether the proxy has a certificate of the mesh
 */
public record Scope(Viewer viewer, Map<String, String> labels, boolean router, boolean certified) {
  public Scope {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}

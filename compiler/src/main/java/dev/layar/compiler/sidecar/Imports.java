package dev.layar.compiler.sidecar;

import dev.layar.compiler.registry.HostNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the egress hosts of a Sidecar import. Immutable.
 *
 * @param taken what is imported
 * @param excluded what is left out after that (Istio Sidecar {@code ~namespace/host})
 * @param routed hosts that imported rules send calls to; imported whoever has them
 */
public record Imports(List<Pattern> taken, List<Pattern> excluded, Set<String> routed) {
  /** Namespace ({@code *} for all) and host, exact or with a leading wildcard. */
  public record Pattern(String namespace, String host) {
    private boolean isIn(String other) {
      return namespace.equals("*") || namespace.equals(other);
    }

    boolean coversService(String serviceNamespace, String serviceHost) {
      return isIn(serviceNamespace) && HostNames.covers(host, serviceHost);
    }

    boolean touches(String ruleNamespace, List<String> hosts) {
      return isIn(ruleNamespace) && hosts.stream().anyMatch(h -> HostNames.overlap(host, h));
    }
  }

  /** Everything, as without a Sidecar. */
  public static final Imports ALL =
      new Imports(List.of(new Pattern("*", "*")), List.of(), Set.of());

  public Imports {
    taken = List.copyOf(taken);
    excluded = List.copyOf(excluded);
    routed = Set.copyOf(routed);
  }

  /**
   * Reads egress hosts as a workload of {@code namespace} means them: {@code .} is its own
   * namespace, {@code ~} none, and {@code ~name} leaves out.
   */
  static Imports of(List<String> hosts, String namespace) {
    List<Pattern> taken = new ArrayList<>();
    List<Pattern> excluded = new ArrayList<>();
    for (String entry : hosts) {
      int slash = entry.indexOf('/');
      String in = slash < 0 ? "*" : entry.substring(0, slash);
      String host = entry.substring(slash + 1).toLowerCase(Locale.ROOT);
      boolean excludes = in.length() > 1 && in.startsWith("~");
      String name = excludes ? in.substring(1) : in;
      if (!name.equals("~")) {
        (excludes ? excluded : taken).add(new Pattern(name.equals(".") ? namespace : name, host));
      }
    }
    return new Imports(taken, excluded, Set.of());
  }

  Imports withRouted(Set<String> hosts) {
    return new Imports(taken, excluded, hosts);
  }

  /** Whether a service is known to the workload. */
  public boolean service(String namespace, String host) {
    return listed(namespace, host)
        || routed.contains(host)
            && excluded.stream().noneMatch(p -> p.coversService(namespace, host));
  }

  private boolean listed(String namespace, String host) {
    return taken.stream().anyMatch(p -> p.coversService(namespace, host))
        && excluded.stream().noneMatch(p -> p.coversService(namespace, host));
  }

  /** Whether a VirtualService of the namespace with these hosts acts on the workload. */
  public boolean rules(String namespace, List<String> hosts) {
    List<String> left =
        hosts.stream()
            .filter(host -> excluded.stream().noneMatch(p -> p.coversService(namespace, host)))
            .toList();
    return taken.stream().anyMatch(p -> p.touches(namespace, left));
  }
}

package dev.layar.compiler.policy;

import dev.layar.compiler.query.QueryContext;
import java.util.Map;

/** Whether workloads are called with mutual TLS (Istio {@code authn/policy_applier.go}). */
public final class PeerPolicies {
  /** What a port of a workload accepts. */
  public enum Mode {
    /** Plain text. */
    DISABLE,
    /** Both. */
    PERMISSIVE,
    /** Mutual TLS. */
    STRICT
  }

  /** What callers may assume of a namespace's services. */
  public Mode ofNamespace(QueryContext context, String namespace) {
    return Mode.PERMISSIVE;
  }

  /** What a workload's port accepts; port 0 for ports that no policy names. */
  public Mode ofWorkload(
      QueryContext context, String namespace, Map<String, String> labels, int port) {
    return Mode.PERMISSIVE;
  }
}

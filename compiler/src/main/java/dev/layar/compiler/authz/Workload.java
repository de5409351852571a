package dev.layar.compiler.authz;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What decides which policies apply to a proxy. Immutable.
 *
 * @param labels of the pod, all of them
 * @param gateway whether the proxy is a gateway
 */
public record Workload(String namespace, Map<String, String> labels, boolean gateway) {
  /** The label by which a pod of a Kubernetes Gateway names it. */
  public static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

  public Workload {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
  }
}

package dev.layar.bench;

import dev.layar.compiler.MeshState;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import java.util.List;

/** A mesh of n services with five endpoints each, and a rule and subsets for every tenth. */
final class BenchMesh {
  private BenchMesh() {}

  static MeshState of(int services) {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < services; i++) {
      service(yaml, i);
      slice(yaml, i, 5);
      if (i % 10 == 0) {
        yaml.append(rule(i, 10)).append(subsets(i));
      }
    }
    return MeshState.empty().with(decode(yaml.toString()));
  }

  /** The VirtualService of service {@code i}, with {@code weight} percent to v2. */
  static List<Resource<?>> edit(int i, int weight) {
    return decode(rule(i, weight));
  }

  /** The EndpointSlice of service {@code i} with that many endpoints. */
  static List<Resource<?>> endpoints(int i, int count) {
    StringBuilder yaml = new StringBuilder();
    slice(yaml, i, count);
    return decode(yaml.toString());
  }

  private static List<Resource<?>> decode(String yaml) {
    Decoded decoded = Decoder.decode("bench", yaml);
    if (!decoded.findings().isEmpty()) {
      throw new IllegalStateException(decoded.findings().getFirst().line());
    }
    return decoded.resources();
  }

  private static void service(StringBuilder yaml, int i) {
    yaml.append(
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: svc-%1$d, namespace: ns-%2$d}
        spec:
          clusterIP: 10.%3$d.%4$d.1
          selector: {app: svc-%1$d}
          ports: [{name: http, port: 8080, targetPort: 80}]
        """
            .formatted(i, i % 20, 96 + i / 250, i % 250));
  }

  private static void slice(StringBuilder yaml, int i, int endpoints) {
    yaml.append(
        """
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: svc-%1$d, namespace: ns-%2$d, labels: {kubernetes.io/service-name: svc-%1$d}}
        addressType: IPv4
        ports: [{name: http, port: 80, protocol: TCP}]
        endpoints:
        """
            .formatted(i, i % 20));
    for (int e = 0; e < endpoints; e++) {
      yaml.append(
          "- {addresses: [10.%d.%d.%d], conditions: {ready: true}}\n"
              .formatted(i / 250, i % 250, e + 1));
    }
  }

  private static String rule(int i, int weight) {
    return """
    ---
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: svc-%1$d, namespace: ns-%2$d}
    spec:
      hosts: [svc-%1$d]
      http:
      - match: [{headers: {end-user: {exact: jason}}}]
        route: [{destination: {host: svc-%1$d, subset: v2}}]
      - route:
        - {destination: {host: svc-%1$d, subset: v1}, weight: %3$d}
        - {destination: {host: svc-%1$d, subset: v2}, weight: %4$d}
    """
        .formatted(i, i % 20, 100 - weight, weight);
  }

  private static String subsets(int i) {
    return """
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: svc-%1$d, namespace: ns-%2$d}
    spec:
      host: svc-%1$d
      subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
    """
        .formatted(i, i % 20);
  }
}

package dev.layar.controlplane;

import dev.layar.base.Finding;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import java.util.List;

/** Services {@code s0}, {@code s1}, … with two endpoints each, and a rule for the first. */
final class SampleMesh {
  private SampleMesh() {}

  static List<Resource<?>> services(int count) {
    StringBuilder yaml =
        new StringBuilder("apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n");
    for (int i = 0; i < count; i++) {
      yaml.append("---\n").append(service(i)).append("---\n").append(slice(i, i));
    }
    return decode(yaml.toString());
  }

  /** The first service's rule; another weight makes another version. */
  static List<Resource<?>> rule(int weight) {
    return decode(
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: s0}
        spec:
          hosts: [s0]
          http:
          - route:
            - {destination: {host: s0}, weight: %d}
            - {destination: {host: s1}, weight: %d}
        """
            .formatted(weight, 100 - weight));
  }

  /** The endpoints of a service; another salt makes other addresses. */
  static List<Resource<?>> endpoints(int service, int salt) {
    return decode(slice(service, salt));
  }

  private static String service(int i) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: s%1$d}
    spec:
      clusterIP: 10.96.%2$d.%3$d
      selector: {app: s%1$d}
      ports: [{name: http, port: 8080, targetPort: 8080}]
    """
        .formatted(i, i / 250, i % 250 + 1);
  }

  private static String slice(int i, int salt) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: s%1$d-1
      labels: {kubernetes.io/service-name: s%1$d}
    addressType: IPv4
    ports: [{name: http, port: 8080, protocol: TCP}]
    endpoints:
    - {addresses: [10.%2$d.%3$d.1], conditions: {ready: true}}
    - {addresses: [10.%2$d.%3$d.2], conditions: {ready: true}}
    """
        .formatted(i, salt / 250 % 250, salt % 250);
  }

  private static List<Resource<?>> decode(String yaml) {
    Decoded decoded = Decoder.decode("sample.yaml", yaml);
    if (decoded.findings().stream().anyMatch(Finding::isError)) {
      throw new IllegalStateException(decoded.findings().toString());
    }
    return decoded.resources();
  }
}

package dev.layar.bench.serve;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A mesh of numbered services spread over namespaces, each with five endpoints and, every tenth,
 * subsets and a VirtualService.
 *
 * @param scoped whether namespaces keep their services to themselves, as large meshes do; else
 *     every sidecar sees every service
 */
record ServeMesh(int services, int namespaces, boolean scoped) {
  private static final int ENDPOINTS = 5;

  /** Everything but pods. */
  List<Resource<?>> objects() {
    List<Resource<?>> objects = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      objects.addAll(service(i));
      objects.addAll(endpoints(i, 0));
      if (i % 10 == 0) {
        objects.addAll(rule(i, 10));
        objects.addAll(subsets(i));
      }
    }
    return objects;
  }

  private String namespace(int i) {
    return "ns-" + i % namespaces;
  }

  private List<Resource<?>> service(int i) {
    return decode(
        """
        {"apiVersion": "v1", "kind": "Service",
         "metadata": {"name": "svc-%1$d", "namespace": "%2$s", "annotations": %5$s},
         "spec": {"clusterIP": "10.%3$d.%4$d.1", "selector": {"app": "svc-%1$d"},
                  "ports": [{"name": "http", "port": 8080, "targetPort": 80}]}}
        """
            .formatted(
                i,
                namespace(i),
                96 + i / 250,
                i % 250,
                scoped ? "{\"networking.istio.io/exportTo\": \".\"}" : "{}"));
  }

  /** The EndpointSlice of a service; another salt moves its first endpoint. */
  List<Resource<?>> endpoints(int i, int salt) {
    StringBuilder list = new StringBuilder();
    for (int e = 0; e < ENDPOINTS; e++) {
      int last = e == 0 ? 100 + salt % 100 : e + 1;
      list.append(e == 0 ? "" : ",")
          .append(
              "{\"addresses\": [\"10.%d.%d.%d\"], \"conditions\": {\"ready\": true}, \"targetRef\":"
                  .formatted(i / 250, i % 250, last))
          .append("{\"kind\": \"Pod\", \"name\": \"svc-%d-%d\"}}".formatted(i, e));
    }
    return decode(
        """
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
         "metadata": {"name": "svc-%1$d", "namespace": "%2$s",
                      "labels": {"kubernetes.io/service-name": "svc-%1$d"}},
         "addressType": "IPv4", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
         "endpoints": [%3$s]}
        """
            .formatted(i, namespace(i), list));
  }

  /** The VirtualService of a service; another weight is another version. */
  List<Resource<?>> rule(int i, int weight) {
    return decode(
        """
        {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
         "metadata": {"name": "svc-%1$d", "namespace": "%2$s"},
         "spec": {"hosts": ["svc-%1$d"], "exportTo": ["%5$s"], "http": [
           {"match": [{"headers": {"end-user": {"exact": "jason"}}}],
            "route": [{"destination": {"host": "svc-%1$d", "subset": "v2"}}]},
           {"route": [
             {"destination": {"host": "svc-%1$d", "subset": "v1"}, "weight": %3$d},
             {"destination": {"host": "svc-%1$d", "subset": "v2"}, "weight": %4$d}]}]}}
        """
            .formatted(i, namespace(i), 100 - weight, weight, scoped ? "." : "*"));
  }

  private List<Resource<?>> subsets(int i) {
    return decode(
        """
        {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
         "metadata": {"name": "svc-%1$d", "namespace": "%2$s"},
         "spec": {"host": "svc-%1$d", "subsets": [
           {"name": "v1", "labels": {"version": "v1"}},
           {"name": "v2", "labels": {"version": "v2"}}]}}
        """
            .formatted(i, namespace(i)));
  }

  /** The first {@code count} endpoints' pods. */
  List<Resource<?>> pods(int count) {
    List<Resource<?>> pods = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      int i = p % services;
      pods.addAll(
          decode(
              """
              {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": "svc-%1$d-%2$d", "namespace": "%3$s",
                            "labels": {"app": "svc-%1$d", "version": "v%4$d"}},
               "spec": {"serviceAccountName": "svc-%1$d", "nodeName": "node-1",
                        "containers": [{"name": "app", "image": "app", "ports": [{"containerPort": 80}]}]},
               "status": {"phase": "Running", "podIP": "10.%5$d.%6$d.%7$d",
                          "conditions": [{"type": "Ready", "status": "True"}]}}
              """
                  .formatted(
                      i,
                      p / services,
                      namespace(i),
                      1 + p / services % 2,
                      i / 250,
                      i % 250,
                      p / services + 1)));
    }
    return pods;
  }

  /** A sidecar that redirects, as on Kubernetes. */
  ProxyIdentity sidecar(int number) {
    return ProxyIdentity.sidecar(
        "10.1." + number / 250 + "." + (number % 250 + 1),
        "client-" + number,
        namespace(number),
        Map.of("app", "client-" + number),
        new ProxyIdentity.Capture.Redirect());
  }

  private static List<Resource<?>> decode(String json) {
    Decoded decoded = Decoder.decode("bench", json);
    if (!decoded.findings().isEmpty()) {
      throw new IllegalStateException(decoded.findings().getFirst().line());
    }
    return decoded.resources();
  }
}

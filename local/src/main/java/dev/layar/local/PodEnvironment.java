package dev.layar.local;

import dev.layar.local.image.Program;
import dev.layar.model.k8s.Pod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A container's environment. Beside what the manifest sets, every process finds:
 *
 * <ul>
 *   <li>{@code POD_NAME}, {@code POD_NAMESPACE}, {@code POD_IP}, {@code NODE_NAME};
 *   <li>{@code PORT}: where to listen instead of the first declared container port, and {@code
 *       PORT_<declared>} for each; the address to bind is {@code POD_IP};
 *   <li>{@code http_proxy} and {@code HTTP_PROXY}: the way into the mesh; {@code no_proxy} and
 *       {@code NO_PROXY}: the pod itself and localhost.
 * </ul>
 */
final class PodEnvironment {
  private PodEnvironment() {}

  static Map<String, String> of(PodRuntime pod, ContainerRuntime container) {
    boolean own = container.program instanceof Program.Command;
    Map<String, String> out = new TreeMap<>(Programs.inherited(own));
    if (container.program instanceof Program.Sample(String _, Map<String, String> told, int _)) {
      out.putAll(told);
    }
    out.put("POD_NAME", pod.name);
    out.put("HOSTNAME", pod.name);
    out.put("POD_NAMESPACE", pod.namespace);
    out.put("POD_IP", pod.ip);
    out.put("NODE_NAME", pod.node.name());
    putPorts(out, container.ports);
    if (pod.proxyPort > 0) {
      putProxy(out, pod.proxyAddress + ":" + pod.proxyPort, pod.ip);
    }
    for (Pod.EnvVar variable : container.spec.env()) {
      out.put(variable.name(), value(pod, variable, out));
    }
    return out;
  }

  private static void putPorts(Map<String, String> out, Map<Integer, Integer> ports) {
    String first = "";
    for (Map.Entry<Integer, Integer> port : ports.entrySet()) {
      first = first.isEmpty() ? port.getValue().toString() : first;
      out.put("PORT_" + port.getKey(), port.getValue().toString());
    }
    if (!first.isEmpty()) {
      out.put("PORT", first);
    }
  }

  private static void putProxy(Map<String, String> out, String proxy, String ip) {
    String direct = ip.equals("127.0.0.1") ? "localhost,127.0.0.1" : ip + ",localhost,127.0.0.1";
    out.put("http_proxy", "http://" + proxy);
    out.put("HTTP_PROXY", "http://" + proxy);
    out.put("no_proxy", direct);
    out.put("NO_PROXY", direct);
  }

  private static String value(PodRuntime pod, Pod.EnvVar variable, Map<String, String> soFar) {
    Pod.EnvVarSource source = variable.valueFrom();
    if (source == null || source.fieldRef() == null) {
      return Programs.expand(variable.value(), soFar);
    }
    return field(pod, source.fieldRef().fieldPath());
  }

  /** The downward API's fields; what is not known here is empty. */
  private static String field(PodRuntime pod, String path) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("metadata.name", pod.name);
    fields.put("metadata.namespace", pod.namespace);
    fields.put("status.podIP", pod.ip);
    fields.put("status.hostIP", "127.0.0.1");
    fields.put("spec.nodeName", pod.node.name());
    fields.put("spec.serviceAccountName", pod.serviceAccount());
    pod.labels.forEach((key, value) -> fields.put("metadata.labels['" + key + "']", value));
    pod.annotations.forEach(
        (key, value) -> fields.put("metadata.annotations['" + key + "']", value));
    return fields.getOrDefault(path, "");
  }
}

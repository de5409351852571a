package dev.layar.local.node;

import dev.layar.local.image.Program;
import dev.layar.local.kube.Trees;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A container's environment. Beside what the manifest sets, every process finds:
 *
 * <ul>
 *   <li>{@code POD_NAME}, {@code POD_NAMESPACE}, {@code POD_IP}, {@code NODE_NAME};
 *   <li>{@code PORT}: where to listen instead of the first declared container port, and {@code
 *       PORT_<declared>} for each; the address to bind is {@code POD_IP};
 *   <li>{@code http_proxy} and {@code HTTP_PROXY}: the way into the mesh; {@code no_proxy} and
 *       {@code NO_PROXY}: the pod itself and localhost;
 *   <li>{@code LAYAR_MOUNT_<PATH>} for each volume mount, see {@link Volumes}.
 * </ul>
 */
final class Environment {
  private final Volumes volumes;

  Environment(Volumes volumes) {
    this.volumes = volumes;
  }

  Map<String, String> of(PodRun pod, ContainerRun container) throws Volumes.Missing {
    boolean own = container.program instanceof Program.Command;
    Map<String, String> out = new TreeMap<>(Programs.inherited(own));
    if (container.program instanceof Program.Sample(String _, Map<String, String> told, int _)) {
      out.putAll(told);
    }
    out.put("POD_NAME", pod.name);
    out.put("HOSTNAME", pod.hostname());
    out.put("POD_NAMESPACE", pod.namespace);
    out.put("POD_IP", pod.inside);
    out.put("NODE_NAME", pod.node.name());
    putPorts(out, container.ports);
    if (pod.proxyPort > 0) {
      putProxy(out, pod.proxyAddress + ":" + pod.proxyPort, pod.inside);
    }
    out.putAll(Volumes.variables(container.spec, pod.volumes));
    for (JsonNode source : Trees.items(container.spec.json(), "envFrom")) {
      putAll(out, pod, source);
    }
    for (JsonNode variable : Trees.items(container.spec.json(), "env")) {
      put(out, pod, container, variable);
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

  private void putAll(Map<String, String> out, PodRun pod, JsonNode source) throws Volumes.Missing {
    Map<String, byte[]> values = new LinkedHashMap<>();
    if (source.has("configMapRef")) {
      JsonNode ref = source.path("configMapRef");
      values.putAll(
          volumes.configMap(pod.namespace, Trees.text(ref, "name"), Trees.flag(ref, "optional")));
    }
    if (source.has("secretRef")) {
      JsonNode ref = source.path("secretRef");
      values.putAll(
          volumes.secret(pod.namespace, Trees.text(ref, "name"), Trees.flag(ref, "optional")));
    }
    String prefix = Trees.text(source, "prefix");
    values.forEach((key, value) -> out.put(prefix + key, text(value)));
  }

  private void put(Map<String, String> out, PodRun pod, ContainerRun container, JsonNode variable)
      throws Volumes.Missing {
    String name = Trees.text(variable, "name");
    JsonNode from = variable.path("valueFrom");
    if (from.isMissingNode()) {
      out.put(name, Programs.expand(Trees.text(variable, "value"), out));
    } else if (from.has("fieldRef")) {
      out.put(name, field(pod, Trees.text(from, "fieldRef", "fieldPath")));
    } else if (from.has("resourceFieldRef")) {
      out.put(name, resource(container, Trees.text(from, "resourceFieldRef", "resource")));
    } else if (from.has("configMapKeyRef")) {
      JsonNode ref = from.path("configMapKeyRef");
      boolean optional = Trees.flag(ref, "optional");
      putKey(out, name, ref, volumes.configMap(pod.namespace, Trees.text(ref, "name"), optional));
    } else if (from.has("secretKeyRef")) {
      JsonNode ref = from.path("secretKeyRef");
      boolean optional = Trees.flag(ref, "optional");
      putKey(out, name, ref, volumes.secret(pod.namespace, Trees.text(ref, "name"), optional));
    }
  }

  private static void putKey(
      Map<String, String> out, String name, JsonNode ref, Map<String, byte[]> values)
      throws Volumes.Missing {
    String key = Trees.text(ref, "key");
    byte[] value = values.get(key);
    if (value != null) {
      out.put(name, text(value));
    } else if (!Trees.flag(ref, "optional")) {
      throw new Volumes.Missing("couldn't find key " + key + " in " + Trees.text(ref, "name"));
    }
  }

  /**
   * The pod's own fields, of which some are known here before the API has them. Its address is for
   * binding: behind a sidecar it is not the one that others are told.
   */
  private static String field(PodRun pod, String path) {
    ObjectNode object = pod.object;
    return switch (path) {
      case "status.podIP", "status.podIPs" -> pod.inside;
      default -> Fields.of(object, path);
    };
  }

  private static String resource(ContainerRun container, String resource) {
    return Trees.text(container.spec.json(), ("resources." + resource).split("\\."));
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }
}

package dev.layar.local.node;

import dev.layar.local.controllers.Kinds;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A pod's volumes as directories of this machine. Called on the node's thread.
 *
 * <p>DEVIATION: a process cannot be given files at a path of its own without privileges, so a
 * container finds each volume's directory in the variable {@code LAYAR_MOUNT_} with the mount path
 * in capitals, for example {@code LAYAR_MOUNT_ETC_CONFIG} for {@code /etc/config}. Files are
 * written once, when the pod starts.
 */
final class Volumes {
  private final Kube kube;

  Volumes(Kube kube) {
    this.kube = kube;
  }

  /** What a pod refers to is not there. Its message is for the pod's status. */
  static final class Missing extends Exception {
    private static final long serialVersionUID = 1L;

    Missing(String message) {
      super(message);
    }
  }

  /**
   * Makes a pod's volumes.
   *
   * @return volume name → directory
   */
  Map<String, Path> make(ObjectNode pod, Path parent) throws IOException, Missing {
    Map<String, Path> out = new LinkedHashMap<>();
    for (JsonNode volume : Trees.items(pod, "spec", "volumes")) {
      String name = Trees.text(volume, "name");
      String host = Trees.text(volume, "hostPath", "path");
      Path directory = host.isEmpty() ? parent.resolve(name) : Path.of(host);
      if (host.isEmpty()) {
        Files.createDirectories(directory);
        write(directory, files(pod, volume));
      }
      out.put(name, directory);
    }
    return out;
  }

  /** The variables that tell a container where its mounts are. */
  static Map<String, String> variables(ContainerSpec container, Map<String, Path> volumes) {
    Map<String, String> out = new TreeMap<>();
    for (JsonNode mount : Trees.items(container.json(), "volumeMounts")) {
      Path directory = volumes.get(Trees.text(mount, "name"));
      if (directory != null) {
        String sub = Trees.text(mount, "subPath");
        Path target = sub.isEmpty() ? directory : directory.resolve(sub).normalize();
        out.put(variable(Trees.text(mount, "mountPath")), target.toString());
      }
    }
    return out;
  }

  static String variable(String mountPath) {
    String bare = mountPath.replaceAll("^/+|/+$", "");
    return "LAYAR_MOUNT_" + bare.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  private Map<String, byte[]> files(ObjectNode pod, JsonNode volume) throws Missing {
    Map<String, byte[]> files = new LinkedHashMap<>();
    if (volume.has("projected")) {
      for (JsonNode source : Trees.items(volume, "projected", "sources")) {
        files.putAll(source(pod, source));
      }
      return files;
    }
    return source(pod, volume);
  }

  private Map<String, byte[]> source(ObjectNode pod, JsonNode source) throws Missing {
    String namespace = Trees.namespace(pod);
    if (source.has("configMap")) {
      JsonNode map = source.path("configMap");
      return chosen(
          map, configMap(namespace, Trees.text(map, "name"), Trees.flag(map, "optional")));
    }
    if (source.has("secret")) {
      JsonNode secret = source.path("secret");
      String name = Trees.text(secret, "secretName") + Trees.text(secret, "name");
      return chosen(secret, secret(namespace, name, Trees.flag(secret, "optional")));
    }
    if (source.has("downwardAPI")) {
      Map<String, byte[]> out = new LinkedHashMap<>();
      for (JsonNode item : Trees.items(source, "downwardAPI", "items")) {
        String value = Fields.of(pod, Trees.text(item, "fieldRef", "fieldPath"));
        out.put(Trees.text(item, "path"), value.getBytes(StandardCharsets.UTF_8));
      }
      return out;
    }
    return Map.of();
  }

  /** All keys, or those of {@code items} under the paths these give. */
  private static Map<String, byte[]> chosen(JsonNode source, Map<String, byte[]> all) {
    List<JsonNode> items = Trees.items(source, "items");
    if (items.isEmpty()) {
      return all;
    }
    Map<String, byte[]> out = new LinkedHashMap<>();
    for (JsonNode item : items) {
      byte[] value = all.get(Trees.text(item, "key"));
      if (value != null) {
        out.put(Trees.text(item, "path"), value);
      }
    }
    return out;
  }

  /** A ConfigMap's texts and binaries. */
  Map<String, byte[]> configMap(String namespace, String name, boolean optional) throws Missing {
    ObjectNode map = kube.informer(Kinds.CONFIG_MAP).get(namespace, name);
    if (map == null) {
      return absent("configmap", name, optional);
    }
    Map<String, byte[]> out = new LinkedHashMap<>();
    Trees.texts(map, "data").forEach((k, v) -> out.put(k, v.getBytes(StandardCharsets.UTF_8)));
    Trees.texts(map, "binaryData").forEach((k, v) -> out.put(k, decoded(v)));
    return out;
  }

  /** A Secret's values. */
  Map<String, byte[]> secret(String namespace, String name, boolean optional) throws Missing {
    ObjectNode secret = kube.informer(Kinds.SECRET).get(namespace, name);
    if (secret == null) {
      return absent("secret", name, optional);
    }
    Map<String, byte[]> out = new LinkedHashMap<>();
    Trees.texts(secret, "data").forEach((k, v) -> out.put(k, decoded(v)));
    return out;
  }

  private static Map<String, byte[]> absent(String kind, String name, boolean optional)
      throws Missing {
    if (optional) {
      return Map.of();
    }
    throw new Missing(kind + " \"" + name + "\" not found");
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return new byte[0];
    }
  }

  private static void write(Path directory, Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = inside(directory, file.getKey());
      if (path != null) {
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.write(path, file.getValue());
      }
    }
  }

  /** Null for a key that would lead out of the volume. */
  private static @Nullable Path inside(Path directory, String key) {
    Path path = directory.resolve(key).normalize();
    return path.startsWith(directory) && !path.equals(directory) ? path : null;
  }
}

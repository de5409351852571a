package dev.layar.local;

import dev.layar.local.kube.Key;
import dev.layar.local.node.Kubelet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** {@code state.json}: a running mesh as other processes see it. Replaced as a whole. */
final class StateFile {
  private static final String NAME = "state.json";
  private static final int MAX_CODE_POINTS = 64 << 20;

  private StateFile() {}

  static void write(Path directory, String mesh, HostPort admin, Kubelet.View view)
      throws IOException {
    Map<String, Object> root = new LinkedHashMap<>();
    ProcessHandle self = ProcessHandle.current();
    root.put("mesh", mesh);
    root.put("pid", self.pid());
    root.put("started", started(self));
    root.put("admin", admin.toString());
    List<Object> pods = new ArrayList<>();
    for (PodView pod : view.pods()) {
      Kubelet.Inside exec = view.inside().get(new Key(pod.namespace(), pod.name()));
      if (exec != null) {
        pods.add(pod(pod, exec));
      }
    }
    root.put("pods", pods);
    Path temporary = directory.resolve(NAME + ".new");
    Files.writeString(temporary, json(root));
    Files.move(
        temporary,
        directory.resolve(NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static Map<String, Object> pod(PodView pod, Kubelet.Inside inside) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("namespace", pod.namespace());
    out.put("name", pod.name());
    out.put("labels", pod.labels());
    out.put("ip", pod.ip());
    out.put("status", pod.status().word());
    out.put("ready", pod.ready());
    out.put("containers", (long) pod.containers().size());
    out.put("containersReady", (long) pod.containersReady());
    out.put("message", pod.message());
    out.put("restarts", (long) pod.restarts());
    out.put("created", pod.created().toEpochMilli());
    Kubelet.Container first = inside.first();
    out.put("environment", first == null ? Map.of() : first.environment());
    Map<String, Object> logs = new LinkedHashMap<>();
    inside.containers().values().forEach(c -> logs.put(c.name(), c.log().toString()));
    out.put("logs", logs);
    return out;
  }

  static void remove(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(NAME));
  }

  /** Empty when there is no state, when it is unreadable, or when its process is gone. */
  static Optional<RunningMesh> read(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Object root;
    try {
      LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAX_CODE_POINTS).build();
      root = new Load(settings).loadFromString(Files.readString(file, StandardCharsets.UTF_8));
    } catch (YamlEngineException broken) {
      return Optional.empty();
    }
    if (!(root instanceof Map<?, ?> map) || !(map.get("pid") instanceof Number pid)) {
      return Optional.empty();
    }
    if (!isAlive(pid.longValue(), map.get("started"))) {
      return Optional.empty();
    }
    return Optional.of(
        new RunningMesh(
            text(map.get("mesh")),
            pid.longValue(),
            directory,
            hostPort(text(map.get("admin"))),
            pods(map.get("pods"))));
  }

  /** The same process, not another one that got its number later. */
  private static boolean isAlive(long pid, @Nullable Object started) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> started instanceof Number then && then.longValue() == started(handle))
        .isPresent();
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static HostPort hostPort(String text) {
    int colon = text.lastIndexOf(':');
    return colon < 0
        ? new HostPort(text, 0)
        : new HostPort(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  private static List<RunningMesh.Pod> pods(@Nullable Object list) {
    List<RunningMesh.Pod> pods = new ArrayList<>();
    if (list instanceof List<?> entries) {
      for (Object entry : entries) {
        if (entry instanceof Map<?, ?> pod) {
          pods.add(pod(pod));
        }
      }
    }
    return pods;
  }

  private static RunningMesh.Pod pod(Map<?, ?> pod) {
    Map<String, Path> logs = new LinkedHashMap<>();
    texts(pod.get("logs")).forEach((container, file) -> logs.put(container, Path.of(file)));
    return new RunningMesh.Pod(
        text(pod.get("namespace")),
        text(pod.get("name")),
        texts(pod.get("labels")),
        text(pod.get("ip")),
        text(pod.get("status")),
        Boolean.TRUE.equals(pod.get("ready")),
        (int) number(pod.get("containers")),
        (int) number(pod.get("containersReady")),
        text(pod.get("message")),
        (int) number(pod.get("restarts")),
        Instant.ofEpochMilli(number(pod.get("created"))),
        texts(pod.get("environment")),
        logs);
  }

  private static Map<String, String> texts(@Nullable Object map) {
    Map<String, String> out = new LinkedHashMap<>();
    if (map instanceof Map<?, ?> entries) {
      entries.forEach((key, value) -> out.put(text(key), text(value)));
    }
    return out;
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  private static String json(Object value) {
    StringBuilder out = new StringBuilder(4096);
    append(out, value);
    return out.append('\n').toString();
  }

  private static void append(StringBuilder out, Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        out.append('{');
        String separator = "\n";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(separator);
          quote(out, String.valueOf(entry.getKey()));
          out.append(": ");
          append(out, entry.getValue());
          separator = ",\n";
        }
        out.append('}');
      }
      case List<?> list -> {
        out.append('[');
        String separator = "";
        for (Object element : list) {
          out.append(separator);
          append(out, element);
          separator = ",\n";
        }
        out.append(']');
      }
      case String text -> quote(out, text);
      default -> out.append(value);
    }
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c > 0x7e) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}

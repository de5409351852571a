package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.Pods;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code metrics.k8s.io/v1beta1}, which {@code kubectl top} reads: usage as it is now. Thread-safe.
 */
final class Metrics {
  static final String GROUP = "metrics.k8s.io";
  static final String VERSION = "v1beta1";
  private static final Duration WINDOW = Duration.ofSeconds(15);

  private final Api api;
  private final Pods pods;
  private final InstantSource clock;

  Metrics(Api api, Pods pods, InstantSource clock) {
    this.api = api;
    this.pods = pods;
    this.clock = clock;
  }

  void answer(Exchange exchange, Target target) throws IOException {
    if (!exchange.method().equals("GET") || !target.subresource().isEmpty()) {
      throw Statuses.methodNotAllowed();
    }
    if (!target.version().equals(VERSION)) {
      throw Statuses.noSuchPath();
    }
    Resources.answer(
        exchange,
        200,
        switch (target.plural()) {
          case "pods" -> target.name().isEmpty() ? podList(exchange, target) : pod(target);
          case "nodes" -> target.name().isEmpty() ? nodeList(exchange) : node(target.name());
          default -> throw Statuses.noSuchPath();
        });
  }

  private ObjectNode podList(Exchange exchange, Target target) {
    Query query = exchange.query();
    List<ObjectNode> items = new ArrayList<>();
    for (ObjectNode pod :
        list("pods", target.namespace(), query.get("labelSelector"), query.get("fieldSelector"))) {
      ObjectNode metrics = metrics(pod);
      if (metrics != null) {
        items.add(metrics);
      }
    }
    return Resources.listOf(GROUP + "/" + VERSION, "PodMetricsList", items);
  }

  private ObjectNode pod(Target target) {
    ResourceType type = type("pods");
    ObjectNode pod =
        api.get(new ObjectRef(type, target.namespace(), target.name()), "v1", Subresource.NONE);
    ObjectNode metrics = metrics(pod);
    if (metrics == null) {
      throw notFound("pods", target.name());
    }
    return metrics;
  }

  private @Nullable ObjectNode metrics(ObjectNode pod) {
    JsonNode metadata = pod.path("metadata");
    Map<String, Pods.Usage> usage = usage(pod);
    if (usage.isEmpty()) {
      return null;
    }
    ObjectNode out = named("PodMetrics", metadata);
    ArrayNode containers = out.putArray("containers");
    new TreeMap<>(usage)
        .forEach(
            (name, used) -> {
              ObjectNode container = containers.addObject();
              container.put("name", name);
              container.set("usage", quantities(used.cpu(), used.memoryBytes()));
            });
    return out;
  }

  /** Empty for pods that do not run. */
  private Map<String, Pods.Usage> usage(ObjectNode pod) {
    if (!pod.path("status").path("phase").asString("").equals("Running")) {
      return Map.of();
    }
    JsonNode metadata = pod.path("metadata");
    try {
      return pods.usage(
          metadata.path("namespace").asString(""), metadata.path("name").asString(""));
    } catch (StatusException notRunning) {
      return Map.of();
    }
  }

  private ObjectNode nodeList(Exchange exchange) {
    List<ObjectNode> items = new ArrayList<>();
    for (ObjectNode node : list("nodes", "", exchange.query().get("labelSelector"), "")) {
      items.add(nodeMetrics(node));
    }
    return Resources.listOf(GROUP + "/" + VERSION, "NodeMetricsList", items);
  }

  private ObjectNode node(String name) {
    return nodeMetrics(api.get(new ObjectRef(type("nodes"), "", name), "v1", Subresource.NONE));
  }

  /** The sum over the node's pods. */
  private ObjectNode nodeMetrics(ObjectNode node) {
    String name = node.path("metadata").path("name").asString("");
    Duration cpu = Duration.ZERO;
    long memory = 0;
    for (ObjectNode pod : list("pods", "", "", "spec.nodeName=" + name)) {
      for (Pods.Usage used : usage(pod).values()) {
        cpu = cpu.plus(used.cpu());
        memory += used.memoryBytes();
      }
    }
    ObjectNode out = named("NodeMetrics", node.path("metadata"));
    out.set("usage", quantities(cpu, memory));
    return out;
  }

  private ObjectNode named(String kind, JsonNode of) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    ObjectNode out = Json.object();
    out.put("kind", kind).put("apiVersion", GROUP + "/" + VERSION);
    ObjectNode metadata = out.putObject("metadata");
    for (String field : List.of("name", "namespace", "labels")) {
      if (of.has(field)) {
        metadata.set(field, of.path(field));
      }
    }
    metadata.put("creationTimestamp", now.toString());
    out.put("timestamp", now.toString()).put("window", WINDOW.toSeconds() + "s");
    return out;
  }

  private static ObjectNode quantities(Duration cpu, long memoryBytes) {
    ObjectNode usage = Json.object();
    usage.put("cpu", cpu.toNanos() + "n");
    usage.put("memory", memoryBytes / 1024 + "Ki");
    return usage;
  }

  private List<ObjectNode> list(
      String plural, String namespace, String labelSelector, String fieldSelector) {
    return api.list(
            new ObjectQuery(type(plural), "v1", namespace, labelSelector, fieldSelector), 0, "")
        .items();
  }

  private ResourceType type(String plural) {
    ResourceType type = api.type("", plural);
    if (type == null) {
      throw Statuses.noSuchPath();
    }
    return type;
  }

  private static StatusException notFound(String plural, String name) {
    return new StatusException(
        404,
        "NotFound",
        plural + "." + GROUP + " \"" + name + "\" not found",
        new StatusException.Details(GROUP, plural, name, "", List.of(), 0));
  }
}

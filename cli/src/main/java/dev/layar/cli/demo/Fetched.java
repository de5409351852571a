package dev.layar.cli.demo;

import dev.layar.cli.json.Json;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What {@code fetch} saw: counts by status, by answering pod, by body and by error.
 *
 * @param answered calls that got a response, whatever its status
 * @param pods name of the pod (the samples' response header {@code X-Pod}) → answers
 * @param bodies first characters of the body → answers
 * @param errors what went wrong → calls without a response
 * @param slow answers at or above {@code --slow}
 * @param vary value of the varied header → pod → answers
 */
record Fetched(
    int answered,
    Map<String, Integer> statuses,
    Map<String, Integer> pods,
    Map<String, Integer> bodies,
    Map<String, Integer> errors,
    Map<String, Map<String, Integer>> vary,
    Latency latency,
    int slow) {

  /**
   * Reads the summary that {@code fetch} printed.
   *
   * @throws IllegalArgumentException when the text is none
   */
  static Fetched parse(String json) {
    if (!(Json.parse(json) instanceof Map<?, ?> root)) {
      throw new IllegalArgumentException("not a summary of fetch");
    }
    Map<String, Map<String, Integer>> vary = new TreeMap<>();
    members(root, "vary").forEach((value, pods) -> vary.put(value.toString(), counts(pods)));
    Map<?, ?> latency = members(root, "latency_ms");
    return new Fetched(
        (int) number(root.get("answered")),
        counts(root.get("statuses")),
        counts(root.get("pods")),
        counts(root.get("bodies")),
        counts(root.get("errors")),
        vary,
        new Latency(
            number(latency.get("p50")), number(latency.get("p99")), number(latency.get("max"))),
        (int) number(root.get("slow")));
  }

  private static Map<?, ?> members(Map<?, ?> root, String name) {
    return root.get(name) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static Map<String, Integer> counts(@Nullable Object value) {
    Map<String, Integer> out = new TreeMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, count) -> out.put(String.valueOf(key), (int) number(count)));
    }
    return out;
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number n ? n.doubleValue() : 0;
  }

  /** Milliseconds from the request to the end of the answer. */
  record Latency(double p50, double p99, double max) {}

  /** Answers with this status. */
  int status(int code) {
    return statuses.getOrDefault(String.valueOf(code), 0);
  }

  /** Answers by pods whose name passes. */
  int fromPods(Predicate<String> name) {
    return pods.entrySet().stream()
        .filter(e -> name.test(e.getKey()))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** Answers whose body contains {@code text}. */
  int bodiesWith(String text) {
    return bodies.entrySet().stream()
        .filter(e -> e.getKey().contains(text))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** Calls that got no response. */
  int failed() {
    return errors.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** For a reader: {@code 500 x 200}, {@code 98 x 200, 2 x 503, 1 x connection reset}. */
  String outcome() {
    Map<String, Integer> all = new TreeMap<>(statuses);
    all.putAll(errors);
    if (all.isEmpty()) {
      return "nothing";
    }
    StringBuilder out = new StringBuilder();
    all.forEach(
        (what, count) ->
            out.append(out.isEmpty() ? "" : ", ").append(count).append(" x ").append(what));
    return out.toString();
  }
}

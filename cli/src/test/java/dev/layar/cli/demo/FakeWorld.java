package dev.layar.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A world without a mesh: answers come from a table that the test fills. */
final class FakeWorld implements World {
  final List<String> steps = new ArrayList<>();
  Function<String, Fetched> answers = _ -> FakeWorld.fetched(0, Map.of());
  Map<String, List<String>> pods = Map.of();
  String received = "none";
  boolean logged = true;

  static Fetched fetched(int answered, Map<String, Integer> pods) {
    return new Fetched(
        answered,
        answered == 0 ? Map.of() : Map.of("200", answered),
        pods,
        Map.of(),
        Map.of(),
        Map.of(),
        new Fetched.Latency(1, 2, 3),
        0);
  }

  static Map<String, Integer> evenly(int total, List<String> pods) {
    Map<String, Integer> out = new LinkedHashMap<>();
    for (int i = 0; i < total; i++) {
      out.merge(pods.get(i % pods.size()), 1, Integer::sum);
    }
    return out;
  }

  @Override
  public void holds(String... files) {
    steps.add("holds " + String.join(" ", files));
  }

  @Override
  public void apply(String... files) {
    steps.add("apply " + String.join(" ", files));
  }

  @Override
  public List<String> pods(String namespace, String label, String value) {
    return pods.getOrDefault(value, List.of());
  }

  @Override
  public Fetched fetch(String namespace, String app, String... arguments) {
    String step = app + " " + String.join(" ", arguments);
    steps.add(step);
    return answers.apply(step);
  }

  @Override
  public Caller start(String namespace, String app, String... arguments) {
    return () -> answers.apply("caller");
  }

  @Override
  public String received(String deployment, String path, int wanted) {
    return received;
  }

  @Override
  public String gateway() {
    return "127.0.0.9:80";
  }

  @Override
  public boolean logged(
      String namespace, String app, String container, Duration within, String... words) {
    return logged;
  }
}

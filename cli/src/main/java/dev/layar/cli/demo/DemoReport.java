package dev.layar.cli.demo;

import dev.layar.cli.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the demo's outcome is written, for people and for tools. Pure. */
final class DemoReport {
  private DemoReport() {}

  /** {@code ok WHAT} and, on a second line, expectation and observation. */
  static String lines(Check check, Styler style) {
    String verdict = check.agrees() ? style.good("ok") : style.bad("NO");
    return "  "
        + verdict
        + "  "
        + check.what()
        + "\n      expected "
        + check.expected()
        + "\n      observed "
        + check.observed();
  }

  /** {@code weighted-subsets: 10/90 between …}. */
  static String heading(Scenario scenario, Styler style) {
    return style.strong(scenario.name()) + ": " + scenario.summary();
  }

  /** {@code agrees, 7 checks, 3.2 s}. */
  static String footer(Played played, Styler style) {
    long disagreeing = played.checks().stream().filter(check -> !check.agrees()).count();
    String verdict =
        played.agrees() ? style.good("agrees") : style.bad("DISAGREES " + disagreeing + " times");
    return String.format(
        Locale.ROOT,
        "  %s (%d checks, %.1f s)",
        verdict,
        played.checks().size(),
        seconds(played.took()));
  }

  /** The document of {@code -o json}. */
  static String json(List<Played> all) {
    List<Object> scenarios = new ArrayList<>();
    for (Played played : all) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", played.scenario().name());
      entry.put("agrees", played.agrees());
      entry.put("seconds", Math.round(seconds(played.took()) * 1000) / 1000.0);
      entry.put("checks", played.checks().stream().map(DemoReport::entry).toList());
      scenarios.add(entry);
    }
    return Json.pretty(Map.of("scenarios", scenarios));
  }

  private static Map<String, Object> entry(Check check) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("what", check.what());
    entry.put("expected", check.expected());
    entry.put("observed", check.observed());
    entry.put("agrees", check.agrees());
    return entry;
  }

  static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  /** Emphasis by ANSI escape codes, or none. */
  record Styler(boolean ansi) {
    private static final int GREEN = 32;
    private static final int RED = 31;
    private static final int BOLD = 1;

    String good(String text) {
      return in(GREEN, text);
    }

    String bad(String text) {
      return in(RED, text);
    }

    String strong(String text) {
      return in(BOLD, text);
    }

    private String in(int code, String text) {
      return ansi ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
  }
}

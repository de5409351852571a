package dev.layar.cli;

import dev.layar.local.MeshEvent;
import dev.layar.local.PodView;
import java.util.ArrayList;
import java.util.List;

/**
 * The live status of {@code layar up}: on a terminal a table of pods that stays below the events;
 * elsewhere one plain line an event. Confined to one thread.
 */
final class StatusView {
  private static final int YELLOW = 33;

  private final Console console;
  private List<String> shown = List.of();

  StatusView(Console console) {
    this.console = console;
  }

  void event(MeshEvent event) {
    clear();
    String line = event.object() + " " + event.reason() + ": " + event.message();
    console
        .out()
        .println(
            switch (event.kind()) {
              case NORMAL -> line;
              case WARNING -> console.styled(YELLOW, "warning " + line);
            });
    console.out().flush();
  }

  /** Draws the table anew when it changed. */
  void show(List<PodView> pods) {
    if (!console.interactive()) {
      return;
    }
    List<String> lines = table(pods);
    if (!lines.equals(shown)) {
      clear();
      lines.forEach(console.out()::println);
      console.out().flush();
      shown = lines;
    }
  }

  /** Takes the table away, so that something can be printed in its place. */
  void clear() {
    if (!shown.isEmpty()) {
      console.out().print("\u001b[" + shown.size() + "A\u001b[J");
      shown = List.of();
    }
  }

  private static List<String> table(List<PodView> pods) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "IP"));
    for (PodView pod : pods) {
      rows.add(
          List.of(
              pod.namespace(),
              pod.name(),
              pod.containersReady() + "/" + pod.containers().size(),
              pod.status().word(),
              String.valueOf(pod.restarts()),
              pod.ip()));
    }
    List<String> lines = new ArrayList<>(Table.lines(rows));
    long ready = pods.stream().filter(PodView::ready).count();
    lines.add(ready + " of " + pods.size() + " pods ready; Ctrl-C stops the mesh.");
    return lines;
  }
}

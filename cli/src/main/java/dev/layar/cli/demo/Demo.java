package dev.layar.cli.demo;

import dev.layar.local.HostPort;
import dev.layar.local.LocalMesh;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Plays scenarios on a mesh and says what came of them. */
public final class Demo {
  private final LocalMesh mesh;
  private final Path examples;
  private final DemoReport.Styler style;
  private final Consumer<String> lines;

  /**
   * A demo on {@code mesh}.
   *
   * @param examples the folder with one folder a scenario
   * @param colour whether the lines carry ANSI styles
   * @param lines told each line for people as soon as it is known
   */
  public Demo(LocalMesh mesh, Path examples, boolean colour, Consumer<String> lines) {
    this.mesh = mesh;
    this.examples = examples;
    this.style = new DemoReport.Styler(colour);
    this.lines = lines;
  }

  /**
   * What came of all scenarios that were played.
   *
   * @param json the document of {@code -o json}
   * @param example what to try by hand, after {@code ./layar exec}, in the mesh as it was left
   */
  public record Result(boolean agrees, int scenarios, String json, String example) {}

  /** The names of the scenarios, in the order they are played. */
  public static List<String> names() {
    return Scenarios.all().stream().map(Scenario::name).toList();
  }

  /** One line a scenario: its name and what it shows. */
  public static List<String> list() {
    return Scenarios.all().stream()
        .map(scenario -> String.format("%-18s%s", scenario.name(), scenario.summary()))
        .toList();
  }

  /**
   * Plays the named scenarios.
   *
   * @throws IllegalArgumentException when a name is none of {@link #names()}
   */
  public Result play(List<String> names) throws InterruptedException {
    World world = new MeshWorld(mesh, examples);
    List<Played> all = new ArrayList<>();
    for (String name : names) {
      Scenario scenario =
          Scenarios.named(name).orElseThrow(() -> new IllegalArgumentException(name));
      lines.accept(DemoReport.heading(scenario, style));
      Played played =
          Played.play(scenario, world, check -> lines.accept(DemoReport.lines(check, style)));
      lines.accept(DemoReport.footer(played, style));
      lines.accept("");
      all.add(played);
    }
    boolean agrees = all.stream().allMatch(Played::agrees);
    return new Result(agrees, all.size(), DemoReport.json(all), example(all.getLast().scenario()));
  }

  private String example(Scenario scenario) {
    String gateway = mesh.gateway().map(HostPort::toString).orElse("GATEWAY");
    return scenario.example().replace("GATEWAY", gateway);
  }
}

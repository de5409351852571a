package dev.layar.cli;

import dev.layar.cli.demo.Demo;
import dev.layar.local.LocalException;
import dev.layar.local.LocalMesh;
import dev.layar.local.LocalOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code layar demo}. */
@Command(
    name = "demo",
    description = {
      "Starts a mesh on loopback, sends real HTTP traffic, and says whether the mesh obeyed.",
      "Exit code 0 only when every check agrees."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  /** The mesh's name, so that it never meets the one of {@code layar up}. */
  private static final String MESH = "demo";

  /** How the result is written. */
  enum Format {
    TEXT,
    JSON
  }

  private final Console console;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "The scenario to play; all of them when left out.")
  private @Nullable String name;

  @Option(names = "--list", description = "List the scenarios.")
  private boolean list;

  @Option(
      names = "--keep",
      description = "Leave the mesh running at the end and print how to talk to it.")
  private boolean keep;

  @Option(names = "-o", paramLabel = "FORMAT", description = "text (default) or json.")
  private Format output = Format.TEXT;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (list) {
      Demo.list().forEach(console.out()::println);
      return ExitCode.OK;
    }
    List<String> names = names();
    Path examples = Home.examples();
    if (keep && !Detached.inside()) {
      return Detached.run(console, arguments());
    }
    try (LocalMesh mesh = LocalMesh.start(LocalOptions.defaults(MESH));
        ShutdownHook hook = ShutdownHook.closing(mesh)) {
      return play(mesh, examples, names, hook);
    } catch (LocalException e) {
      throw UserError.failed(String.valueOf(e.getMessage()));
    }
  }

  private int play(LocalMesh mesh, Path examples, List<String> names, ShutdownHook hook)
      throws InterruptedException {
    boolean text = output == Format.TEXT;
    Demo demo =
        new Demo(
            mesh,
            examples,
            console.interactive(),
            line -> {
              if (text && !hook.running()) {
                console.out().println(line);
              }
            });
    Demo.Result result = demo.play(names);
    console.out().println(text ? verdict(result) : result.json());
    int code = result.agrees() ? ExitCode.OK : ExitCode.FAILED;
    if (keep) {
      explain(result);
      Detached.letGo(console, code);
      hook.await();
    }
    return code;
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("demo", "--keep", "-o", output.name()));
    if (name != null) {
      arguments.add(name);
    }
    return arguments;
  }

  private List<String> names() {
    List<String> all = Demo.names();
    if (name == null) {
      return all;
    }
    if (!all.contains(name)) {
      throw UserError.usage(
          "there is no scenario " + name + "; choose one of " + String.join(", ", all) + ".");
    }
    return List.of(name);
  }

  private String verdict(Demo.Result result) {
    String what =
        result.scenarios() == 1 ? "The scenario" : "All " + result.scenarios() + " scenarios";
    return result.agrees()
        ? console.styled(Console.GREEN, what + (result.scenarios() == 1 ? " agrees." : " agree."))
        : console.styled(Console.RED, "The mesh did not do what its manifests say; see NO above.");
  }

  private void explain(Demo.Result result) {
    console
        .err()
        .println(
            """
            The mesh keeps running. Talk to it with
              ./layar ps
              ./layar exec %s
              ./layar logs POD -c istio-proxy
            and stop it with
              ./layar down\
            """
                .formatted(result.example()));
  }
}

package dev.layar.cli;

import dev.layar.base.Finding;
import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.Manifests;
import dev.layar.local.ApplyResult;
import dev.layar.local.LocalException;
import dev.layar.local.LocalMesh;
import dev.layar.local.LocalOptions;
import dev.layar.local.Manifest;
import dev.layar.local.MeshEvent;
import dev.layar.local.NodeSpec;
import dev.layar.local.ObjectId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code layar up}. */
@Command(
    name = "up",
    description = {
      "Runs manifests on this machine: pods as processes, the mesh between them. Stays in the",
      "foreground and shows what happens; a changed file is applied again. Ctrl-C stops"
          + " everything.",
      "kubectl talks to it after: eval \"$(layar env)\""
    },
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  private static final int POLL_MILLIS = 300;
  private static final int MAX_EVENTS = 10_000;
  private static final Duration READY = Duration.ofMinutes(2);

  private final Console console;
  private final BlockingQueue<MeshEvent> events = new LinkedBlockingQueue<>(MAX_EVENTS);

  @Mixin private Inputs inputs = new Inputs();

  @Option(
      names = "--mesh",
      paramLabel = "NAME",
      description = "A name, to run several side by side.")
  private String name = Meshes.DEFAULT_NAME;

  @Option(
      names = "--nodes",
      paramLabel = "REGION/ZONE,ZONE",
      description = "The nodes and where they stand, for example ap-northeast-2/a,b,c.")
  private String nodes = "";

  @Option(
      names = "--image",
      paramLabel = "IMAGE=COMMAND",
      description = "What to run for an image of yours, for example my/app='java -jar app.jar'.")
  private Map<String, String> images = Map.of();

  @Option(
      names = {"-d", "--detach"},
      description = "Return when all pods are ready; the mesh goes on until layar down.")
  private boolean detach;

  @Option(
      names = "--keep",
      description = "Keep the objects for the next start under the same name.")
  private boolean keep;

  UpCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (detach && !Detached.inside()) {
      if (inputs.hasStdin()) {
        throw UserError.usage("-d cannot read standard input; write it to a file first.");
      }
      return Detached.run(console, arguments());
    }
    List<Manifest> objects = inputs.isEmpty() ? List.of() : load();
    FileWatch watch = inputs.watch();
    try (LocalMesh mesh = LocalMesh.start(options());
        ShutdownHook hook = ShutdownHook.ending(mesh, console)) {
      Set<ObjectId> held = apply(mesh, objects, Set.of());
      if (held.isEmpty() && !inputs.isEmpty()) {
        return ExitCode.FAILED;
      }
      explain();
      if (detach) {
        Detached.letGo(console, awaitReady(mesh));
      }
      run(mesh, hook, watch, held);
      return ExitCode.OK;
    } catch (LocalException e) {
      throw UserError.failed(String.valueOf(e.getMessage()));
    }
  }

  private List<Manifest> load() {
    Manifests.Loaded manifests = inputs.load(console);
    print(manifests.findings());
    if (manifests.objects().isEmpty()) {
      throw UserError.failed("no usable object in " + inputs.names() + "; nothing to run.");
    }
    return manifests.objects();
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("up", "-d", "--mesh", name));
    arguments.addAll(inputs.arguments());
    if (!nodes.isEmpty()) {
      arguments.addAll(List.of("--nodes", nodes));
    }
    images.forEach((image, command) -> arguments.addAll(List.of("--image", image + "=" + command)));
    if (keep) {
      arguments.add("--keep");
    }
    return arguments;
  }

  private void explain() {
    console.err().println("layar: kubectl talks to this mesh after: " + EnvCommand.howTo(name));
  }

  private int awaitReady(LocalMesh mesh) throws InterruptedException {
    try {
      mesh.awaitReady(READY);
      return ExitCode.OK;
    } catch (TimeoutException e) {
      console.err().println("layar: the mesh runs, but " + e.getMessage());
      return ExitCode.FAILED;
    }
  }

  private void run(LocalMesh mesh, ShutdownHook hook, FileWatch watch, Set<ObjectId> applied)
      throws InterruptedException {
    StatusView status = new StatusView(console);
    Set<ObjectId> held = applied;
    while (!hook.running()) {
      MeshEvent event = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
      while (event != null) {
        status.event(event);
        event = events.poll();
      }
      if (watch.changed()) {
        status.clear();
        held = reapply(mesh, held);
      }
      status.show(mesh.pods());
    }
    hook.await();
  }

  private Set<ObjectId> reapply(LocalMesh mesh, Set<ObjectId> held) {
    try {
      Manifests.Loaded again = inputs.loadAgain(console);
      print(again.findings());
      if (again.hasErrors()) {
        console.err().println("layar: kept what was running; put the errors right and save again.");
        return held;
      }
      console.err().println("layar: files changed, applied again.");
      return apply(mesh, again.objects(), held);
    } catch (ManifestFiles.Unreadable e) {
      console.err().println("layar: kept what was running: " + e.getMessage());
      return held;
    }
  }

  /** Applies, deletes what was held and is gone from the files, and returns what is held now. */
  private Set<ObjectId> apply(LocalMesh mesh, List<Manifest> objects, Set<ObjectId> before) {
    ApplyResult result = mesh.apply(objects);
    print(result.findings());
    Set<ObjectId> now = new LinkedHashSet<>(result.applied());
    now.addAll(result.refused());
    for (ObjectId key : before) {
      if (!now.contains(key) && !key.kind().equals("Namespace")) {
        mesh.delete(key);
      }
    }
    return now;
  }

  private void print(List<Finding> findings) {
    findings.forEach(finding -> console.err().println(finding.line()));
  }

  private LocalOptions options() {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    images.forEach(
        (image, command) -> commands.put(image, List.of("/bin/sh", "-c", "exec " + command)));
    LocalOptions options =
        LocalOptions.defaults(name).withImages(commands).withEvents(events::offer).withServing();
    options = keep ? options.withKeeping() : options;
    try {
      return nodes.isEmpty() ? options : options.withNodes(NodeSpec.parse(nodes));
    } catch (IllegalArgumentException e) {
      throw UserError.usage(String.valueOf(e.getMessage()));
    }
  }
}

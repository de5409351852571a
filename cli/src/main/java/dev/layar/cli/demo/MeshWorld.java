package dev.layar.cli.demo;

import dev.layar.base.Finding;
import dev.layar.cli.json.Json;
import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.ManifestFiles.Folders;
import dev.layar.cli.manifest.Manifests;
import dev.layar.local.ApplyResult;
import dev.layar.local.ExecResult;
import dev.layar.local.ExecSession;
import dev.layar.local.HostPort;
import dev.layar.local.LocalException;
import dev.layar.local.LocalMesh;
import dev.layar.local.Manifest;
import dev.layar.local.ObjectId;
import dev.layar.local.PodView;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A {@link World} on a running local mesh. Confined to one thread. */
final class MeshWorld implements World {
  private static final Duration READY = Duration.ofSeconds(30);
  private static final Duration FETCH = Duration.ofSeconds(40);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final Duration ARRIVAL = Duration.ofSeconds(5);
  private static final int CONNECT_MILLIS = 2000;

  private final LocalMesh mesh;
  private final Path examples;
  private final Set<ObjectId> held = new LinkedHashSet<>();

  MeshWorld(LocalMesh mesh, Path examples) {
    this.mesh = mesh;
    this.examples = examples;
  }

  @Override
  public void holds(String... files) throws DemoFailure, InterruptedException {
    List<Manifest> wanted = read(files);
    Set<ObjectId> keys = new LinkedHashSet<>();
    wanted.forEach(manifest -> keys.add(manifest.id()));
    for (ObjectId key : List.copyOf(held)) {
      if (!keys.contains(key)) {
        mesh.delete(key);
        held.remove(key);
      }
    }
    apply(wanted);
  }

  @Override
  public void apply(String... files) throws DemoFailure, InterruptedException {
    apply(read(files));
  }

  private void apply(List<Manifest> resources) throws DemoFailure, InterruptedException {
    ApplyResult result = mesh.apply(resources);
    if (!result.ok()) {
      throw new DemoFailure("the mesh refused a manifest: " + firstError(result.findings()));
    }
    result.applied().stream().filter(key -> !key.kind().equals("Namespace")).forEach(held::add);
    try {
      mesh.awaitReady(READY);
      mesh.awaitSynced(READY);
    } catch (TimeoutException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private List<Manifest> read(String... files) throws DemoFailure {
    try {
      List<String> names =
          Arrays.stream(files).map(file -> examples.resolve(file).toString()).toList();
      Manifests.Loaded loaded =
          Manifests.load(ManifestFiles.read(names, Folders.FLAT, InputStream.nullInputStream()));
      if (loaded.hasErrors()) {
        throw new DemoFailure("a manifest is invalid: " + firstError(loaded.findings()));
      }
      return loaded.objects();
    } catch (ManifestFiles.Unreadable e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static String firstError(List<Finding> findings) {
    return findings.stream().filter(Finding::isError).findFirst().map(Finding::line).orElse("");
  }

  @Override
  public List<String> pods(String namespace, String label, String value) {
    return mesh.pods(namespace, Map.of(label, value)).stream().map(PodView::name).sorted().toList();
  }

  @Override
  public Fetched fetch(String namespace, String app, String... arguments)
      throws DemoFailure, InterruptedException {
    try {
      return parse(mesh.exec(namespace, client(namespace, app), command(arguments), FETCH));
    } catch (LocalException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Caller start(String namespace, String app, String... arguments) throws DemoFailure {
    try {
      List<String> command = command(arguments);
      ExecSession session = mesh.startExec(namespace, client(namespace, app), command);
      return () -> {
        try (session) {
          return parse(session.stop(STOP));
        }
      };
    } catch (LocalException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("fetch"));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private static Fetched parse(ExecResult result) throws DemoFailure {
    try {
      return Fetched.parse(result.stdout());
    } catch (IllegalArgumentException e) {
      throw new DemoFailure(
          "fetch ended with code "
              + result.exitCode()
              + " and no summary: "
              + result.stderr().strip(),
          e);
    }
  }

  private String client(String namespace, String app) throws DemoFailure {
    return mesh.pod(namespace, app)
        .map(PodView::name)
        .orElseThrow(() -> new DemoFailure("no pod of " + app + " is ready in " + namespace + "."));
  }

  @Override
  public String gateway() throws DemoFailure {
    return mesh.gateway()
        .map(HostPort::toString)
        .orElseThrow(() -> new DemoFailure("the ingress gateway does not listen."));
  }

  @Override
  public String received(String deployment, String path, int wanted)
      throws DemoFailure, InterruptedException {
    PodView pod =
        mesh.pod(Names.DEFAULT, deployment)
            .orElseThrow(() -> new DemoFailure("no pod of " + deployment + " is ready."));
    String address = processAddress(pod);
    Map<String, Integer> byHost = new TreeMap<>();
    until(
        ARRIVAL,
        () -> {
          byHost.clear();
          byHost.putAll(seenByHost(pod, address, path));
          return byHost.values().stream().mapToInt(Integer::intValue).sum() >= wanted;
        });
    StringBuilder out = new StringBuilder();
    byHost.forEach(
        (host, count) ->
            out.append(out.isEmpty() ? "" : ", ").append(count).append(" x ").append(host));
    return out.isEmpty() ? "none" : out.toString();
  }

  private String processAddress(PodView pod) throws DemoFailure {
    try {
      return mesh.processAddress(pod.namespace(), pod.name());
    } catch (LocalException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /** Asks the sample itself, past the mesh, what it was asked. */
  private static Map<String, Integer> seenByHost(PodView pod, String address, String path) {
    Map<String, Integer> out = new TreeMap<>();
    int port =
        pod.containers().stream()
            .flatMap(container -> container.ports().values().stream())
            .findFirst()
            .orElse(0);
    if (Json.parse(get("http://" + address + ":" + port + "/layar/seen")) instanceof Map<?, ?> root
        && root.get("requests") instanceof List<?> requests) {
      for (Object request : requests) {
        if (request instanceof Map<?, ?> entry && path.equals(entry.get("path"))) {
          int count = entry.get("count") instanceof Number number ? number.intValue() : 0;
          out.merge(String.valueOf(entry.get("host")), count, Integer::sum);
        }
      }
    }
    return out;
  }

  private static String get(String url) {
    try {
      URLConnection connection = URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(CONNECT_MILLIS);
      connection.setReadTimeout(CONNECT_MILLIS);
      try (InputStream in = connection.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a sample does not answer at " + url, e);
    }
  }

  @Override
  public boolean logged(
      String namespace, String app, String container, Duration within, String... words)
      throws InterruptedException {
    return until(within, () -> hasLine(namespace, app, container, words));
  }

  private boolean hasLine(String namespace, String app, String container, String... words) {
    try {
      Path log = mesh.log(namespace, client(namespace, app), container);
      try (Stream<String> lines = Files.lines(log)) {
        return lines.anyMatch(line -> Arrays.stream(words).allMatch(line::contains));
      }
    } catch (LocalException | DemoFailure e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks again every 20 ms until it is so or the time is over. */
  private static boolean until(Duration within, BooleanSupplier condition)
      throws InterruptedException {
    Semaphore never = new Semaphore(0);
    long deadline = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() >= deadline || never.tryAcquire(20, TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return true;
  }
}

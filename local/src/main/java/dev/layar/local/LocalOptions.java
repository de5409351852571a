package dev.layar.local;

import dev.layar.base.Ticker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a local mesh is started.
 *
 * @param name the mesh's name, part of its state directory's default path
 * @param stateDirectory where pid, pods and logs are kept; one running mesh a directory
 * @param nodes at least one
 * @param addresses how pods get addresses
 * @param images the user's own images: image → command line
 * @param events told about everything that happens, on the cluster's thread; must not block
 * @param ticker the clock for back-off and timeouts
 * @param seed of everything random: pod names, load balancing
 * @param serving whether kubectl can talk to it
 * @param keeping whether objects are still there at the next start
 */
public record LocalOptions(
    String name,
    Path stateDirectory,
    List<NodeSpec> nodes,
    Addresses addresses,
    Map<String, List<String>> images,
    Consumer<MeshEvent> events,
    Ticker ticker,
    long seed,
    boolean serving,
    boolean keeping) {

  /** How pods get addresses. */
  public enum Addresses {
    /** One loopback address a pod where the system allows it, else as {@link #SINGLE}. */
    AUTO,
    /** Every pod on 127.0.0.1, told apart by ports. */
    SINGLE
  }

  public LocalOptions {
    nodes = List.copyOf(nodes);
    images = Map.copyOf(images);
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("a mesh needs at least one node");
    }
  }

  /** The defaults: {@code ~/.layar/<name>}, one node, own addresses, no listener. */
  public static LocalOptions defaults(String name) {
    return new LocalOptions(
        name,
        defaultStateDirectory(name),
        NodeSpec.single(),
        Addresses.AUTO,
        Map.of(),
        _ -> {},
        Ticker.system(),
        System.nanoTime(),
        false,
        false);
  }

  /** {@code $LAYAR_HOME/<name>}, or {@code ~/.layar/<name>}. */
  public static Path defaultStateDirectory(String name) {
    return Optional.ofNullable(System.getenv("LAYAR_HOME"))
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".layar"))
        .resolve(name);
  }

  public LocalOptions withStateDirectory(Path directory) {
    return new LocalOptions(
        name, directory, nodes, addresses, images, events, ticker, seed, serving, keeping);
  }

  public LocalOptions withNodes(List<NodeSpec> replacement) {
    return new LocalOptions(
        name,
        stateDirectory,
        replacement,
        addresses,
        images,
        events,
        ticker,
        seed,
        serving,
        keeping);
  }

  public LocalOptions withAddresses(Addresses replacement) {
    return new LocalOptions(
        name, stateDirectory, nodes, replacement, images, events, ticker, seed, serving, keeping);
  }

  public LocalOptions withImages(Map<String, List<String>> replacement) {
    return new LocalOptions(
        name,
        stateDirectory,
        nodes,
        addresses,
        replacement,
        events,
        ticker,
        seed,
        serving,
        keeping);
  }

  public LocalOptions withEvents(Consumer<MeshEvent> listener) {
    return new LocalOptions(
        name, stateDirectory, nodes, addresses, images, listener, ticker, seed, serving, keeping);
  }

  public LocalOptions withSeed(long replacement) {
    return new LocalOptions(
        name,
        stateDirectory,
        nodes,
        addresses,
        images,
        events,
        ticker,
        replacement,
        serving,
        keeping);
  }

  /** With an API server for kubectl. */
  public LocalOptions withServing() {
    return new LocalOptions(
        name, stateDirectory, nodes, addresses, images, events, ticker, seed, true, keeping);
  }

  /** With objects that outlive the mesh. */
  public LocalOptions withKeeping() {
    return new LocalOptions(
        name, stateDirectory, nodes, addresses, images, events, ticker, seed, serving, true);
  }
}

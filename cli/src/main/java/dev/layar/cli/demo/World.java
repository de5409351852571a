package dev.layar.cli.demo;

import java.time.Duration;
import java.util.List;

/** What a scenario may do with the mesh. One scenario at a time; blocking. */
interface World {

  /**
   * Makes the mesh hold the objects of these files of {@code examples/} and no others, and waits
   * until the pods are ready and the proxies obey. Pods that earlier scenarios started stay when a
   * file still declares them.
   */
  void holds(String... files) throws DemoFailure, InterruptedException;

  /** Adds or replaces the objects of these files, and waits as {@link #holds} does. */
  void apply(String... files) throws DemoFailure, InterruptedException;

  /** Names of the ready pods whose label has this value, sorted. */
  List<String> pods(String namespace, String label, String value);

  /**
   * Runs {@code fetch} with these arguments in a pod and waits for its summary.
   *
   * @param app value of the pod's label {@code app}
   */
  Fetched fetch(String namespace, String app, String... arguments)
      throws DemoFailure, InterruptedException;

  /** Starts {@code fetch} in a pod and lets it call until it is stopped. */
  Caller start(String namespace, String app, String... arguments) throws DemoFailure;

  /**
   * What the samples of the pods of a Deployment in {@link Names#DEFAULT} were asked at {@code
   * path} so far, by Host, for example {@code 100 x httpbin-shadow:8000}. Waits a moment for {@code
   * wanted} to arrive, for a copy may come after the answer.
   */
  String received(String deployment, String path, int wanted)
      throws DemoFailure, InterruptedException;

  /** {@code host:port} where the ingress gateway listens for port 80. */
  String gateway() throws DemoFailure;

  /** Waits until a container of the pod has logged a line that holds every one of {@code words}. */
  boolean logged(String namespace, String app, String container, Duration within, String... words)
      throws InterruptedException;

  /** A {@code fetch} that keeps calling. */
  interface Caller {
    /** Stops it and returns what it saw. */
    Fetched stop() throws DemoFailure, InterruptedException;
  }
}

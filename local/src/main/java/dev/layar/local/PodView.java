package dev.layar.local;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A pod at one moment, as {@code kubectl get pods -o wide} would tell it. Immutable.
 *
 * @param ip the pod's own loopback address, or 127.0.0.1 where the system has only that one
 * @param node the node it is placed on
 * @param status the word in kubectl's STATUS column
 * @param message why the pod is not ready, empty when it is
 * @param restarts restarts of all its containers together
 * @param created when the pod was made
 */
public record PodView(
    String namespace,
    String name,
    Map<String, String> labels,
    String ip,
    String node,
    Phase phase,
    Status status,
    boolean ready,
    boolean hasSidecar,
    List<Container> containers,
    int restarts,
    String message,
    Instant created) {

  /** Kubernetes' {@code status.phase}, with the end of a graceful deletion as one more. */
  public enum Phase {
    PENDING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    TERMINATING
  }

  /** What a pod is doing in one word, as {@code kubectl get pods} prints it. */
  public enum Status {
    PENDING("Pending"),
    RUNNING("Running"),
    COMPLETED("Completed"),
    ERROR("Error"),
    TERMINATING("Terminating"),
    CRASH_LOOP("CrashLoopBackOff"),
    CONFIG_ERROR("CreateContainerConfigError"),
    IMAGE_NOT_FOUND("ErrImageNotFound");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** The word itself. */
    public String word() {
      return word;
    }
  }

  /**
   * One container of the pod, the sidecar included.
   *
   * @param image as written in the manifest
   * @param ports declared port → the port the process really listens on
   */
  public record Container(
      String name, String image, boolean ready, int restarts, Map<Integer, Integer> ports) {
    public Container {
      ports = Map.copyOf(ports);
    }
  }

  public PodView {
    labels = Map.copyOf(labels);
    containers = List.copyOf(containers);
  }

  public int containersReady() {
    return (int) containers.stream().filter(Container::ready).count();
  }

  /** Images of the application's containers, the sidecar left out. */
  public List<String> images() {
    return containers.stream()
        .filter(c -> !c.name().equals(SIDECAR))
        .map(Container::image)
        .toList();
  }

  /** The name Istio gives the sidecar's container. */
  public static final String SIDECAR = "istio-proxy";
}

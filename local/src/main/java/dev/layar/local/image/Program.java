package dev.layar.local.image;

import java.util.List;
import java.util.Map;

/** What a container runs on this machine. */
public sealed interface Program {
  /**
   * One of the samples.
   *
   * @param name as {@code dev.layar.samples.Samples} knows it
   * @param environment what its version is told by
   * @param port where the original listens
   */
  record Sample(String name, Map<String, String> environment, int port) implements Program {
    public Sample {
      environment = Map.copyOf(environment);
    }
  }

  /** Waits until it is stopped: a pod to run commands in. */
  record Sleep() implements Program {}

  /** Ends at once, with success. */
  record Nothing() implements Program {}

  /** Istio's proxy, as a sidecar or a gateway: a workload of the node's proxy, no process. */
  record Proxy() implements Program {}

  /** A program of this machine. */
  record Command(List<String> command) implements Program {
    public Command {
      command = List.copyOf(command);
    }
  }
}

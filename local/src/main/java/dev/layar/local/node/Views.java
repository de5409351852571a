package dev.layar.local.node;

import dev.layar.local.PodView;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.process.ContainerProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A running pod as others see it. */
final class Views {
  private Views() {}

  static PodView of(PodRun pod) {
    List<PodView.Container> containers = new ArrayList<>();
    for (ContainerRun run : pod.containers) {
      if (run.isApp()) {
        containers.add(view(run));
      }
    }
    pod.inits().stream().filter(ContainerRun::isSidecar).forEach(run -> containers.add(view(run)));
    return new PodView(
        pod.namespace,
        pod.name,
        pod.labels(),
        pod.ip,
        pod.node.name(),
        phase(pod),
        status(pod),
        pod.isReady(),
        pod.hasSidecar,
        containers,
        pod.containers.stream().mapToInt(run -> run.restarts).sum(),
        PodStatus.message(pod),
        pod.created());
  }

  private static PodView.Container view(ContainerRun run) {
    return new PodView.Container(run.name(), run.spec.image(), run.ready, run.restarts, run.ports);
  }

  private static PodView.Phase phase(PodRun pod) {
    if (pod.terminating) {
      return PodView.Phase.TERMINATING;
    }
    return switch (pod.phase()) {
      case "Succeeded" -> PodView.Phase.SUCCEEDED;
      case "Failed" -> PodView.Phase.FAILED;
      case "Running" -> PodView.Phase.RUNNING;
      default -> PodView.Phase.PENDING;
    };
  }

  private static PodView.Status status(PodRun pod) {
    return switch (phase(pod)) {
      case TERMINATING -> PodView.Status.TERMINATING;
      case SUCCEEDED -> PodView.Status.COMPLETED;
      case FAILED -> PodView.Status.ERROR;
      case RUNNING, PENDING -> waiting(pod);
    };
  }

  private static PodView.Status waiting(PodRun pod) {
    for (ContainerRun run : pod.containers) {
      if (run.state instanceof ContainerRun.State.Waiting(String reason, String _)) {
        switch (reason) {
          case ImageCatalogue.NOT_FOUND -> {
            return PodView.Status.IMAGE_NOT_FOUND;
          }
          case "CrashLoopBackOff" -> {
            return PodView.Status.CRASH_LOOP;
          }
          case "CreateContainerConfigError" -> {
            return PodView.Status.CONFIG_ERROR;
          }
          default -> {
            continue;
          }
        }
      }
    }
    return pod.phase().equals("Running") ? PodView.Status.RUNNING : PodView.Status.PENDING;
  }

  static Kubelet.Inside inside(PodRun pod) {
    Map<String, Kubelet.Container> containers = new LinkedHashMap<>();
    pod.apps().forEach(run -> containers.put(run.name(), container(run)));
    pod.inits().forEach(run -> containers.put(run.name(), container(run)));
    return new Kubelet.Inside(pod.uid, pod.inside, containers);
  }

  private static Kubelet.Container container(ContainerRun run) {
    ContainerProcess process = run.process;
    return new Kubelet.Container(
        run.name(),
        run.isApp(),
        run.isRunning(),
        run.isProxy(),
        process != null && process.isAlive() ? process.pid() : 0,
        run.environment,
        run.ports,
        run.log,
        run.previousLog());
  }
}

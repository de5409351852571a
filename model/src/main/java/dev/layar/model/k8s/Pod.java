package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.IntOrString;
import dev.layar.model.Open;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Pod, the part that Layar reads. */
@Open
@Doc("Containers that run together at one address.")
public record Pod(
    @Doc("What is wanted.") @Required PodSpec spec, @Doc("What is.") @Nullable PodStatus status) {

  /** The pod's address, empty when it has none yet. */
  public String ip() {
    return status == null ? "" : status.podIP();
  }

  /** Whether the pod's Ready condition holds. */
  public boolean isReady() {
    return status != null
        && status.conditions().stream().anyMatch(c -> c.type().equals("Ready") && c.isTrue());
  }

  /** Kubernetes' PodSpec. */
  @Open
  @Doc("What a pod runs.")
  public record PodSpec(
      @Doc("Containers that run for the pod's whole life.") @Required List<Container> containers,
      @Doc("Containers that run one after the other before.") List<Container> initContainers,
      @Doc("Identity of the pod; left out: default.") String serviceAccountName,
      @Doc("Node the pod runs on.") String nodeName,
      @Doc("Labels of the nodes it may run on.") Map<String, String> nodeSelector,
      @Doc("Host name of the pod; left out: its name.") String hostname,
      @Doc("Headless service under which the pod has a name of its own.") String subdomain,
      @Doc("Always, OnFailure or Never; left out: Always.") String restartPolicy,
      @Doc("Seconds between asking to stop and killing; left out: 30.") @Range
          @Nullable Long terminationGracePeriodSeconds) {
    public PodSpec {
      containers = List.copyOf(containers);
      initContainers = List.copyOf(initContainers);
      nodeSelector = Values.sorted(nodeSelector);
    }
  }

  /** Kubernetes' Container. */
  @Open
  @Doc("One process, or group of them, of a pod.")
  public record Container(
      @Doc("Name, unique in the pod.") @Required String name,
      @Doc("Image to run.") String image,
      @Doc("Program with its arguments, replacing the image's entry point.") List<String> command,
      @Doc("Arguments, replacing the image's.") List<String> args,
      @Doc("Directory to run in.") String workingDir,
      @Doc("Environment variables.") List<EnvVar> env,
      @Doc("Ports the container listens on.") List<ContainerPort> ports,
      @Doc("When the container may get traffic.") @Nullable Probe readinessProbe,
      @Doc("When the container is dead and must be started again.") @Nullable Probe livenessProbe,
      @Doc("When the container has started.") @Nullable Probe startupProbe) {
    public Container {
      command = List.copyOf(command);
      args = List.copyOf(args);
      env = List.copyOf(env);
      ports = List.copyOf(ports);
    }
  }

  /** Kubernetes' EnvVar. */
  @Open
  @Doc("An environment variable.")
  public record EnvVar(
      @Doc("Its name.") @Required String name,
      @Doc("Its value.") String value,
      @Doc("Where its value comes from instead.") @Nullable EnvVarSource valueFrom) {}

  /** Kubernetes' EnvVarSource. */
  @Open
  @Doc("Where a variable's value comes from.")
  public record EnvVarSource(@Doc("A field of the pod.") @Nullable FieldRef fieldRef) {}

  /** Kubernetes' ObjectFieldSelector. */
  @Open
  @Doc("A field of the pod.")
  public record FieldRef(@Doc("Its path, for example status.podIP.") @Required String fieldPath) {}

  /** Kubernetes' ContainerPort. */
  @Open
  @Doc("A port that a container listens on.")
  public record ContainerPort(
      @Doc("Name by which a Service can refer to it.") String name,
      @Doc("Port number.") @Required @Range(min = 1, max = 65535) int containerPort,
      @Doc("TCP, UDP or SCTP; left out: TCP.") String protocol) {}

  /** Kubernetes' Probe. */
  @Open
  @Doc("A check that is repeated.")
  public record Probe(
      @Doc("An HTTP request that must be answered 200 to 399.") @Nullable HttpGet httpGet,
      @Doc("A port that must accept a connection.") @Nullable TcpSocket tcpSocket,
      @Doc("A command that must end with 0.") @Nullable Exec exec,
      @Doc("Seconds before the first check.") @Range(max = Integer.MAX_VALUE)
          int initialDelaySeconds,
      @Doc("Seconds between checks; left out: 10.") @Range(max = Integer.MAX_VALUE)
          int periodSeconds,
      @Doc("Seconds until a check has failed; left out: 1.") @Range(max = Integer.MAX_VALUE)
          int timeoutSeconds,
      @Doc("Failures in a row that count; left out: 3.") @Range(max = Integer.MAX_VALUE)
          int failureThreshold,
      @Doc("Successes in a row that count; left out: 1.") @Range(max = Integer.MAX_VALUE)
          int successThreshold) {}

  /** Kubernetes' HTTPGetAction. */
  @Open
  @Doc("An HTTP request.")
  public record HttpGet(
      @Doc("Path.") String path,
      @Doc("Port, by number or by name.") @Required IntOrString port,
      @Doc("Host; left out: the pod.") String host,
      @Doc("HTTP or HTTPS; left out: HTTP.") String scheme) {}

  /** Kubernetes' TCPSocketAction. */
  @Open
  @Doc("A connection.")
  public record TcpSocket(
      @Doc("Port, by number or by name.") @Required IntOrString port,
      @Doc("Host; left out: the pod.") String host) {}

  /** Kubernetes' ExecAction. */
  @Open
  @Doc("A command.")
  public record Exec(@Doc("Program with its arguments.") List<String> command) {
    public Exec {
      command = List.copyOf(command);
    }
  }

  /** Kubernetes' PodStatus. */
  @Open
  @Doc("What is known of a pod.")
  public record PodStatus(
      @Doc("Pending, Running, Succeeded, Failed or Unknown.") String phase,
      @Doc("The pod's address.") String podIP,
      @Doc("The pod's addresses, one per IP family.") List<PodIp> podIPs,
      @Doc("The node's address.") String hostIP,
      @Doc("Aspects of the pod's state, such as Ready.") List<Condition> conditions) {
    public PodStatus {
      podIPs = List.copyOf(podIPs);
      conditions = List.copyOf(conditions);
    }
  }

  /** Kubernetes' PodIP. */
  @Open
  @Doc("One address.")
  public record PodIp(@Doc("The address.") String ip) {}
}

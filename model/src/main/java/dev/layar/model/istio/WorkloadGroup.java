package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Inline;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's WorkloadGroup ({@code networking/v1alpha3/workload_group.proto}) and all messages that
 * only it uses.
 */
@Doc("What the endpoints outside Kubernetes that register themselves have in common.")
public record WorkloadGroup(
    @Doc("Labels and annotations of the WorkloadEntries made from this.")
        @Nullable ObjectMetadata metadata,
    @Doc("What each WorkloadEntry starts from; without address and labels.") @Required
        WorkloadEntry template,
    @Doc("How it is found out whether a workload is healthy.") @Nullable ReadinessProbe probe) {

  /** Istio's WorkloadGroup.ObjectMeta. */
  @Doc("Labels and annotations.")
  public record ObjectMetadata(
      @Doc("Labels.") Map<String, String> labels,
      @Doc("Annotations.") Map<String, String> annotations) {
    public ObjectMetadata {
      labels = Values.sorted(labels);
      annotations = Values.sorted(annotations);
    }
  }

  /** Istio's ReadinessProbe. */
  @Doc("A check that is repeated.")
  public record ReadinessProbe(
      @Doc("Seconds before the first check.") @Range(max = Integer.MAX_VALUE)
          int initialDelaySeconds,
      @Doc("Seconds until a check has failed; 0 means 1.") @Range(max = Integer.MAX_VALUE)
          int timeoutSeconds,
      @Doc("Seconds between checks; 0 means 10.") @Range(max = Integer.MAX_VALUE) int periodSeconds,
      @Doc("Successes in a row that count; 0 means 1.") @Range(max = Integer.MAX_VALUE)
          int successThreshold,
      @Doc("Failures in a row that count; 0 means 3.") @Range(max = Integer.MAX_VALUE)
          int failureThreshold,
      @Doc("What is checked.") @Inline @Nullable Check check) {}

  /** ReadinessProbe's {@code health_check_method}. */
  @Doc("What is checked.")
  public sealed interface Check {
    /** By HTTP. */
    record Http(@Doc("An HTTP request that must be answered 200 to 399.") HttpGet httpGet)
        implements Check {}

    /** By a connection. */
    record Tcp(@Doc("A port that must accept a connection.") TcpSocket tcpSocket)
        implements Check {}

    /** By a command. */
    record Command(@Doc("A command that must end with 0.") Exec exec) implements Check {}

    /** By gRPC's health service. */
    record Grpc(@Doc("A gRPC health service that must say SERVING.") GrpcHealth grpc)
        implements Check {}
  }

  /** Istio's HTTPHealthCheckConfig. */
  @Doc("An HTTP request.")
  public record HttpGet(
      @Doc("Path, beginning with a slash.") String path,
      @Doc("Port.") @Required @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Host; left out: localhost.") String host,
      @Doc("HTTP or HTTPS; left out: HTTP.") String scheme,
      @Doc("Headers to send.") List<HttpHeader> httpHeaders) {
    public HttpGet {
      httpHeaders = List.copyOf(httpHeaders);
    }
  }

  /** Istio's HTTPHeader. */
  @Doc("A header.")
  public record HttpHeader(@Doc("Its name.") String name, @Doc("Its value.") String value) {}

  /** Istio's TCPHealthCheckConfig. */
  @Doc("A connection.")
  public record TcpSocket(
      @Doc("Host; left out: localhost.") String host,
      @Doc("Port.") @Required @Range(max = Integer.MAX_VALUE) int port) {}

  /** Istio's ExecHealthCheckConfig. */
  @Doc("A command.")
  public record Exec(@Doc("Program with its arguments.") List<String> command) {
    public Exec {
      command = List.copyOf(command);
    }
  }

  /** Istio's GrpcHealthCheckConfig. */
  @Doc("A gRPC health service.")
  public record GrpcHealth(
      @Doc("Port.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Name of the service to ask about; left out: the server as a whole.") String service) {}
}

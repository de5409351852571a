package dev.layar.proxy.server;

import dev.layar.proxy.ads.IdentityOptions;
import dev.layar.proxy.cluster.LocalZone;
import dev.layar.proxy.listener.OriginalDst;
import dev.layar.telemetry.Label;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whose traffic a workload carries.
 *
 * @param id node id, for example {@code sidecar~127.0.1.2~web-1.default~default.svc.cluster.local}
 * @param logs where its access logs go
 * @param bind from a listener's configured address to the one to bind, for a pod whose address or
 *     ports the machine does not have as they are configured
 * @param originalDestination where a redirected connection was meant to go; null when it was not
 * @param identity who it is and who certifies it; null when its certificates come otherwise
 * @param localZone where it is, for zone-aware routing
 * @param istioLabels the source's labels of Istio's metrics; empty leaves those metrics out
 */
public record WorkloadOptions(
    String id,
    LogSinks logs,
    UnaryOperator<InetSocketAddress> bind,
    List<Label> istioLabels,
    Function<Channel, @Nullable InetSocketAddress> originalDestination,
    @Nullable IdentityOptions identity,
    LocalZone localZone) {
  public WorkloadOptions {
    istioLabels = List.copyOf(istioLabels);
  }

  /** Binds as configured and logs to files and the process's own output. */
  public static WorkloadOptions of(String id) {
    return new WorkloadOptions(
        id,
        LogSinks.files(),
        UnaryOperator.identity(),
        List.of(),
        OriginalDst::of,
        null,
        LocalZone.NONE);
  }

  public WorkloadOptions withLogs(LogSinks other) {
    return new WorkloadOptions(
        id, other, bind, istioLabels, originalDestination, identity, localZone);
  }

  public WorkloadOptions withBind(UnaryOperator<InetSocketAddress> other) {
    return new WorkloadOptions(
        id, logs, other, istioLabels, originalDestination, identity, localZone);
  }

  public WorkloadOptions withIstioLabels(List<Label> labels) {
    return new WorkloadOptions(id, logs, bind, labels, originalDestination, identity, localZone);
  }

  /** Something else than the kernel says where redirected connections were meant to go. */
  public WorkloadOptions withOriginalDestination(
      Function<Channel, @Nullable InetSocketAddress> other) {
    return new WorkloadOptions(id, logs, bind, istioLabels, other, identity, localZone);
  }

  /** Gets its certificate by itself, as the secrets {@code default} and {@code ROOTCA}. */
  public WorkloadOptions withIdentity(IdentityOptions other) {
    return new WorkloadOptions(id, logs, bind, istioLabels, originalDestination, other, localZone);
  }

  /** Keeps requests in its zone where clusters ask for it. */
  public WorkloadOptions withLocalZone(LocalZone other) {
    return new WorkloadOptions(id, logs, bind, istioLabels, originalDestination, identity, other);
  }
}

package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Values;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Istio's PeerAuthentication ({@code security/v1beta1/peer_authentication.proto}). */
@Doc("Whether workloads take calls with mutual TLS, without, or both.")
public record PeerAuthentication(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: of the mesh.")
        @Nullable PolicySelector selector,
    @Doc("For all ports.") @Nullable MutualTls mtls,
    @Doc("By port of the workload; needs a selector.") Map<String, MutualTls> portLevelMtls) {
  public PeerAuthentication {
    portLevelMtls = Values.sorted(portLevelMtls);
  }

  /** Istio's PeerAuthentication.MutualTLS. */
  @Doc("Whether calls need mutual TLS.")
  public record MutualTls(@Doc("The mode.") Mode mode) {}

  /** Istio's PeerAuthentication.MutualTLS.Mode, in the order of its numbers. */
  public enum Mode {
    @Doc("As the namespace or the mesh says; PERMISSIVE if nothing does.")
    UNSET,
    @Doc("Plain text only.")
    DISABLE,
    @Doc("Both.")
    PERMISSIVE,
    @Doc("Mutual TLS only.")
    STRICT
  }
}

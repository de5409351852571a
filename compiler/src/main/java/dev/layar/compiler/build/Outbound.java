package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.MeshSettings.OutboundTrafficPolicy;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Registry.Viewer;
import dev.layar.compiler.sidecar.SidecarScopes;
import dev.layar.model.ObjectKey;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.Sidecar;
import java.util.Optional;

/** Where calls go that are for nobody known: as the Sidecar says, else as the mesh says. */
final class Outbound {
  private final MeshSettings settings;
  private final SidecarScopes sidecars;

  Outbound(MeshSettings settings, SidecarScopes sidecars) {
    this.settings = settings;
    this.sidecars = sidecars;
  }

  /** The name of a cluster: pass-through, the black hole, or a service that forwards. */
  String cluster(QueryContext context, Viewer viewer) {
    ObjectKey sidecar = viewer.sidecar();
    Optional<Sidecar.OutboundTrafficPolicy> own =
        sidecar == null ? Optional.empty() : sidecars.outbound(context, sidecar);
    if (own.isEmpty()) {
      return settings.outboundTrafficPolicy() == OutboundTrafficPolicy.ALLOW_ANY
          ? Clusters.PASSTHROUGH
          : Clusters.BLACK_HOLE;
    }
    Destination forwarder = own.get().egressProxy();
    if (forwarder != null && forwarder.port() != null) {
      return MeshService.clusterName(
          forwarder.port().number(),
          forwarder.subset(),
          HostNames.resolve(forwarder.host(), viewer.namespace(), settings.domain()));
    }
    return switch (own.get().mode()) {
      case ALLOW_ANY -> Clusters.PASSTHROUGH;
      case REGISTRY_ONLY -> Clusters.BLACK_HOLE;
    };
  }
}

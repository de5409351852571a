package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.policy.HostRule;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Registry;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.DestinationRule.ConsistentHashLb;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * From a rule's destination to the cluster that it means (Istio {@code GetDestinationCluster}).
 * Called by queries, through whose context it reads.
 */
final class Targets {
  /**
   * What a destination means.
   *
   * @param hash what a call's hash is taken from, null without affinity
   * @param policy of the port and subset, null where no DestinationRule applies
   */
  record Target(String cluster, @Nullable ConsistentHashLb hash, @Nullable TrafficPolicy policy) {}

  private final MeshSettings settings;
  private final Registry registry;
  private final Clusters clusters;

  Targets(MeshSettings settings, Registry registry, Clusters clusters) {
    this.settings = settings;
    this.registry = registry;
    this.clusters = clusters;
  }

  /**
   * A port that is not written is the service's only one, else the one the caller addressed. An
   * unknown service or subset gives a cluster that does not exist: 503 NC.
   *
   * @param port that the caller addressed
   * @param namespace of the object that names the destination
   */
  Target of(
      QueryContext context, Scope scope, int port, String namespace, Destination destination) {
    String host = HostNames.resolve(destination.host(), namespace, settings.domain());
    Optional<MeshService> found = registry.service(context, scope.viewer(), host);
    int explicit = destination.port() == null ? 0 : destination.port().number();
    if (found.isEmpty()) {
      int meant = explicit == 0 ? port : explicit;
      return new Target(MeshService.clusterName(meant, destination.subset(), host), null, null);
    }
    MeshService service = found.get();
    int only = service.ports().size() == 1 ? service.ports().getFirst().number() : port;
    int meant = explicit == 0 ? only : explicit;
    HostRule rule = clusters.ruleFor(context, scope, service);
    return new Target(
        service.clusterName(meant, destination.subset()),
        rule == null ? null : rule.hash(explicit, destination.subset()),
        rule == null ? null : rule.effective(meant, destination.subset()));
  }

  /** The service itself, on a port, without any rule that routes. */
  Target ofService(QueryContext context, Scope scope, MeshService service, int port) {
    HostRule rule = clusters.ruleFor(context, scope, service);
    return new Target(
        service.clusterName(port, ""),
        rule == null ? null : rule.hash(port, ""),
        rule == null ? null : rule.effective(port, ""));
  }
}

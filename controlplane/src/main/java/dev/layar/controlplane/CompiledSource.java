package dev.layar.controlplane;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.compiler.MeshCompiler;
import dev.layar.compiler.MeshState;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.compiler.ProxyResources;
import dev.layar.controlplane.ads.SnapshotSource;
import dev.layar.controlplane.ca.Caller;
import dev.layar.controlplane.ca.SpiffeId;
import dev.layar.xds.ResourceSet;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.XdsSnapshot;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Snapshots from the compiler. Whatever a node says it is decides what it gets: also the service
 * network of pods without a sidecar is only an identity with another scope.
 */
final class CompiledSource implements SnapshotSource {
  private final MeshStore store;
  private final MeshCompiler compiler;
  private final boolean secretsOnPlainPort;
  private final GatewaySecrets secrets = new GatewaySecrets();

  /**
   * The set of each map that the compiler handed out for the revision, and for the one before:
   * proxies that share a map share its set, and with it the comparison with older ones. Push
   * thread.
   */
  private IdentityHashMap<Map<String, XdsResource>, ResourceSet> sets = new IdentityHashMap<>();

  private IdentityHashMap<Map<String, XdsResource>, ResourceSet> olderSets =
      new IdentityHashMap<>();
  private MeshState compiled = MeshState.empty();

  CompiledSource(MeshStore store, MeshCompiler compiler, boolean secretsOnPlainPort) {
    this.secretsOnPlainPort = secretsOnPlainPort;
    this.store = store;
    this.compiler = compiler;
  }

  @Override
  public Result<Client> identify(Node node, Caller caller) {
    return switch (ProxyIdentity.fromNode(node)) {
      case Result.Ok<ProxyIdentity>(ProxyIdentity identity, var findings) ->
          mayBe(identity, caller)
              ? new Result.Ok<>(new Proxy(identity, maySeeSecrets(identity, caller)), findings)
              : new Result.Rejected<>(List.of(impostor(identity, caller)));
      case Result.Rejected<ProxyIdentity>(var findings) -> new Result.Rejected<>(findings);
    };
  }

  /**
   * Who has proved an identity is what it is in its own namespace only, as istiod's {@code
   * authorize} holds; on the plain port, which is for loopback, a node is taken at its word.
   */
  private static boolean mayBe(ProxyIdentity identity, Caller caller) {
    return caller
        .peer()
        .map(SpiffeId::namespace)
        .orElse(identity.namespace())
        .equals(identity.namespace());
  }

  /**
   * Gateways may have the Secrets of their own namespace once they have proved to be there (Istio
   * {@code pilot/pkg/xds/sds.go}).
   *
   * <p>DEVIATION: istiod also serves sidecars whose service account may list Secrets.
   */
  private boolean maySeeSecrets(ProxyIdentity identity, Caller caller) {
    return identity.type() == ProxyIdentity.Type.ROUTER
        && (secretsOnPlainPort || caller.peer().isPresent());
  }

  private static Finding impostor(ProxyIdentity identity, Caller caller) {
    return Finding.error(
        NOT_ALLOWED,
        new Location(identity.id(), 0, 0),
        "node.id",
        "the certificate is of another namespace",
        caller.toString(),
        "a certificate of namespace " + identity.namespace());
  }

  private void advance() {
    MeshState newest = store.state();
    if (newest != compiled) {
      compiled = newest;
      compiler.update(newest);
      secrets.update(newest);
      olderSets = sets;
      sets = new IdentityHashMap<>();
    }
  }

  private XdsSnapshot snapshot(ProxyIdentity identity, boolean withSecrets) {
    advance();
    ProxyResources resources = compiler.resources(identity);
    EnumMap<ResourceType, ResourceSet> byType = new EnumMap<>(ResourceType.class);
    for (ResourceType type : ResourceType.values()) {
      byType.put(type, set(resources.all(type)));
    }
    if (withSecrets) {
      byType.put(ResourceType.SECRET, secrets.of(identity.namespace()));
    }
    return new XdsSnapshot(compiled.revision(), byType);
  }

  private ResourceSet set(Map<String, XdsResource> map) {
    ResourceSet set = sets.get(map);
    if (set == null) {
      ResourceSet older = olderSets.get(map);
      set = older == null ? ResourceSet.ofImmutable(map) : older;
      sets.put(map, set);
    }
    return set;
  }

  /** One proxy, as it said it is. */
  final class Proxy implements Client {
    private final ProxyIdentity identity;
    private final boolean withSecrets;

    Proxy(ProxyIdentity identity, boolean withSecrets) {
      this.identity = identity;
      this.withSecrets = withSecrets;
    }

    ProxyIdentity identity() {
      return identity;
    }

    @Override
    public String id() {
      return identity.id();
    }

    @Override
    public XdsSnapshot snapshot() {
      return CompiledSource.this.snapshot(identity, withSecrets);
    }
  }
}

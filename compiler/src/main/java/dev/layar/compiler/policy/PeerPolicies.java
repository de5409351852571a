package dev.layar.compiler.policy;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.PeerAuthentication;
import dev.layar.model.istio.PeerAuthentication.MutualTls;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for whether workloads are called with mutual TLS (Istio {@code
 * authn/policy_applier.go:ComposePeerAuthentication}). One per compiler; it holds no state, only
 * the queries' definitions.
 *
 * <p>On each level - mesh, namespace, workload - the oldest PeerAuthentication counts, and what it
 * leaves unset is the wider level's. Istio's quirk is kept: a policy with a selector in the root
 * namespace has no effect.
 */
public final class PeerPolicies {
  /** What a port of a workload accepts. */
  public enum Mode {
    /** Plain text. */
    DISABLE,
    /** Both. */
    PERMISSIVE,
    /** Mutual TLS. */
    STRICT
  }

  private record Labelled(String namespace, Map<String, String> labels) {
    Labelled {
      labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
  }

  /** A workload's modes: of ports that are named, and of the rest. */
  private record Modes(Mode rest, Map<String, Mode> ports) {}

  private final String rootNamespace;
  private final Index<ObjectKey, Resource<?>, String> byNamespace;
  private final Query<String, Mode> namespaces =
      new Query<>("peerModeOfNamespace", this::computeNamespace);
  private final Query<Labelled, Modes> workloads =
      new Query<>("peerModesOfWorkload", this::computeWorkload);

  public PeerPolicies(String rootNamespace, Comparator<ObjectKey> order) {
    this.rootNamespace = rootNamespace;
    this.byNamespace =
        new Index<>(
            "peerPolicies",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof PeerAuthentication ? Set.of(key.namespace()) : Set.of());
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(byNamespace);
  }

  /** What callers may assume of a namespace's services. */
  public Mode ofNamespace(QueryContext context, String namespace) {
    return context.get(namespaces, namespace);
  }

  /** What a workload's port accepts; port 0 for ports that no policy names. */
  public Mode ofWorkload(
      QueryContext context, String namespace, Map<String, String> labels, int port) {
    Modes modes = context.get(workloads, new Labelled(namespace, labels));
    return modes.ports().getOrDefault(Integer.toString(port), modes.rest());
  }

  private Mode computeNamespace(QueryContext context, String namespace) {
    Mode own = null;
    for (PeerAuthentication policy : oldestFirst(context, namespace)) {
      if (labels(policy).isEmpty()) {
        own = mode(policy.mtls());
        break;
      }
    }
    if (own != null) {
      return own;
    }
    return namespace.equals(rootNamespace)
        ? Mode.PERMISSIVE
        : context.get(namespaces, rootNamespace);
  }

  private Modes computeWorkload(QueryContext context, Labelled workload) {
    Mode namespace = context.get(namespaces, workload.namespace());
    if (workload.namespace().equals(rootNamespace)) {
      return new Modes(namespace, Map.of());
    }
    for (PeerAuthentication policy : oldestFirst(context, workload.namespace())) {
      Map<String, String> wanted = labels(policy);
      if (!wanted.isEmpty() && workload.labels().entrySet().containsAll(wanted.entrySet())) {
        Mode own = mode(policy.mtls());
        Mode rest = own == null ? namespace : own;
        Map<String, Mode> ports = new TreeMap<>();
        policy
            .portLevelMtls()
            .forEach(
                (port, mtls) -> {
                  Mode mode = mode(mtls);
                  ports.put(port, mode == null ? rest : mode);
                });
        return new Modes(rest, Collections.unmodifiableMap(ports));
      }
    }
    return new Modes(namespace, Map.of());
  }

  private List<PeerAuthentication> oldestFirst(QueryContext context, String namespace) {
    List<Resource<PeerAuthentication>> found = new ArrayList<>();
    for (ObjectKey key : context.keys(byNamespace, namespace)) {
      Resource<PeerAuthentication> policy =
          MeshObjects.read(context, key, PeerAuthentication.class);
      if (policy != null) {
        found.add(policy);
      }
    }
    found.sort(Comparator.comparing(policy -> Age.of(policy.metadata())));
    return found.stream().map(Resource::spec).toList();
  }

  private static Map<String, String> labels(PeerAuthentication policy) {
    return policy.selector() == null ? Map.of() : policy.selector().matchLabels();
  }

  /** The mode, or null where the wider level decides. */
  private static @Nullable Mode mode(@Nullable MutualTls mtls) {
    return switch (mtls == null ? PeerAuthentication.Mode.UNSET : mtls.mode()) {
      case UNSET -> null;
      case DISABLE -> Mode.DISABLE;
      case PERMISSIVE -> Mode.PERMISSIVE;
      case STRICT -> Mode.STRICT;
    };
  }
}

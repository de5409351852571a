package dev.layar.compiler.authz;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kind;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.PolicySelector;
import dev.layar.model.istio.TargetReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Query for the objects of one policy kind that apply to a workload: those of the root namespace
 * and of its own whose selector or target chooses it (Istio {@code pilot/pkg/model/policyattachment
 * .go}). Holds no state, only the query's definition.
 */
public final class WorkloadPolicies<S extends Record> {
  /**
   * What a policy is attached to.
   *
   * @param selector labels; null for every workload
   * @param targets objects; a sidecar is none of them
   */
  public record Attachment(@Nullable PolicySelector selector, List<TargetReference> targets) {
    public Attachment {
      targets = List.copyOf(targets);
    }

    /** Joins the old and the new way to name targets. */
    public static Attachment of(
        @Nullable PolicySelector selector,
        @Nullable TargetReference target,
        List<TargetReference> targets) {
      List<TargetReference> all = new ArrayList<>(targets);
      if (target != null) {
        all.add(target);
      }
      return new Attachment(selector, all);
    }
  }

  private final Class<S> type;
  private final String rootNamespace;
  private final Function<S, Attachment> attachment;
  private final Index<ObjectKey, Resource<?>, String> byNamespace;
  private final Query<Workload, List<ObjectKey>> applied;

  public WorkloadPolicies(
      Kind kind,
      Class<S> type,
      String rootNamespace,
      Comparator<ObjectKey> order,
      Function<S, Attachment> attachment) {
    this.type = type;
    this.rootNamespace = rootNamespace;
    this.attachment = attachment;
    this.byNamespace =
        new Index<>(
            kind.plural() + "ByNamespace",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> key.kind().equals(kind) ? Set.of(key.namespace()) : Set.of());
    this.applied = new Query<>(kind.plural() + "Of", this::compute);
  }

  public Index<ObjectKey, Resource<?>, String> index() {
    return byNamespace;
  }

  /** The policies that apply, those of the root namespace first, then by name. */
  public List<Resource<S>> of(QueryContext context, Workload workload) {
    return context.get(applied, workload).stream().map(key -> read(context, key)).toList();
  }

  private Resource<S> read(QueryContext context, ObjectKey key) {
    Resource<S> object = MeshObjects.read(context, key, type);
    if (object == null) {
      throw new IllegalStateException(key + " is in the index and not among the objects");
    }
    return object;
  }

  private List<ObjectKey> compute(QueryContext context, Workload workload) {
    List<ObjectKey> keys = new ArrayList<>(context.keys(byNamespace, rootNamespace));
    if (!workload.namespace().equals(rootNamespace)) {
      keys.addAll(context.keys(byNamespace, workload.namespace()));
    }
    keys.removeIf(key -> !applies(attachment.apply(read(context, key).spec()), key, workload));
    return List.copyOf(keys);
  }

  private static boolean applies(Attachment policy, ObjectKey key, Workload workload) {
    if (!policy.targets().isEmpty()) {
      return workload.gateway()
          && policy.targets().stream().anyMatch(target -> isTarget(target, key, workload));
    }
    Map<String, String> wanted =
        policy.selector() == null ? Map.of() : policy.selector().matchLabels();
    return workload.labels().entrySet().containsAll(wanted.entrySet());
  }

  private static boolean isTarget(TargetReference target, ObjectKey policy, Workload workload) {
    return target.kind().equals("Gateway")
        && target.group().equals("gateway.networking.k8s.io")
        && policy.namespace().equals(workload.namespace())
        && (target.namespace().isEmpty() || target.namespace().equals(policy.namespace()))
        && target.name().equals(workload.labels().get(Workload.GATEWAY_NAME));
  }
}

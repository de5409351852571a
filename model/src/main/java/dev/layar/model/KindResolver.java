package dev.layar.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the {@link Kind} that apiVersion and kind name, or says what is wrong with them. */
final class KindResolver {
  /** Kinds of Istio that Layar does not read: an object of them would be obeyed elsewhere. */
  private static final Set<String> ISTIO_UNSUPPORTED = Set.of("TrafficExtension");

  /** Kinds of Kubernetes that run workloads or carry traffic: leaving them out would be noticed. */
  private static final Set<String> KUBERNETES_UNSUPPORTED =
      Set.of("StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "NetworkPolicy");

  /** Kinds of Kubernetes that are accepted and have no effect. */
  private static final Set<String> KUBERNETES_IGNORED =
      Set.of(
          "Endpoints",
          "PersistentVolume",
          "PersistentVolumeClaim",
          "StorageClass",
          "Role",
          "RoleBinding",
          "ClusterRole",
          "ClusterRoleBinding",
          "HorizontalPodAutoscaler",
          "PodDisruptionBudget",
          "LimitRange",
          "ResourceQuota",
          "CustomResourceDefinition",
          "MutatingWebhookConfiguration",
          "ValidatingWebhookConfiguration",
          "PriorityClass",
          "Lease",
          "Event");

  /** What replaced the kinds of Istio 0.x. */
  private static final Map<String, String> LEGACY =
      Map.of(
          "RouteRule", "VirtualService",
          "DestinationPolicy", "DestinationRule",
          "EgressRule", "ServiceEntry",
          "ExternalService", "ServiceEntry",
          "IngressRule", "Gateway and VirtualService");

  private final String prefix;
  private final Findings findings;

  KindResolver(String prefix, Findings findings) {
    this.prefix = prefix;
    this.findings = findings;
  }

  @Nullable Kind resolve(Tree.Fields object, Decoder.Header header) {
    if (header.kind().isEmpty()) {
      noKind(object);
      return null;
    }
    String group = group(header.apiVersion());
    Kind exact = Kinds.find(group, header.kind());
    Kind kind = exact == null ? byName(header, group) : exact;
    if (kind == null) {
      unknown(header);
      return null;
    }
    if (exact == null || !kind.versions().contains(version(header.apiVersion()))) {
      wrongVersion(header, kind);
    } else if (!Kinds.hasEffect(kind)) {
      withoutEffect(header, kind);
    }
    return kind;
  }

  /** A kind of this name in another group, unless the group is someone else's own. */
  private static @Nullable Kind byName(Decoder.Header header, String group) {
    boolean foreign =
        group.contains(".") && !group.endsWith("istio.io") && !group.endsWith("k8s.io");
    for (Kind kind : Kinds.all()) {
      if (!foreign && kind.kind().equals(header.kind()) && !ambiguous(kind, group)) {
        return kind;
      }
    }
    return null;
  }

  /** Gateway is a kind of Istio and of the Gateway API; without a group it is Istio's. */
  private static boolean ambiguous(Kind kind, String group) {
    return kind.equals(Kinds.KUBE_GATEWAY) && !group.startsWith("gateway.");
  }

  private void noKind(Tree.Fields object) {
    Tree.Entry kind = object.find("kind");
    List<String> names = object.entries().stream().map(Tree.Entry::name).toList();
    String near = Similar.nearest("kind", names);
    String message =
        "the document has no `kind`"
            + (near == null ? "" : "; did you mean `kind` instead of `" + near + "`?");
    findings.error(
        DecodeCode.NOT_AN_OBJECT,
        kind == null ? object.at() : kind.at(),
        prefix,
        kind == null ? message : "`kind` is empty",
        "",
        "apiVersion: networking.istio.io/v1, kind: VirtualService, …");
  }

  private void wrongVersion(Decoder.Header header, Kind kind) {
    boolean missing = header.apiVersion().isEmpty();
    findings.error(
        DecodeCode.UNKNOWN_VERSION,
        header.versionAt(),
        "apiVersion",
        missing
            ? "the object has no `apiVersion`"
            : kind.kind() + " is not served as " + header.apiVersion(),
        header.apiVersion(),
        kind.preferredApiVersion());
  }

  private void unknown(Decoder.Header header) {
    String name = header.kind();
    String group = group(header.apiVersion());
    String replaced = LEGACY.get(name);
    if (replaced != null) {
      unsupported(
          header, name + " was removed in Istio 1.0; write a " + replaced + " instead", replaced);
    } else if (ISTIO_UNSUPPORTED.contains(name) && isIstio(group)) {
      unsupported(header, "Layar does not act on " + name + " yet", "");
    } else if (KUBERNETES_UNSUPPORTED.contains(name) || group.startsWith("gateway.networking")) {
      unsupported(header, "Layar does not run " + name + " yet", "");
    } else if (KUBERNETES_IGNORED.contains(name)) {
      ignored(header, "Layar does not read " + name + "; the object has no effect");
    } else {
      notKnown(header, group);
    }
  }

  private void notKnown(Decoder.Header header, String group) {
    String near = suggestion(header.kind());
    boolean foreign = group.contains(".") && !isIstio(group) && !group.endsWith("k8s.io");
    if (foreign && near == null) {
      ignored(
          header,
          "Layar does not know " + header.kind() + " of " + group + "; the object has no effect");
      return;
    }
    findings.error(
        DecodeCode.UNKNOWN_KIND,
        header.at(),
        "kind",
        near == null
            ? "there is no kind `" + header.kind() + "`"
            : "there is no kind `" + header.kind() + "`; did you mean `" + near + "`?",
        header.kind(),
        near == null ? names() : near);
  }

  private void withoutEffect(Decoder.Header header, Kind kind) {
    ignored(header, "Layar keeps " + kind.kind() + " and does not act on it yet");
  }

  private void unsupported(Decoder.Header header, String message, String expected) {
    findings.error(
        DecodeCode.UNSUPPORTED_KIND, header.at(), "kind", message, header.kind(), expected);
  }

  private void ignored(Decoder.Header header, String message) {
    findings.warning(DecodeCode.UNSUPPORTED_KIND, header.at(), "kind", message, header.kind(), "");
  }

  private static @Nullable String suggestion(String written) {
    String lower = written.toLowerCase(Locale.ROOT);
    List<String> names = new ArrayList<>();
    for (Kind kind : Kinds.all()) {
      if (kind.plural().equals(lower) || kind.shortNames().contains(lower)) {
        return kind.kind();
      }
      names.add(kind.kind());
    }
    names.addAll(ISTIO_UNSUPPORTED.stream().sorted().toList());
    names.addAll(KUBERNETES_IGNORED.stream().sorted().toList());
    return Similar.nearest(written, names);
  }

  private static String names() {
    return String.join(", ", Kinds.all().stream().map(Kind::kind).toList());
  }

  private static boolean isIstio(String group) {
    return group.isEmpty() || group.endsWith("istio.io");
  }

  private static String group(String apiVersion) {
    int slash = apiVersion.indexOf('/');
    return slash < 0 ? "" : apiVersion.substring(0, slash);
  }

  private static String version(String apiVersion) {
    return apiVersion.substring(apiVersion.indexOf('/') + 1);
  }
}

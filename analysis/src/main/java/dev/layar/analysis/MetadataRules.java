package dev.layar.analysis;

import dev.layar.model.Kinds;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Paths;
import dev.layar.model.Resource;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.AuthorizationPolicy.Action;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Names, labels and annotations of any object. */
final class MetadataRules {
  private static final Set<String> RESERVED =
      Set.of(
          "internal.istio.io/parents",
          "internal.istio.io/parent-namespace",
          "internal.istio.io/route-semantics",
          "internal.istio.io/pod-namespace");

  /** What Layar's own annotations of VirtualServices may hold. */
  private static final Map<String, String> OPT_INS =
      Map.of(
          "layar.dev/merge", "true|false",
          "layar.dev/sticky", "(cookie|header)\\s*=\\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+",
          "layar.dev/retry", "idempotent");

  private static final String ALWAYS_REJECT = "internal.istio.io/webhook-always-reject";
  private static final String DRY_RUN = "istio.io/dry-run";

  private final Report report;
  private final Checks checks;

  MetadataRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(Resource<?> resource) {
    ObjectMeta meta = resource.metadata();
    name(resource, meta);
    checks.labels("metadata.labels", meta.labels());
    meta.annotations().forEach((key, value) -> annotation(resource, key, value));
  }

  private void dryRun(Resource<?> resource, String path, String value) {
    boolean possible =
        resource.spec() instanceof AuthorizationPolicy policy
            && Set.of(Action.ALLOW, Action.DENY).contains(policy.action());
    if (!possible) {
      report.add(
          Rule.ANNOTATION,
          path,
          "only an AuthorizationPolicy that allows or denies can be tried out with it",
          value,
          "");
    } else if (!Set.of("true", "false").contains(value.toLowerCase(Locale.ROOT))) {
      report.add(Rule.ANNOTATION, path, "this is not a boolean", value, "\"true\"");
    }
  }

  /** Names become parts of host names, so Kubernetes has only lower case in them. */
  private void name(Resource<?> resource, ObjectMeta meta) {
    boolean label =
        resource.kind().equals(Kinds.NAMESPACE) || resource.kind().equals(Kinds.SERVICE);
    boolean good =
        meta.name().isEmpty()
            || Checks.isObjectName(meta.name())
                && (!label || meta.name().length() <= 63 && !meta.name().contains("."));
    if (!good) {
      report.add(
          Rule.NAME,
          "metadata.name",
          "this is not a valid name",
          meta.name(),
          "lower-case letters, digits" + (label ? " and" : ", dots and") + " inner dashes");
    }
    if (!meta.namespace().isEmpty()
        && (!Checks.isObjectName(meta.namespace()) || meta.namespace().contains("."))) {
      report.add(
          Rule.NAME,
          "metadata.namespace",
          "this is not a valid namespace",
          meta.namespace(),
          "lower-case letters, digits and inner dashes");
    }
  }

  private static String expected(String annotation) {
    return switch (annotation) {
      case "layar.dev/sticky" -> "cookie=NAME or header=NAME";
      case "layar.dev/retry" -> "idempotent";
      default -> "true or false";
    };
  }

  private void annotation(Resource<?> resource, String name, String value) {
    String path = Paths.field("metadata.annotations", name);
    if (RESERVED.contains(name) || name.equals(ALWAYS_REJECT)) {
      report.add(Rule.ANNOTATION, path, "this annotation is reserved for Istio itself", name, "");
    } else if (name.equals(DRY_RUN)) {
      dryRun(resource, path, value);
    } else if (resource.kind().equals(Kinds.VIRTUAL_SERVICE)
        && !value.strip().matches(OPT_INS.getOrDefault(name, "(?s).*"))) {
      report.add(Rule.ANNOTATION, path, "the annotation has no such value", value, expected(name));
    } else if (!Checks.isLabelKey(name)) {
      report.add(Rule.LABEL, path, "this is not a valid annotation name", name, "[prefix/]name");
    }
  }
}

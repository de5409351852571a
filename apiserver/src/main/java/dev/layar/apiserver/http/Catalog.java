package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Every kind that is served: the stored ones, and those that are questions rather than objects.
 * Thread-safe.
 */
final class Catalog {
  private static final List<String> STORED_VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  private static final List<ResourceType> QUESTIONS =
      List.of(
          question("authentication.k8s.io", "tokenreviews", "TokenReview", false),
          question("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview", false),
          question("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview", false),
          question(
              "authorization.k8s.io",
              "localsubjectaccessreviews",
              "LocalSubjectAccessReview",
              true),
          question(
              "authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
          question(
              "authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false));
  private static final List<ResourceType> METRICS =
      List.of(
          metrics("pods", "pod", "PodMetrics", true),
          metrics("nodes", "node", "NodeMetrics", false));

  private final Api api;

  Catalog(Api api) {
    this.api = api;
  }

  private static ResourceType question(
      String group, String plural, String kind, boolean namespaced) {
    return type(group, "v1", plural, kind.toLowerCase(java.util.Locale.ROOT), kind, namespaced);
  }

  private static ResourceType metrics(
      String plural, String singular, String kind, boolean namespaced) {
    return type(Metrics.GROUP, Metrics.VERSION, plural, singular, kind, namespaced);
  }

  private static ResourceType type(
      String group,
      String version,
      String plural,
      String singular,
      String kind,
      boolean namespaced) {
    return new ResourceType(
        group,
        List.of(version),
        version,
        plural,
        singular,
        kind,
        List.of(),
        List.of(),
        namespaced,
        Set.of(),
        false);
  }

  /** All kinds, in the order that discovery lists groups: core first. */
  List<ResourceType> all() {
    List<ResourceType> all = new ArrayList<>(api.types());
    Set<String> stored = new TreeSet<>();
    all.forEach(type -> stored.add(type.qualified()));
    for (ResourceType type : QUESTIONS) {
      if (!stored.contains(type.qualified())) {
        all.add(type);
      }
    }
    all.addAll(METRICS);
    return all;
  }

  static List<String> verbs(ResourceType type) {
    if (type.group().equals(Metrics.GROUP)) {
      return List.of("get", "list");
    }
    return isQuestion(type.group(), type.plural()) ? List.of("create") : STORED_VERBS;
  }

  static boolean isQuestion(String group, String plural) {
    return QUESTIONS.stream()
        .anyMatch(type -> type.group().equals(group) && type.plural().equals(plural));
  }

  /** Subresources by name: the stored ones, and what this layer adds. */
  static Set<String> subresources(ResourceType type) {
    Set<String> names = new TreeSet<>(type.subresources());
    switch (type.qualified()) {
      case "pods" ->
          names.addAll(Set.of("attach", "eviction", "exec", "log", "portforward", "status"));
      case "serviceaccounts" -> names.add("token");
      default -> {}
    }
    return names;
  }

  /** What a subresource answers with. */
  record SubresourceKind(String group, String version, String kind, List<String> verbs) {}

  static SubresourceKind subresource(ResourceType type, String version, String name) {
    return switch (name) {
      case "scale" ->
          new SubresourceKind("autoscaling", "v1", "Scale", List.of("get", "patch", "update"));
      case "exec" -> new SubresourceKind("", "v1", "PodExecOptions", List.of("create", "get"));
      case "attach" -> new SubresourceKind("", "v1", "PodAttachOptions", List.of("create", "get"));
      case "portforward" ->
          new SubresourceKind("", "v1", "PodPortForwardOptions", List.of("create", "get"));
      case "eviction" -> new SubresourceKind("policy", "v1", "Eviction", List.of("create"));
      case "token" ->
          new SubresourceKind("authentication.k8s.io", "v1", "TokenRequest", List.of("create"));
      case "log" -> new SubresourceKind("", "v1", type.kind(), List.of("get"));
      default ->
          new SubresourceKind(
              type.group(), version, type.kind(), List.of("get", "patch", "update"));
    };
  }
}

package dev.layar.apiserver.http;

import dev.layar.apiserver.ResourceType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is served, in both forms: the legacy lists that Java clients read, and the aggregated one
 * (apidiscovery.k8s.io) that saves kubectl a request per group. Thread-safe.
 */
final class Discovery {
  private final Catalog catalog;

  Discovery(Catalog catalog) {
    this.catalog = catalog;
  }

  /** Group → version → kinds, versions in order of preference. */
  private Map<String, Map<String, List<ResourceType>>> groups() {
    Map<String, Map<String, List<ResourceType>>> groups = new LinkedHashMap<>();
    for (ResourceType type : catalog.all()) {
      Map<String, List<ResourceType>> versions =
          groups.computeIfAbsent(type.group(), _ -> new LinkedHashMap<>());
      for (String version : type.versions()) {
        versions.computeIfAbsent(version, _ -> new ArrayList<>()).add(type);
      }
    }
    groups.replaceAll((_, versions) -> ordered(versions));
    return groups;
  }

  /** Kubernetes' order of versions: stable before beta before alpha, higher numbers first. */
  private static Map<String, List<ResourceType>> ordered(Map<String, List<ResourceType>> versions) {
    Map<String, List<ResourceType>> ordered = new LinkedHashMap<>();
    versions.keySet().stream()
        .sorted(Versions.PREFERRED_FIRST)
        .forEach(version -> ordered.put(version, versions.getOrDefault(version, List.of())));
    return ordered;
  }

  /** {@code /api}: legacy. */
  static ObjectNode coreVersions(String address) {
    ObjectNode node = Json.object();
    node.put("kind", "APIVersions");
    node.putArray("versions").add("v1");
    node.putArray("serverAddressByClientCIDRs")
        .addObject()
        .put("clientCIDR", "0.0.0.0/0")
        .put("serverAddress", address);
    return node;
  }

  /** {@code /apis}: legacy. */
  ObjectNode groupList() {
    ObjectNode node = Json.object();
    node.put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode list = node.putArray("groups");
    groups()
        .forEach(
            (group, versions) -> {
              if (!group.isEmpty()) {
                fillGroup(list.addObject(), group, List.copyOf(versions.keySet()));
              }
            });
    return node;
  }

  /** {@code /apis/G}: legacy. */
  ObjectNode group(String group) {
    Map<String, List<ResourceType>> versions = groups().get(group);
    if (versions == null || group.isEmpty()) {
      throw Statuses.noSuchPath();
    }
    ObjectNode node = Json.object();
    node.put("kind", "APIGroup").put("apiVersion", "v1");
    fillGroup(node, group, List.copyOf(versions.keySet()));
    return node;
  }

  private static void fillGroup(ObjectNode node, String group, List<String> versions) {
    node.put("name", group);
    ArrayNode list = node.putArray("versions");
    versions.forEach(version -> fillVersion(list.addObject(), group, version));
    fillVersion(node.putObject("preferredVersion"), group, versions.getFirst());
  }

  private static void fillVersion(ObjectNode node, String group, String version) {
    node.put("groupVersion", group + "/" + version).put("version", version);
  }

  /** {@code /api/V} and {@code /apis/G/V}: legacy. */
  ObjectNode resourceList(String group, String version) {
    List<ResourceType> types =
        groups().getOrDefault(group, Map.of()).getOrDefault(version, List.of());
    if (types.isEmpty()) {
      throw Statuses.noSuchPath();
    }
    ObjectNode node = Json.object();
    node.put("kind", "APIResourceList")
        .put("apiVersion", "v1")
        .put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode list = node.putArray("resources");
    for (ResourceType type : types) {
      ObjectNode each = list.addObject();
      each.put("name", type.plural())
          .put("singularName", type.singular())
          .put("namespaced", type.namespaced())
          .put("kind", type.kind());
      fillNames(each, type);
      for (String name : Catalog.subresources(type)) {
        Catalog.SubresourceKind sub = Catalog.subresource(type, version, name);
        ObjectNode node2 = list.addObject();
        node2
            .put("name", type.plural() + "/" + name)
            .put("singularName", "")
            .put("namespaced", type.namespaced());
        if (!sub.group().equals(group) || !sub.version().equals(version)) {
          node2.put("group", sub.group()).put("version", sub.version());
        }
        node2.put("kind", sub.kind());
        sub.verbs().forEach(node2.putArray("verbs")::add);
      }
    }
    return node;
  }

  private static void fillNames(ObjectNode node, ResourceType type) {
    Catalog.verbs(type).forEach(node.putArray("verbs")::add);
    if (!type.shortNames().isEmpty()) {
      type.shortNames().forEach(node.putArray("shortNames")::add);
    }
    if (!type.categories().isEmpty()) {
      type.categories().forEach(node.putArray("categories")::add);
    }
  }

  /** Both URLs, aggregated: the core group alone, or the named groups. */
  ObjectNode aggregated(boolean core, String version) {
    ObjectNode node = Json.object();
    node.put("kind", "APIGroupDiscoveryList").put("apiVersion", "apidiscovery.k8s.io/" + version);
    node.putObject("metadata");
    ArrayNode items = node.putArray("items");
    groups()
        .forEach(
            (group, versions) -> {
              if (group.isEmpty() == core) {
                fillAggregated(items.addObject(), group, versions);
              }
            });
    return node;
  }

  private static void fillAggregated(
      ObjectNode node, String group, Map<String, List<ResourceType>> versions) {
    ObjectNode metadata = node.putObject("metadata");
    if (!group.isEmpty()) {
      metadata.put("name", group);
    }
    ArrayNode list = node.putArray("versions");
    versions.forEach(
        (version, types) -> {
          ObjectNode each = list.addObject();
          each.put("version", version).put("freshness", "Current");
          ArrayNode resources = each.putArray("resources");
          types.forEach(type -> fillAggregated(resources.addObject(), type, version));
        });
  }

  private static void fillAggregated(ObjectNode node, ResourceType type, String version) {
    node.put("resource", type.plural());
    fillKind(node.putObject("responseKind"), type.group(), version, type.kind());
    node.put("scope", type.namespaced() ? "Namespaced" : "Cluster")
        .put("singularResource", type.singular());
    fillNames(node, type);
    ArrayNode list = node.putArray("subresources");
    for (String name : Catalog.subresources(type)) {
      Catalog.SubresourceKind sub = Catalog.subresource(type, version, name);
      ObjectNode each = list.addObject();
      each.put("subresource", name);
      fillKind(each.putObject("responseKind"), sub.group(), sub.version(), sub.kind());
      sub.verbs().forEach(each.putArray("verbs")::add);
    }
    if (list.isEmpty()) {
      node.remove("subresources");
    }
  }

  private static void fillKind(ObjectNode node, String group, String version, String kind) {
    node.put("group", group).put("version", version).put("kind", kind);
  }
}

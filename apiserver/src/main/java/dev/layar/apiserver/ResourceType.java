package dev.layar.apiserver;

import java.util.List;
import java.util.Set;

/**
 * A kind that is served: its names, its versions and what can be done with it. Immutable.
 *
 * @param group the API group, empty for core
 * @param versions served versions, the preferred one first
 * @param storageVersion the version that objects are kept in
 * @param plural the name in URLs, for example {@code virtualservices}
 * @param shortNames what kubectl also accepts, for example {@code vs}
 * @param categories groups of kinds, for example {@code all} or {@code istio-io}
 * @param subresources for example {@code status}, {@code scale}, {@code log}, {@code exec}
 * @param custom whether it is a custom resource by Kubernetes' rules: no strategic merge patch
 */
public record ResourceType(
    String group,
    List<String> versions,
    String storageVersion,
    String plural,
    String singular,
    String kind,
    List<String> shortNames,
    List<String> categories,
    boolean namespaced,
    Set<String> subresources,
    boolean custom) {
  public ResourceType {
    versions = List.copyOf(versions);
    shortNames = List.copyOf(shortNames);
    categories = List.copyOf(categories);
    subresources = Set.copyOf(subresources);
  }

  /** {@code group/version}, or the version alone for core. */
  public String apiVersion(String version) {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** {@code plural.group}, or the plural alone for core: its key everywhere. */
  public String qualified() {
    return group.isEmpty() ? plural : plural + "." + group;
  }

  /** The name of its lists: {@code PodList}. */
  public String listKind() {
    return kind + "List";
  }

  public boolean hasStatus() {
    return subresources.contains("status");
  }
}

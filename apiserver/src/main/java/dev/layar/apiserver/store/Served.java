package dev.layar.apiserver.store;

import dev.layar.apiserver.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds served now: one immutable table that is replaced as a whole. Thread-safe. */
final class Served {
  private record Table(List<ResourceType> all, Map<String, ResourceType> byName) {
    Table(List<ResourceType> all) {
      this(
          List.copyOf(all),
          all.stream().collect(Collectors.toMap(ResourceType::qualified, type -> type)));
    }
  }

  private final List<ResourceType> fixed;
  private volatile Table table;

  Served(List<ResourceType> fixed) {
    this.fixed = fixed;
    this.table = new Table(fixed);
  }

  List<ResourceType> all() {
    return table.all();
  }

  @Nullable ResourceType find(String group, String plural) {
    return find(group.isEmpty() ? plural : plural + "." + group);
  }

  @Nullable ResourceType find(String qualified) {
    return table.byName().get(qualified);
  }

  /** Whether a kind is served from the start, and so not to be replaced. */
  boolean isFixed(String qualified) {
    return fixed.stream().anyMatch(type -> type.qualified().equals(qualified));
  }

  /** Replaces what is served besides the kinds from the start, which cannot be replaced. */
  void extend(List<ResourceType> more) {
    List<ResourceType> all = new ArrayList<>(fixed);
    more.stream().filter(type -> !isFixed(type.qualified())).forEach(all::add);
    table = new Table(all);
  }

  /** Refuses kinds and versions that are not served. */
  void require(ResourceType type, String version) {
    ResourceType now = table.byName().get(type.qualified());
    if (now == null || !now.versions().contains(version)) {
      throw Refusals.noSuchResource();
    }
  }
}

package dev.layar.xds;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Everything one proxy is to get at one revision. Immutable; sets may be shared between proxies.
 */
public final class XdsSnapshot {
  /** What a session holds before it was given anything; older than every real revision. */
  public static final XdsSnapshot NOTHING = new XdsSnapshot(-1, Map.of());

  private final long revision;
  private final EnumMap<ResourceType, ResourceSet> sets = new EnumMap<>(ResourceType.class);

  /**
   * @param revision grows with time, 0 or more
   * @param sets types that are absent have no resources
   */
  public XdsSnapshot(long revision, Map<ResourceType, ResourceSet> sets) {
    this.revision = revision;
    this.sets.putAll(sets);
  }

  /** Sorts resources of any types into a snapshot. */
  public static XdsSnapshot of(long revision, Collection<XdsResource> resources) {
    EnumMap<ResourceType, List<XdsResource>> byType = new EnumMap<>(ResourceType.class);
    for (XdsResource resource : resources) {
      byType.computeIfAbsent(resource.type(), type -> new ArrayList<>()).add(resource);
    }
    EnumMap<ResourceType, ResourceSet> sets = new EnumMap<>(ResourceType.class);
    byType.forEach((type, list) -> sets.put(type, ResourceSet.of(list)));
    return new XdsSnapshot(revision, sets);
  }

  public long revision() {
    return revision;
  }

  public ResourceSet set(ResourceType type) {
    return sets.getOrDefault(type, ResourceSet.EMPTY);
  }

  @Override
  public String toString() {
    return "revision " + revision + " " + sets;
  }
}

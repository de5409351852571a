package dev.layar.compiler;

import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All the xDS resources of one proxy at one revision of the mesh. Immutable; free to share between
 * threads.
 *
 * <p>Two of these whose maps of a type are the same object have the same resources of that type:
 * the compiler keeps the map while nothing in it changes, so a pusher may compare by identity
 * first. Proxies that see the same share maps and resources.
 */
public final class ProxyResources {
  private final Map<ResourceType, Map<String, XdsResource>> byType;
  private final long revision;

  ProxyResources(Map<ResourceType, Map<String, XdsResource>> byType, long revision) {
    this.byType = new EnumMap<>(byType);
    this.revision = revision;
  }

  /** Every resource of a type by its name, in a deterministic order; empty when there are none. */
  public Map<String, XdsResource> all(ResourceType type) {
    return byType.getOrDefault(type, Map.of());
  }

  public @Nullable XdsResource find(ResourceType type, String name) {
    return all(type).get(name);
  }

  /** The {@link MeshState#revision} that these were compiled from. */
  public long revision() {
    return revision;
  }
}

package dev.layar.controlplane.ads;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Holds versions by type and name, wants the endpoints of every cluster, and refuses whatever has
 * {@code bad} in its name.
 */
final class RecordingSink implements ResourceSink {
  private final Map<String, String> held = new ConcurrentHashMap<>();
  private final AtomicInteger applied = new AtomicInteger();

  @Override
  public List<Rejection> update(ResourceType type, List<XdsResource> changed, Set<String> removed) {
    List<Rejection> rejections = new ArrayList<>();
    for (XdsResource resource : changed) {
      applied.incrementAndGet();
      if (resource.name().contains("bad")) {
        Finding finding =
            Finding.error("T1", Location.UNKNOWN, "name", "no bad names", resource.name(), "");
        rejections.add(new Rejection(resource.name(), List.of(finding)));
      } else {
        held.put(key(type, resource.name()), resource.version());
      }
    }
    removed.forEach(name -> held.remove(key(type, name)));
    return rejections;
  }

  @Override
  public Set<String> wanted(ResourceType type) {
    Set<String> wanted = new TreeSet<>();
    if (type == ResourceType.ENDPOINT) {
      String prefix = key(ResourceType.CLUSTER, "");
      held.keySet().stream()
          .filter(key -> key.startsWith(prefix))
          .forEach(key -> wanted.add(key.substring(prefix.length())));
    }
    return wanted;
  }

  boolean holds(XdsResource resource) {
    return resource.version().equals(held.get(key(resource.type(), resource.name())));
  }

  Set<String> held() {
    return new TreeSet<>(held.keySet());
  }

  /** Resources delivered so far, accepted or not. */
  int applied() {
    return applied.get();
  }

  private static String key(ResourceType type, String name) {
    return type.shortName() + " " + name;
  }
}

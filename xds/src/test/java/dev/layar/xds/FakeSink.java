package dev.layar.xds;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A proxy's configuration reduced to words. Wants the endpoints of every cluster it holds, the
 * route {@code r-NAME} of every listener, and whatever a test adds to {@link #extra(ResourceType)};
 * drops what nothing refers to any more.
 */
class FakeSink implements ResourceSink {
  private final EnumMap<ResourceType, Map<String, String>> held = new EnumMap<>(ResourceType.class);
  private final EnumMap<ResourceType, Set<String>> extra = new EnumMap<>(ResourceType.class);
  final List<String> journal = new ArrayList<>();

  FakeSink() {
    for (ResourceType type : ResourceType.values()) {
      held.put(type, new TreeMap<>());
      extra.put(type, new TreeSet<>());
    }
  }

  @Override
  public List<Rejection> update(ResourceType type, List<XdsResource> changed, Set<String> removed) {
    List<Rejection> rejections = new ArrayList<>();
    removed.forEach(held(type)::remove);
    removed.forEach(name -> journal.add("-" + type.shortName() + " " + name));
    for (XdsResource resource : changed) {
      if (Fakes.word(resource).startsWith("bad")) {
        rejections.add(rejection(resource));
      } else {
        held(type).put(resource.name(), Fakes.word(resource));
        journal.add("+" + type.shortName() + " " + resource.name());
      }
    }
    held(ResourceType.ENDPOINT).keySet().retainAll(wanted(ResourceType.ENDPOINT));
    held(ResourceType.ROUTE).keySet().retainAll(wanted(ResourceType.ROUTE));
    return rejections;
  }

  @Override
  public Set<String> wanted(ResourceType type) {
    Set<String> wanted = new TreeSet<>(extra(type));
    switch (type) {
      case ENDPOINT -> wanted.addAll(held(ResourceType.CLUSTER).keySet());
      case ROUTE -> held(ResourceType.LISTENER).keySet().forEach(name -> wanted.add("r-" + name));
      case CLUSTER, LISTENER, SECRET -> {}
    }
    return wanted;
  }

  Map<String, String> held(ResourceType type) {
    return Objects.requireNonNull(held.get(type));
  }

  Set<String> extra(ResourceType type) {
    return Objects.requireNonNull(extra.get(type));
  }

  private static Rejection rejection(XdsResource resource) {
    Finding finding =
        Finding.error(
            "LYR9999", Location.UNKNOWN, "word", "cannot be used", Fakes.word(resource), "");
    return new Rejection(resource.name(), List.of(finding));
  }
}

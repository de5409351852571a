package dev.layar.xds.client;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What both variants remember: accepted versions by type and name. Confined to its session. */
final class ClientState {
  /** Envoy cuts its NACK text at 4 KiB. */
  private static final int TEXT_LENGTH = 4_096;

  private final EnumMap<ResourceType, Map<String, String>> accepted =
      new EnumMap<>(ResourceType.class);
  private final ResourceSink sink;

  ClientState(ResourceSink sink) {
    this.sink = sink;
    for (ResourceType type : ResourceType.values()) {
      accepted.put(type, new HashMap<>());
    }
  }

  /** Version of the last good content of each resource that is held, by name. */
  Map<String, String> versions(ResourceType type) {
    Map<String, String> versions = accepted.get(type);
    if (versions == null) {
      throw new IllegalStateException("no versions for " + type);
    }
    return versions;
  }

  /** The names to be subscribed to by name; empty for wildcard types. */
  Set<String> wanted(ResourceType type) {
    return type.wildcard() ? Set.of() : sink.wanted(type);
  }

  /** Names no longer wanted are forgotten: when they are wanted again they are asked for afresh. */
  void forget(ResourceType type, Set<String> names) {
    versions(type).keySet().removeAll(names);
  }

  /**
   * Hands a response's content to the sink.
   *
   * @return the NACK's text, empty for an ACK
   */
  String apply(Arrival arrival, Set<String> removed) {
    ResourceType type = arrival.type();
    List<Rejection> rejections = new ArrayList<>(arrival.unusable());
    rejections.addAll(sink.update(type, arrival.resources(), removed));
    Set<String> refused = new HashSet<>();
    rejections.forEach(rejection -> refused.add(rejection.resourceName()));
    Map<String, String> versions = versions(type);
    versions.keySet().removeAll(removed);
    for (XdsResource resource : arrival.resources()) {
      if (!refused.contains(resource.name())) {
        versions.put(resource.name(), resource.version());
      }
    }
    return text(rejections);
  }

  static Rejection undecodable(String name, String message) {
    return new Rejection(
        name, List.of(Finding.error("LYR0900", Location.UNKNOWN, "", message, "", "")));
  }

  /** Resources that carry a name twice are refused, all of them: no order between them is given. */
  static void refuseDuplicates(Arrival arrival) {
    Set<String> seen = new HashSet<>();
    Set<String> twice = new LinkedHashSet<>();
    for (XdsResource resource : arrival.resources()) {
      if (!seen.add(resource.name())) {
        twice.add(resource.name());
      }
    }
    arrival.resources().removeIf(resource -> twice.contains(resource.name()));
    twice.forEach(
        name ->
            arrival
                .unusable()
                .add(undecodable(name, "two resources of one response share this name")));
  }

  private static String text(List<Rejection> rejections) {
    String text =
        rejections.stream()
            .map(
                rejection ->
                    rejection.resourceName()
                        + ": "
                        + rejection.findings().stream()
                            .map(Finding::line)
                            .collect(Collectors.joining(", ")))
            .collect(Collectors.joining("; "));
    return text.length() <= TEXT_LENGTH ? text : text.substring(0, TEXT_LENGTH);
  }

  /** A response's content while it is sorted: what decoded and what did not. */
  record Arrival(ResourceType type, List<XdsResource> resources, List<Rejection> unusable) {
    static Arrival of(ResourceType type) {
      return new Arrival(type, new ArrayList<>(), new ArrayList<>());
    }
  }
}

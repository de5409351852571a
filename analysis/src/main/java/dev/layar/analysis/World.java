package dev.layar.analysis;

import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.Similar;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The objects of an analysis, indexed. Confined to one analysis. */
final class World {
  private static final String DOMAIN = ".svc.cluster.local";
  private static final Set<String> PROTOCOL_NAMES =
      Set.of(
          "tcp",
          "udp",
          "grpc",
          "http",
          "http_proxy",
          "http2",
          "https",
          "tls",
          "mongo",
          "redis",
          "mysql");

  private final List<Resource<VirtualService>> virtualServices = new ArrayList<>();
  private final List<Resource<DestinationRule>> destinationRules = new ArrayList<>();
  private final List<Resource<Service>> services = new ArrayList<>();
  private final Map<ObjectKey, Resource<Gateway>> gateways = new HashMap<>();
  private final Map<String, Target> targets = new HashMap<>();
  private final Map<String, Set<String>> subsets = new HashMap<>();
  private final Map<String, List<Map<String, String>>> podLabels = new HashMap<>();

  private World() {}

  /**
   * Something that can be called.
   *
   * @param selector labels of its pods; null when its endpoints are not pods
   */
  record Target(
      String host, String namespace, List<Integer> ports, @Nullable Map<String, String> selector) {}

  /** Of objects with the same key the last one counts, as when they are applied in order. */
  static World of(Collection<? extends Resource<?>> resources) {
    Map<ObjectKey, Resource<?>> latest = new LinkedHashMap<>();
    resources.forEach(r -> latest.put(r.key(), r));
    World world = new World();
    latest.values().forEach(world::add);
    for (Resource<DestinationRule> rule : world.destinationRules) {
      String host = world.fullName(rule.spec().host(), rule.metadata().namespace());
      Set<String> names = world.subsets.computeIfAbsent(host, _ -> new TreeSet<>());
      rule.spec().subsets().forEach(s -> names.add(s.name()));
    }
    return world;
  }

  List<Resource<VirtualService>> virtualServices() {
    return virtualServices;
  }

  List<Resource<DestinationRule>> destinationRules() {
    return destinationRules;
  }

  List<Resource<Service>> services() {
    return services;
  }

  /** Oldest first, then by name and namespace, as Istio orders configuration. */
  List<Resource<VirtualService>> byAge() {
    Comparator<Resource<VirtualService>> order =
        Comparator.comparing(
            r -> {
              Instant created = r.metadata().creationTimestamp();
              return created == null ? Instant.EPOCH : created;
            });
    return virtualServices.stream()
        .sorted(
            order
                .thenComparing(r -> r.metadata().name())
                .thenComparing(r -> r.metadata().namespace()))
        .toList();
  }

  /** A name without a dot belongs to the namespace of the object that has it. */
  String fullName(String host, String namespace) {
    boolean shortName = !host.contains(".") && !host.equals("*") && !Hosts.isIp(host);
    return (shortName ? host + "." + namespace + DOMAIN : host).toLowerCase(Locale.ROOT);
  }

  /** What a host names, exactly or by a wildcard on either side. */
  @Nullable Target target(String host, String namespace) {
    Target exact = targets.get(host);
    if (exact != null) {
      return exact;
    }
    return targets.values().stream()
        .filter(t -> t.host().startsWith("*") || host.startsWith("*"))
        .filter(t -> Hosts.overlap(host, t.host()))
        .min(Comparator.comparing(Target::host))
        .orElse(null);
  }

  @Nullable String near(String host) {
    return Similar.nearest(host, new TreeSet<>(targets.keySet()));
  }

  /** Names of subsets that rules for the host define, exactly or by wildcard. */
  Set<String> subsets(String host) {
    Set<String> names = new TreeSet<>();
    subsets.forEach(
        (rule, defined) -> {
          if (Hosts.within(host, rule)) {
            names.addAll(defined);
          }
        });
    return names;
  }

  boolean knowsPods(Target target) {
    Map<String, String> selector = target.selector();
    return selector != null && !selector.isEmpty() && podLabels.containsKey(target.namespace());
  }

  boolean selects(Target target, Map<String, String> labels) {
    Map<String, String> selector = target.selector();
    return podLabels.getOrDefault(target.namespace(), List.of()).stream()
        .anyMatch(
            pod ->
                (selector == null || pod.entrySet().containsAll(selector.entrySet()))
                    && pod.entrySet().containsAll(labels.entrySet()));
  }

  @Nullable Resource<Gateway> gateway(ObjectKey key) {
    return gateways.get(key);
  }

  /** {@code name}, {@code namespace/name}, {@code ./name} or the legacy {@code name.namespace…}. */
  ObjectKey gatewayKey(String name, String namespace) {
    int slash = name.indexOf('/');
    if (slash >= 0) {
      String before = name.substring(0, slash);
      return new ObjectKey(
          Kinds.GATEWAY, before.equals(".") ? namespace : before, name.substring(slash + 1));
    }
    String[] parts = name.split("\\.", 3);
    return new ObjectKey(Kinds.GATEWAY, parts.length > 1 ? parts[1] : namespace, parts[0]);
  }

  @Nullable Resource<VirtualService> virtualService(String namespace, String name) {
    return virtualServices.stream()
        .filter(r -> r.metadata().namespace().equals(namespace))
        .filter(r -> r.metadata().name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Whether a server of the gateway takes the host from a VirtualService of the namespace. */
  static boolean serves(Resource<Gateway> gateway, String host, String namespace) {
    return gateway.spec().servers().stream()
        .flatMap(s -> s.hosts().stream())
        .anyMatch(
            served -> {
              int slash = served.indexOf('/');
              String in = slash < 0 ? "*" : served.substring(0, slash);
              boolean namespaceGood =
                  in.equals("*")
                      || in.equals(namespace)
                      || in.equals(".") && gateway.metadata().namespace().equals(namespace);
              return namespaceGood && Hosts.overlap(host, served.substring(slash + 1));
            });
  }

  /** Whether some sidecar sees both; with private ones in different namespaces none does. */
  static boolean seeEachOther(Resource<VirtualService> a, Resource<VirtualService> b) {
    return a.metadata().namespace().equals(b.metadata().namespace())
        || isPublic(a.spec().exportTo()) && isPublic(b.spec().exportTo());
  }

  /** istio.io "Protocol selection": the name, or its part before the first dash. */
  static boolean saysProtocol(Service.ServicePort port) {
    String name = port.name().toLowerCase(Locale.ROOT);
    int dash = name.indexOf('-');
    return PROTOCOL_NAMES.contains(dash < 0 ? name : name.substring(0, dash))
        || name.startsWith("grpc-web")
        || port.protocol().equals("UDP");
  }

  private static boolean isPublic(List<String> exportTo) {
    return exportTo.isEmpty() || exportTo.contains("*");
  }

  private void add(Resource<?> resource) {
    String namespace = resource.metadata().namespace();
    switch (resource.spec()) {
      case VirtualService _ -> keep(virtualServices, resource.as(VirtualService.class));
      case DestinationRule _ -> keep(destinationRules, resource.as(DestinationRule.class));
      case Gateway _ -> {
        Resource<Gateway> gateway = resource.as(Gateway.class);
        if (gateway != null) {
          gateways.put(resource.key(), gateway);
        }
      }
      case Service service -> {
        keep(services, resource.as(Service.class));
        service(resource.metadata().name(), namespace, service.spec());
      }
      case ServiceEntry entry -> serviceEntry(namespace, entry);
      case Deployment deployment -> {
        var metadata = deployment.spec().template().metadata();
        pod(namespace, metadata == null ? Map.of() : metadata.labels());
      }
      case Pod _ -> pod(namespace, resource.metadata().labels());
      default -> {}
    }
  }

  private static <S> void keep(List<Resource<S>> list, @Nullable Resource<S> resource) {
    if (resource != null) {
      list.add(resource);
    }
  }

  private void service(String name, String namespace, Service.ServiceSpec spec) {
    String host = fullName(name, namespace);
    List<Integer> ports = spec.ports().stream().map(Service.ServicePort::port).toList();
    targets.put(host, new Target(host, namespace, ports, spec.selector()));
  }

  private void serviceEntry(String namespace, ServiceEntry entry) {
    List<Integer> ports = entry.ports().stream().map(ServiceEntry.ServicePort::number).toList();
    for (String host : entry.hosts()) {
      String name = host.toLowerCase(Locale.ROOT);
      targets.putIfAbsent(name, new Target(name, namespace, ports, null));
    }
  }

  private void pod(String namespace, Map<String, String> labels) {
    podLabels.computeIfAbsent(namespace, _ -> new ArrayList<>()).add(labels);
  }
}

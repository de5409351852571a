package dev.layar.compiler.registry;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService.Endpoint;
import dev.layar.compiler.registry.MeshService.Locality;
import dev.layar.compiler.sidecar.Imports;
import dev.layar.compiler.sidecar.SidecarScopes;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.WorkloadEntry;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Queries for what can be called. One per compiler; it holds no state, only the queries'
 * definitions.
 */
public final class Registry {
  /**
   * From where the registry is looked at.
   *
   * @param namespace the caller's
   * @param serviceNetwork whether only Kubernetes Services exist, all of them
   * @param sidecar the Sidecar that narrows what is seen; null when none does
   */
  public record Viewer(String namespace, boolean serviceNetwork, @Nullable ObjectKey sidecar) {
    /** A viewer without a Sidecar. */
    public Viewer(String namespace, boolean serviceNetwork) {
      this(namespace, serviceNetwork, null);
    }
  }

  /** A host as seen from somewhere. */
  public record Lookup(Viewer viewer, String host) {}

  /** A service: its object, and which of the object's hosts. */
  public record ServiceRef(ObjectKey source, String host) {}

  /**
   * Who uses a port number, in order of host.
   *
   * @param http hosts with a declared HTTP port
   * @param detected hosts with a port to be detected
   * @param opaque hosts with a TCP or TLS port
   * @param homeless those of the detected and opaque that have no address of their own, or a range
   */
  public record PortUse(
      List<String> http, List<String> detected, List<String> opaque, List<String> homeless) {}

  /** What a pod says about an endpoint. */
  private record PodFacts(
      Map<String, String> labels, String workload, String node, String serviceAccount) {
    static final PodFacts NONE = new PodFacts(Map.of(), "", "", "");
  }

  /** A workload, as far as services select it. */
  public record Workload(ObjectKey pod, Map<String, String> labels) {
    public Workload {
      labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
  }

  /**
   * A port at which a workload is called.
   *
   * @param port the workload's own
   * @param service one of those that lead there, the oldest
   * @param servicePort its port
   */
  public record Target(int port, Protocol protocol, MeshService service, int servicePort) {}

  /** Group of everything; no namespace has this name. */
  private static final String ALL = "*";

  private final String domain;
  private final List<String> exportTo;
  private final Comparator<ObjectKey> order;
  private final SidecarScopes sidecars;

  private final Index<ObjectKey, Resource<?>, String> byHost;
  private final Index<ObjectKey, Resource<?>, String> byAudience;
  private final Index<ObjectKey, Resource<?>, String> kubernetesServices;
  private final Index<ObjectKey, Resource<?>, String> aliasesByTarget;
  private final Index<ObjectKey, Resource<?>, ObjectKey> slicesByService;
  private final Index<ObjectKey, Resource<?>, String> podsByNamespace;
  private final Index<ObjectKey, Resource<?>, String> selectingEntries;
  private final Index<ObjectKey, Resource<?>, String> workloadEntries;

  private final Query<ObjectKey, List<MeshService>> services =
      new Query<>("services", this::computeServices);
  private final Query<Lookup, Optional<MeshService>> lookup =
      new Query<>("service", this::computeLookup);
  private final Query<Viewer, List<String>> catalog = new Query<>("catalog", this::computeCatalog);
  private final Query<Viewer, SortedMap<Integer, PortUse>> ports =
      new Query<>("ports", this::computePorts);
  private final Query<Lookup, List<MeshService>> aliases =
      new Query<>("aliases", this::computeAliases);
  private final Query<ServiceRef, List<Endpoint>> endpoints =
      new Query<>("endpoints", this::computeEndpoints);
  private final Query<ServiceRef, List<String>> serviceAccounts =
      new Query<>("serviceAccounts", this::computeServiceAccounts);
  private final Query<ServiceRef, Boolean> allMutual =
      new Query<>("allMutual", this::computeAllMutual);
  private final Query<Workload, List<Target>> targets =
      new Query<>("targets", this::computeTargets);
  private final Query<ObjectKey, PodFacts> podFacts =
      new Query<>("podFacts", Registry::computePodFacts);
  private final Query<String, Locality> nodeLocality =
      new Query<>("nodeLocality", Registry::computeNodeLocality);

  /**
   * @param exportTo who sees services that do not say so
   */
  public Registry(
      String domain, List<String> exportTo, Comparator<ObjectKey> order, SidecarScopes sidecars) {
    this.exportTo = List.copyOf(exportTo);
    this.domain = domain;
    this.sidecars = sidecars;
    this.order = order;
    this.byHost = index("servicesByHost", (key, object) -> hostsOf(key, object));
    this.byAudience = index("servicesByAudience", (key, object) -> audienceOf(object));
    this.kubernetesServices =
        index(
            "kubernetesServices",
            (key, object) ->
                key.kind().equals(Kinds.SERVICE) ? Set.of(ALL, key.namespace()) : Set.of());
    this.aliasesByTarget = index("aliasesByTarget", (key, object) -> aliasTargetOf(object));
    this.slicesByService = index("slicesByService", (key, object) -> serviceOfSlice(object));
    this.selectingEntries =
        index(
            "selectingEntries",
            (key, object) ->
                object.spec() instanceof ServiceEntry entry && entry.workloadSelector() != null
                    ? Set.of(key.namespace())
                    : Set.of());
    this.workloadEntries =
        index(
            "workloadEntries",
            (key, object) ->
                object.spec() instanceof WorkloadEntry ? Set.of(key.namespace()) : Set.of());
    this.podsByNamespace =
        index(
            "podsByNamespace",
            (key, object) -> key.kind().equals(Kinds.POD) ? Set.of(key.namespace()) : Set.of());
  }

  private <G> Index<ObjectKey, Resource<?>, G> index(
      String name, BiFunction<ObjectKey, Resource<?>, Collection<? extends G>> groups) {
    return new Index<>(name, MeshObjects.OBJECTS, order, groups);
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(
        byHost,
        byAudience,
        kubernetesServices,
        aliasesByTarget,
        slicesByService,
        podsByNamespace,
        selectingEntries,
        workloadEntries);
  }

  /** The services that one Service or ServiceEntry stands for. */
  public List<MeshService> servicesOf(QueryContext context, ObjectKey source) {
    return context.get(services, source);
  }

  /**
   * The service that a host means to a caller; an alias is followed to what it stands for. Among
   * several of the same host: Kubernetes' own before ServiceEntries, the caller's namespace before
   * others, then by {@link Age}.
   */
  public Optional<MeshService> service(QueryContext context, Viewer viewer, String host) {
    return context.get(lookup, new Lookup(viewer, host));
  }

  /** The hosts that a caller can reach, sorted, aliases left out. */
  public List<String> catalog(QueryContext context, Viewer viewer) {
    return context.get(catalog, viewer);
  }

  /** The port numbers in use as a caller sees them. */
  public SortedMap<Integer, PortUse> ports(QueryContext context, Viewer viewer) {
    return context.get(ports, viewer);
  }

  /** The services that are only other names for this host. */
  public List<MeshService> aliases(QueryContext context, Viewer viewer, String host) {
    return context.get(aliases, new Lookup(viewer, host));
  }

  /** What answers for a service, sorted by address. */
  public List<Endpoint> endpoints(QueryContext context, ServiceRef service) {
    return context.get(endpoints, service);
  }

  /** The service accounts behind a service as {@code NAMESPACE/NAME}, sorted. */
  public List<String> serviceAccounts(QueryContext context, ServiceRef service) {
    return context.get(serviceAccounts, service);
  }

  /** Whether a proxy stands before every endpoint, and there is one. */
  public boolean allMutual(QueryContext context, ServiceRef service) {
    return context.get(allMutual, service);
  }

  /**
   * The ports at which services call a workload, each once, sorted. Of several services that share
   * a port the oldest decides its protocol (Istio {@code listener_inbound.go}).
   */
  public List<Target> targets(QueryContext context, Workload workload) {
    return context.get(targets, workload);
  }

  /** The Kubernetes Services of a namespace. */
  public List<ObjectKey> servicesIn(QueryContext context, String namespace) {
    return context.keys(kubernetesServices, namespace);
  }

  private Set<String> hostsOf(ObjectKey key, Resource<?> object) {
    Set<String> hosts = new TreeSet<>();
    if (object.spec() instanceof Service) {
      hosts.add(HostNames.service(key.name(), key.namespace(), domain));
    } else if (object.spec() instanceof ServiceEntry entry) {
      entry.hosts().forEach(host -> hosts.add(host.toLowerCase(Locale.ROOT)));
    }
    return hosts;
  }

  private Set<String> audienceOf(Resource<?> object) {
    Set<String> groups = new TreeSet<>();
    for (MeshService service : convert(object)) {
      groups.addAll(service.exportTo().groups());
    }
    return groups;
  }

  private static Set<String> aliasTargetOf(Resource<?> object) {
    return object.spec() instanceof Service service && service.spec().type().equals("ExternalName")
        ? Set.of(service.spec().externalName().toLowerCase(Locale.ROOT))
        : Set.of();
  }

  private static Set<ObjectKey> serviceOfSlice(Resource<?> object) {
    if (!(object.spec() instanceof EndpointSlice)) {
      return Set.of();
    }
    ObjectMeta metadata = object.metadata();
    String service = metadata.labels().getOrDefault(EndpointSlice.SERVICE_NAME_LABEL, "");
    return service.isEmpty()
        ? Set.of()
        : Set.of(new ObjectKey(Kinds.SERVICE, metadata.namespace(), service));
  }

  private List<MeshService> convert(Resource<?> object) {
    Resource<Service> service = object.as(Service.class);
    if (service != null) {
      return List.of(ServiceConversion.ofService(service, domain, exportTo));
    }
    Resource<ServiceEntry> entry = object.as(ServiceEntry.class);
    return entry == null ? List.of() : ServiceConversion.ofServiceEntry(entry, exportTo);
  }

  private List<MeshService> computeServices(QueryContext context, ObjectKey source) {
    Resource<?> object = context.read(MeshObjects.OBJECTS, source);
    return object == null ? List.of() : convert(object);
  }

  private Optional<MeshService> computeLookup(QueryContext context, Lookup wanted) {
    Optional<MeshService> found = find(context, wanted.viewer(), wanted.host());
    Set<String> passed = new HashSet<>();
    while (found.isPresent() && !found.get().aliasOf().isEmpty()) {
      if (!passed.add(found.get().host())) {
        return Optional.empty();
      }
      found = find(context, wanted.viewer(), found.get().aliasOf());
    }
    return found;
  }

  private Optional<MeshService> find(QueryContext context, Viewer viewer, String host) {
    return context.keys(byHost, host).stream()
        .flatMap(key -> context.get(services, key).stream())
        .filter(service -> service.host().equals(host) && sees(context, viewer, service))
        .min(
            Comparator.comparing((MeshService service) -> !service.isKubernetes())
                .thenComparing(service -> !service.namespace().equals(viewer.namespace()))
                .thenComparing(MeshService::age));
  }

  private boolean sees(QueryContext context, Viewer viewer, MeshService service) {
    return viewer.serviceNetwork()
        ? service.isKubernetes()
        : service.exportTo().includes(viewer.namespace())
            && imports(context, viewer).service(service.namespace(), service.host());
  }

  /** What a viewer's Sidecar imports, everything when there is none. */
  public Imports imports(QueryContext context, Viewer viewer) {
    return viewer.sidecar() == null
        ? Imports.ALL
        : sidecars.imports(context, viewer.sidecar(), viewer.namespace());
  }

  private List<String> computeCatalog(QueryContext context, Viewer viewer) {
    Set<String> hosts = new TreeSet<>();
    for (ObjectKey key : visibleKeys(context, viewer)) {
      for (MeshService service : context.get(services, key)) {
        if (service.aliasOf().isEmpty() && sees(context, viewer, service)) {
          hosts.add(service.host());
        }
      }
    }
    return List.copyOf(hosts);
  }

  private List<ObjectKey> visibleKeys(QueryContext context, Viewer viewer) {
    if (viewer.serviceNetwork()) {
      return context.keys(kubernetesServices, ALL);
    }
    List<ObjectKey> keys = new ArrayList<>(context.keys(byAudience, Audience.EVERYONE));
    keys.addAll(context.keys(byAudience, viewer.namespace()));
    return keys;
  }

  private SortedMap<Integer, PortUse> computePorts(QueryContext context, Viewer viewer) {
    SortedMap<Integer, PortUse> uses = new TreeMap<>();
    for (String host : context.get(catalog, viewer)) {
      service(context, viewer, host).ifPresent(service -> addPorts(service, uses));
    }
    uses.replaceAll(
        (port, use) ->
            new PortUse(
                List.copyOf(use.http()),
                List.copyOf(use.detected()),
                List.copyOf(use.opaque()),
                List.copyOf(use.homeless())));
    return Collections.unmodifiableSortedMap(uses);
  }

  private static void addPorts(MeshService service, SortedMap<Integer, PortUse> uses) {
    for (MeshService.Port port : service.ports()) {
      PortUse use =
          uses.computeIfAbsent(
              port.number(),
              n ->
                  new PortUse(
                      new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
      if (port.protocol().isHttp()) {
        use.http().add(service.host());
      } else if (port.protocol() == Protocol.AUTO) {
        use.detected().add(service.host());
      } else {
        use.opaque().add(service.host());
      }
      if (!port.protocol().isHttp() && service.isHomeless()) {
        use.homeless().add(service.host());
      }
    }
  }

  private List<MeshService> computeAliases(QueryContext context, Lookup target) {
    List<MeshService> found = new ArrayList<>();
    Set<String> passed = new HashSet<>(Set.of(target.host()));
    ArrayDeque<String> work = new ArrayDeque<>(List.of(target.host()));
    while (!work.isEmpty()) {
      for (ObjectKey key : context.keys(aliasesByTarget, work.removeFirst())) {
        for (MeshService alias : context.get(services, key)) {
          if (sees(context, target.viewer(), alias) && passed.add(alias.host())) {
            found.add(alias);
            work.add(alias.host());
          }
        }
      }
    }
    return List.copyOf(found);
  }

  private List<Endpoint> computeEndpoints(QueryContext context, ServiceRef ref) {
    List<Endpoint> found = new ArrayList<>();
    Resource<Service> service = MeshObjects.read(context, ref.source(), Service.class);
    if (service != null) {
      boolean unready = service.spec().spec().publishNotReadyAddresses();
      for (ObjectKey slice : context.keys(slicesByService, ref.source())) {
        addSlice(context, slice, unready, found);
      }
      addEntriesOfService(context, service, found);
    }
    Resource<ServiceEntry> entry = MeshObjects.read(context, ref.source(), ServiceEntry.class);
    if (entry != null) {
      found.addAll(ServiceConversion.endpointsOf(entry, ref.host()));
      addSelectedPods(context, entry, found);
      addSelectedEntries(context, entry, found);
    }
    found.sort(Comparator.comparing(Endpoint::address));
    return List.copyOf(found);
  }

  private List<String> computeServiceAccounts(QueryContext context, ServiceRef ref) {
    Set<String> accounts = new TreeSet<>();
    for (Endpoint endpoint : context.get(endpoints, ref)) {
      if (!endpoint.serviceAccount().isEmpty()) {
        accounts.add(endpoint.serviceAccount());
      }
    }
    return List.copyOf(accounts);
  }

  private Boolean computeAllMutual(QueryContext context, ServiceRef ref) {
    List<Endpoint> all = context.get(endpoints, ref);
    return !all.isEmpty() && all.stream().allMatch(Endpoint::mutual);
  }

  private List<Target> computeTargets(QueryContext context, Workload workload) {
    List<Target> found = new ArrayList<>();
    String namespace = workload.pod().namespace();
    for (ObjectKey key : context.keys(kubernetesServices, namespace)) {
      Resource<Service> service = MeshObjects.read(context, key, Service.class);
      if (service != null && selects(service.spec().spec().selector(), workload.labels())) {
        addTargets(context, service, workload, found);
      }
    }
    for (ObjectKey key : context.keys(selectingEntries, namespace)) {
      Resource<ServiceEntry> entry = MeshObjects.read(context, key, ServiceEntry.class);
      if (entry != null
          && entry.spec().workloadSelector() != null
          && selects(entry.spec().workloadSelector().labels(), workload.labels())) {
        addTargets(context, entry, found);
      }
    }
    found.sort(
        Comparator.comparingInt(Target::port)
            .thenComparing(target -> target.service().age())
            .thenComparing(target -> target.service().host())
            .thenComparing(Target::servicePort));
    Map<Integer, Target> byPort = new TreeMap<>();
    found.forEach(target -> byPort.putIfAbsent(target.port(), target));
    return List.copyOf(byPort.values());
  }

  private static boolean selects(Map<String, String> selector, Map<String, String> labels) {
    return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
  }

  private void addTargets(
      QueryContext context, Resource<Service> object, Workload workload, List<Target> found) {
    Resource<Pod> pod = MeshObjects.read(context, workload.pod(), Pod.class);
    for (MeshService service : context.get(services, object.key())) {
      for (Service.ServicePort port : object.spec().spec().ports()) {
        MeshService.Port known = service.port(port.port());
        int target = ServicePorts.targetPort(port, pod == null ? NO_POD : pod.spec().spec());
        if (known != null && target != 0 && service.aliasOf().isEmpty()) {
          found.add(new Target(target, known.protocol(), service, port.port()));
        }
      }
    }
  }

  private void addTargets(QueryContext context, Resource<ServiceEntry> entry, List<Target> found) {
    Map<String, Integer> ports = ServiceConversion.portsOf(entry.spec(), Map.of());
    for (MeshService service : context.get(services, entry.key())) {
      for (MeshService.Port port : service.ports()) {
        int target = ports.getOrDefault(port.name(), port.number());
        found.add(new Target(target, port.protocol(), service, port.number()));
      }
    }
  }

  /** Of a workload that is no pod, or whose pod is not known yet: no ports by name. */
  private static final Pod.PodSpec NO_POD =
      new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null);

  private void addSlice(
      QueryContext context, ObjectKey key, boolean unready, List<Endpoint> found) {
    Resource<EndpointSlice> slice = MeshObjects.read(context, key, EndpointSlice.class);
    if (slice == null) {
      return;
    }
    Map<String, Integer> ports = new HashMap<>();
    for (EndpointSlice.EndpointPort port : slice.spec().ports()) {
      if (port.port() != null) {
        ports.put(port.name(), port.port());
      }
    }
    for (EndpointSlice.Endpoint endpoint : slice.spec().endpoints()) {
      if (!endpoint.addresses().isEmpty() && (unready || endpoint.isReady())) {
        found.add(endpointOf(context, endpoint, key.namespace(), new TreeMap<>(ports)));
      }
    }
  }

  private Endpoint endpointOf(
      QueryContext context,
      EndpointSlice.Endpoint endpoint,
      String namespace,
      Map<String, Integer> ports) {
    EndpointSlice.ObjectReference target = endpoint.targetRef();
    PodFacts pod =
        target == null || !target.kind().equals("Pod")
            ? PodFacts.NONE
            : context.get(
                podFacts,
                new ObjectKey(
                    Kinds.POD,
                    target.namespace().isEmpty() ? namespace : target.namespace(),
                    target.name()));
    String node = endpoint.nodeName().isEmpty() ? pod.node() : endpoint.nodeName();
    Locality where = Topology.ofPod(pod.labels(), localityOf(context, node));
    if (where.zone().isEmpty() && !endpoint.zone().isEmpty()) {
      where = new Locality(where.region(), endpoint.zone(), where.subZone());
    }
    return endpoint(endpoint.addresses().getFirst(), ports, pod, node, where, endpoint.hostname());
  }

  private static Endpoint endpoint(
      String address,
      Map<String, Integer> ports,
      PodFacts pod,
      String node,
      Locality where,
      String hostname) {
    return new Endpoint(
        address,
        ports,
        Topology.augmented(
            pod.labels(), where, node, pod.labels().getOrDefault(Topology.NETWORK, "")),
        where,
        1,
        pod.workload(),
        pod.serviceAccount(),
        ServiceConversion.isMutual(pod.labels()),
        hostname);
  }

  private Locality localityOf(QueryContext context, String node) {
    return node.isEmpty() ? Locality.UNKNOWN : context.get(nodeLocality, node);
  }

  /** Where a pod is: by its own label, else by its node's. */
  public Locality localityOfPod(QueryContext context, ObjectKey pod) {
    PodFacts facts = context.get(podFacts, pod);
    return Topology.ofPod(facts.labels(), localityOf(context, facts.node()));
  }

  private void addSelectedPods(
      QueryContext context, Resource<ServiceEntry> entry, List<Endpoint> found) {
    ServiceEntry spec = entry.spec();
    if (spec.workloadSelector() == null) {
      return;
    }
    Set<Map.Entry<String, String>> wanted = spec.workloadSelector().labels().entrySet();
    for (ObjectKey key : context.keys(podsByNamespace, entry.metadata().namespace())) {
      Resource<Pod> pod = MeshObjects.read(context, key, Pod.class);
      if (pod != null
          && pod.spec().isReady()
          && pod.metadata().labels().entrySet().containsAll(wanted)) {
        PodFacts facts = context.get(podFacts, key);
        found.add(
            endpoint(
                pod.spec().ip(),
                ServiceConversion.portsOf(spec, Map.of()),
                facts,
                facts.node(),
                localityOfPod(context, key),
                ""));
      }
    }
  }

  /** WorkloadEntries that a Kubernetes Service selects, as Istio adds them to the pods. */
  private void addEntriesOfService(
      QueryContext context, Resource<Service> service, List<Endpoint> found) {
    Service.ServiceSpec spec = service.spec().spec();
    forSelected(
        context,
        service.metadata().namespace(),
        spec.selector(),
        (entry, labels) -> {
          Map<String, Integer> ports = new TreeMap<>();
          for (Service.ServicePort port : spec.ports()) {
            int target = ServicePorts.targetPort(port, NO_POD);
            ports.put(
                port.name(),
                entry.ports().getOrDefault(port.name(), target == 0 ? port.port() : target));
          }
          found.add(
              ServiceConversion.ofWorkload(entry, labels, service.metadata().namespace(), ports));
        });
  }

  private void addSelectedEntries(
      QueryContext context, Resource<ServiceEntry> object, List<Endpoint> found) {
    if (object.spec().workloadSelector() != null) {
      forSelected(
          context,
          object.metadata().namespace(),
          object.spec().workloadSelector().labels(),
          (entry, labels) ->
              found.add(
                  ServiceConversion.ofWorkload(
                      entry,
                      labels,
                      object.metadata().namespace(),
                      ServiceConversion.portsOf(object.spec(), entry.ports()))));
    }
  }

  /**
   * Labels of the object go before those of its spec (Istio {@code serviceentry/conversion.go}).
   */
  private void forSelected(
      QueryContext context,
      String namespace,
      Map<String, String> selector,
      BiConsumer<WorkloadEntry, Map<String, String>> action) {
    for (ObjectKey key : context.keys(workloadEntries, namespace)) {
      Resource<WorkloadEntry> entry = MeshObjects.read(context, key, WorkloadEntry.class);
      if (entry != null) {
        Map<String, String> labels = new TreeMap<>(entry.spec().labels());
        labels.putAll(entry.metadata().labels());
        if (selects(selector, labels)) {
          action.accept(entry.spec(), labels);
        }
      }
    }
  }

  private static PodFacts computePodFacts(QueryContext context, ObjectKey key) {
    Resource<Pod> pod = MeshObjects.read(context, key, Pod.class);
    if (pod == null) {
      return PodFacts.NONE;
    }
    String account = pod.spec().spec().serviceAccountName();
    return new PodFacts(
        pod.metadata().labels(),
        workloadOf(pod.metadata()),
        pod.spec().spec().nodeName(),
        pod.metadata().namespace() + "/" + (account.isEmpty() ? "default" : account));
  }

  /** Istio's endpoint metadata {@code istio.workload}. */
  private static String workloadOf(ObjectMeta metadata) {
    Map<String, String> labels = metadata.labels();
    String workload = workloadName(metadata);
    String canonical =
        labels.getOrDefault(
            "service.istio.io/canonical-name",
            labels.getOrDefault("app.kubernetes.io/name", labels.getOrDefault("app", workload)));
    String revision =
        labels.getOrDefault(
            "service.istio.io/canonical-revision",
            labels.getOrDefault(
                "app.kubernetes.io/version", labels.getOrDefault("version", "latest")));
    return String.join(
        ";", workload, metadata.namespace(), canonical, revision, Topology.CLUSTER_ID);
  }

  private static String workloadName(ObjectMeta metadata) {
    for (ObjectMeta.OwnerReference owner : metadata.ownerReferences()) {
      if (owner.kind().equals("ReplicaSet") && owner.name().lastIndexOf('-') > 0) {
        return owner.name().substring(0, owner.name().lastIndexOf('-'));
      }
      if (owner.controller()) {
        return owner.name();
      }
    }
    return metadata.name();
  }

  private static Locality computeNodeLocality(QueryContext context, String name) {
    Resource<Node> node =
        MeshObjects.read(context, new ObjectKey(Kinds.NODE, "", name), Node.class);
    if (node == null) {
      return Locality.UNKNOWN;
    }
    return Topology.ofNode(node.metadata().labels());
  }
}

package dev.layar.compiler;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.registry.ServicePorts;
import dev.layar.model.IntOrString;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.gatewayapi.KubeGateway;
import dev.layar.model.istio.Gateway;
import dev.layar.model.k8s.Condition;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.EndpointSlice.Endpoint;
import dev.layar.model.k8s.EndpointSlice.EndpointConditions;
import dev.layar.model.k8s.EndpointSlice.EndpointPort;
import dev.layar.model.k8s.EndpointSlice.ObjectReference;
import dev.layar.model.k8s.Ingress;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mesh made from manifests alone, so that they compile without a cluster. What a cluster's
 * controllers would add is derived: pods of Deployments (named {@code DEPLOYMENT-N} from 0),
 * addresses, cluster IPs, EndpointSlices, with redirection the certificates of proxies, and the
 * ingress gateway when a Gateway selects it and no Deployment provides it. Everything is a function
 * of the objects, whatever their order.
 *
 * <p>Immutable.
 */
public final class OfflineMesh {
  private static final String GATEWAY_NAME = "istio-ingressgateway";
  private static final String GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";
  private static final int LISTED = 20;

  private final MeshState state;
  private final Map<String, ProxyIdentity> byId;
  private final Map<String, ProxyIdentity> byDeployment;

  private OfflineMesh(
      MeshState state, Map<String, ProxyIdentity> byId, Map<String, ProxyIdentity> byDeployment) {
    this.state = state;
    this.byId = byId;
    this.byDeployment = byDeployment;
  }

  /** A mesh with Istio's default settings and redirected connections. */
  public static OfflineMesh of(Collection<? extends Resource<?>> objects) {
    return of(objects, MeshSettings.defaults(), new Capture.Redirect());
  }

  /**
   * @param capture how the outbound traffic of sidecars reaches them
   */
  public static OfflineMesh of(
      Collection<? extends Resource<?>> objects, MeshSettings settings, Capture capture) {
    return new Maker(objects, settings, capture).make();
  }

  /** All objects, given and derived. */
  public MeshState state() {
    return state;
  }

  /** Every pod's proxy, by {@code POD.NAMESPACE}. */
  public Map<String, ProxyIdentity> proxies() {
    return byId;
  }

  /**
   * The proxy of a pod, or of a Deployment's first pod.
   *
   * @param name {@code POD.NAMESPACE} or {@code DEPLOYMENT.NAMESPACE}; without a namespace, {@code
   *     default}
   */
  public Result<ProxyIdentity> proxy(String name) {
    String id = name.contains(".") ? name : name + ".default";
    ProxyIdentity found = byId.getOrDefault(id, byDeployment.get(id));
    if (found != null) {
      return new Result.Ok<>(found, List.of());
    }
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                "LYR0402",
                Location.UNKNOWN,
                "",
                "there is no pod or Deployment of this name in the given files",
                name,
                byId.isEmpty() ? "a Deployment in the files" : "one of " + listed())));
  }

  private String listed() {
    String names = byId.keySet().stream().limit(LISTED).collect(Collectors.joining(", "));
    return byId.size() > LISTED ? names + ", and " + (byId.size() - LISTED) + " more" : names;
  }

  /** Collects what a mesh is made of; used once. */
  private static final class Maker {
    private final MeshSettings settings;
    private final Capture capture;
    private final Map<ObjectKey, Resource<?>> objects = new TreeMap<>(MeshState.ORDER);
    private final Map<String, ProxyIdentity> byId = new TreeMap<>();
    private final Map<String, ProxyIdentity> byDeployment = new TreeMap<>();
    private final Map<String, String> deploymentOf = new TreeMap<>();
    private int addresses;
    private int clusterAddresses;

    Maker(Collection<? extends Resource<?>> given, MeshSettings settings, Capture capture) {
      this.settings = settings;
      this.capture = capture;
      given.forEach(object -> objects.put(object.key(), object));
    }

    OfflineMesh make() {
      for (Resource<Deployment> deployment : all(Deployment.class)) {
        addPods(deployment);
      }
      addImpliedGateway();
      all(KubeGateway.class).forEach(this::addGatewayOf);
      for (Resource<Pod> pod : all(Pod.class)) {
        if (pod.spec().ip().isEmpty()) {
          put(running(pod.metadata(), pod.spec().spec()));
        }
      }
      if (capture instanceof Capture.Redirect) {
        all(Pod.class).stream().filter(pod -> !isPlain(pod)).forEach(this::markMutual);
      }
      for (Resource<Service> service : all(Service.class)) {
        complete(service);
      }
      for (Resource<Pod> pod : all(Pod.class)) {
        ProxyIdentity proxy = identity(pod);
        byId.put(proxy.id(), proxy);
        String deployment = deploymentOf.get(proxy.id());
        if (deployment != null) {
          byDeployment.putIfAbsent(deployment, proxy);
        }
      }
      return new OfflineMesh(MeshState.empty().with(objects.values()), byId, byDeployment);
    }

    private <S> List<Resource<S>> all(Class<S> type) {
      List<Resource<S>> found = new ArrayList<>();
      for (Resource<?> object : objects.values()) {
        Resource<S> typed = object.as(type);
        if (typed != null) {
          found.add(typed);
        }
      }
      return found;
    }

    private void put(Resource<?> object) {
      objects.put(object.key(), object);
    }

    private void addPods(Resource<Deployment> deployment) {
      Deployment.PodTemplate template = deployment.spec().spec().template();
      ObjectMeta of = template.metadata();
      String namespace = deployment.metadata().namespace();
      for (int i = 0; i < deployment.spec().spec().replicaCount(); i++) {
        String name = deployment.metadata().name() + "-" + i;
        ObjectMeta metadata =
            new ObjectMeta(
                name,
                "",
                namespace,
                of == null ? Map.of() : of.labels(),
                of == null ? Map.of() : of.annotations(),
                null,
                null,
                0,
                "",
                "",
                List.of(
                    new ObjectMeta.OwnerReference(
                        "apps/v1", "Deployment", deployment.metadata().name(), "", true, false)),
                List.of());
        put(running(metadata, template.spec()));
        deploymentOf.put(name + "." + namespace, deployment.metadata().name() + "." + namespace);
      }
    }

    private Resource<Pod> running(ObjectMeta metadata, Pod.PodSpec spec) {
      addresses++;
      String ip = "10.244." + (addresses >> 8 & 0xff) + "." + (addresses & 0xff);
      Condition ready = new Condition("Ready", "True", "", "", null);
      return Resource.of(
          metadata,
          new Pod(
              spec,
              new Pod.PodStatus("Running", ip, List.of(new Pod.PodIp(ip)), "", List.of(ready))));
    }

    private static ObjectMeta labelled(ObjectMeta of, Map<String, String> labels) {
      return new ObjectMeta(
          of.name(),
          of.generateName(),
          of.namespace(),
          labels,
          of.annotations(),
          of.creationTimestamp(),
          of.deletionTimestamp(),
          of.generation(),
          of.resourceVersion(),
          of.uid(),
          of.ownerReferences(),
          of.finalizers());
    }

    private void addImpliedGateway() {
      boolean wanted =
          (!all(Ingress.class).isEmpty()
                  && all(Pod.class).stream()
                      .noneMatch(
                          pod ->
                              pod.metadata()
                                  .labels()
                                  .entrySet()
                                  .containsAll(settings.ingressGatewayLabels().entrySet())))
              || all(Gateway.class).stream()
                  .anyMatch(
                      gateway ->
                          settings
                                  .ingressGatewayLabels()
                                  .entrySet()
                                  .containsAll(gateway.spec().selector().entrySet())
                              && all(Pod.class).stream().noneMatch(pod -> provides(pod, gateway)));
      if (!wanted) {
        return;
      }
      String namespace = settings.rootNamespace();
      ObjectMeta pod =
          ObjectMeta.of(namespace, GATEWAY_NAME + "-0", settings.ingressGatewayLabels());
      put(running(pod, new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null)));
      deploymentOf.put(pod.name() + "." + namespace, GATEWAY_NAME + "." + namespace);
      ObjectMeta service = ObjectMeta.of(namespace, GATEWAY_NAME, settings.ingressGatewayLabels());
      if (!objects.containsKey(new ObjectKey(Kinds.SERVICE, namespace, GATEWAY_NAME))) {
        put(
            Resource.of(
                service,
                new Service(
                    new Service.ServiceSpec(
                        "ClusterIP",
                        "",
                        List.of(),
                        settings.ingressGatewayLabels(),
                        List.of(port("http2", 80, 8080), port("https", 443, 8443)),
                        "",
                        false))));
      }
    }

    /** What Istio's controller deploys for a Gateway of the Gateway API. */
    private void addGatewayOf(Resource<KubeGateway> gateway) {
      String namespace = gateway.metadata().namespace();
      String name = gateway.metadata().name() + "-istio";
      Map<String, String> labels = Map.of(GATEWAY_LABEL, gateway.metadata().name());
      boolean provided =
          !gateway.spec().addresses().isEmpty()
              || all(Pod.class).stream()
                  .anyMatch(
                      pod ->
                          pod.metadata().namespace().equals(namespace)
                              && pod.metadata().labels().entrySet().containsAll(labels.entrySet()));
      if (provided) {
        return;
      }
      ObjectMeta pod = ObjectMeta.of(namespace, name + "-0", labels);
      put(running(pod, new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null)));
      deploymentOf.put(pod.name() + "." + namespace, name + "." + namespace);
      List<Service.ServicePort> ports =
          gateway.spec().listeners().stream()
              .map(KubeGateway.Listener::port)
              .distinct()
              .map(number -> port("port-" + number, number, number))
              .toList();
      put(
          Resource.of(
              ObjectMeta.of(namespace, name, labels),
              new Service(
                  new Service.ServiceSpec("ClusterIP", "", List.of(), labels, ports, "", false))));
    }

    private static Service.ServicePort port(String name, int number, int target) {
      return new Service.ServicePort(name, "TCP", "", number, new IntOrString.Number(target), 0);
    }

    /** A pod that a Gateway without selector may use is one that says it is a gateway. */
    private static boolean provides(Resource<Pod> pod, Resource<Gateway> gateway) {
      return gateway.spec().selector().isEmpty()
          ? isDeclaredGateway(pod.metadata())
          : pod.metadata().labels().entrySet().containsAll(gateway.spec().selector().entrySet());
    }

    private void complete(Resource<Service> service) {
      Service.ServiceSpec spec = service.spec().spec();
      boolean alias = spec.type().equals("ExternalName");
      if (!alias && spec.clusterIP().isEmpty()) {
        clusterAddresses++;
        String address =
            "10.96." + (clusterAddresses >> 8 & 0xff) + "." + (clusterAddresses & 0xff);
        put(
            new Resource<>(
                service.kind(),
                service.apiVersion(),
                service.metadata(),
                new Service(
                    new Service.ServiceSpec(
                        spec.type(),
                        address,
                        List.of(address),
                        spec.selector(),
                        spec.ports(),
                        spec.externalName(),
                        spec.publishNotReadyAddresses())),
                service.sources()));
      }
      if (!alias && !spec.selector().isEmpty() && !hasSlices(service.metadata())) {
        addSlices(service.metadata(), spec);
      }
    }

    private boolean hasSlices(ObjectMeta service) {
      return all(EndpointSlice.class).stream()
          .anyMatch(
              slice ->
                  slice.metadata().namespace().equals(service.namespace())
                      && service
                          .name()
                          .equals(slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL)));
    }

    /** One slice for each way in which the pods resolve the ports, as Kubernetes makes them. */
    private void addSlices(ObjectMeta service, Service.ServiceSpec spec) {
      Map<List<EndpointPort>, List<Endpoint>> byPorts = new LinkedHashMap<>();
      for (Resource<Pod> pod : all(Pod.class)) {
        if (pod.metadata().namespace().equals(service.namespace())
            && pod.metadata().labels().entrySet().containsAll(spec.selector().entrySet())) {
          byPorts
              .computeIfAbsent(ports(spec, pod.spec().spec()), ports -> new ArrayList<>())
              .add(endpoint(pod));
        }
      }
      int number = 0;
      for (Map.Entry<List<EndpointPort>, List<Endpoint>> entry : byPorts.entrySet()) {
        put(
            Resource.of(
                ObjectMeta.of(
                    service.namespace(),
                    service.name() + "-" + number++,
                    Map.of(EndpointSlice.SERVICE_NAME_LABEL, service.name())),
                new EndpointSlice("IPv4", entry.getValue(), entry.getKey())));
      }
    }

    private static List<EndpointPort> ports(Service.ServiceSpec spec, Pod.PodSpec pod) {
      List<EndpointPort> ports = new ArrayList<>();
      for (Service.ServicePort port : spec.ports()) {
        int target = ServicePorts.targetPort(port, pod);
        if (target != 0) {
          ports.add(new EndpointPort(port.name(), target, port.protocol(), port.appProtocol()));
        }
      }
      return List.copyOf(ports);
    }

    private static Endpoint endpoint(Resource<Pod> pod) {
      return new Endpoint(
          List.of(pod.spec().ip()),
          new EndpointConditions(true, true, false),
          "",
          pod.spec().spec().nodeName(),
          "",
          new ObjectReference("Pod", pod.metadata().namespace(), pod.metadata().name(), ""));
    }

    private ProxyIdentity identity(Resource<Pod> pod) {
      ObjectMeta of = pod.metadata();
      String ip = pod.spec().ip();
      if (isPlain(pod)) {
        return ProxyIdentity.serviceNetwork(ip, of.name(), of.namespace(), of.labels(), capture);
      }
      ProxyIdentity proxy =
          isGateway(pod)
              ? ProxyIdentity.gateway(ip, of.name(), of.namespace(), of.labels())
              : ProxyIdentity.sidecar(ip, of.name(), of.namespace(), of.labels(), capture);
      return capture instanceof Capture.Redirect ? proxy.withCertificate() : proxy;
    }

    private boolean isGateway(Resource<Pod> pod) {
      return isDeclaredGateway(pod.metadata())
          || pod.metadata().labels().containsKey(GATEWAY_LABEL)
          || pod.metadata()
              .labels()
              .entrySet()
              .containsAll(settings.ingressGatewayLabels().entrySet())
          || all(Gateway.class).stream()
              .anyMatch(g -> !g.spec().selector().isEmpty() && provides(pod, g));
    }

    /** Whether the pod has no proxy of its own. */
    private boolean isPlain(Resource<Pod> pod) {
      return !isGateway(pod) && !isInjected(pod.metadata());
    }

    /** The label that Istio's injector puts on pods, unless they say otherwise. */
    private void markMutual(Resource<Pod> pod) {
      Map<String, String> labels = new TreeMap<>(pod.metadata().labels());
      labels.putIfAbsent("security.istio.io/tlsMode", "istio");
      put(pod.withMetadata(labelled(pod.metadata(), labels)));
    }

    /** Istio's annotation for gateway injection. */
    private static boolean isDeclaredGateway(ObjectMeta pod) {
      return pod.annotations().getOrDefault("inject.istio.io/templates", "").contains("gateway");
    }

    /**
     * As Istio's injector decides: the pod's own word first, then the namespace's. A namespace that
     * the files do not declare counts as injected: who asks for a proxy there has one.
     */
    private boolean isInjected(ObjectMeta pod) {
      String own =
          pod.labels()
              .getOrDefault(
                  "sidecar.istio.io/inject",
                  pod.annotations().getOrDefault("sidecar.istio.io/inject", ""));
      if (!own.isEmpty()) {
        return own.equals("true");
      }
      Resource<?> namespace = objects.get(new ObjectKey(Kinds.NAMESPACE, "", pod.namespace()));
      @Nullable String label =
          namespace == null ? "enabled" : namespace.metadata().labels().get("istio-injection");
      return "enabled".equals(label);
    }
  }
}

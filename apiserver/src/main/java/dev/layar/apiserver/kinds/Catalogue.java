package dev.layar.apiserver.kinds;

import dev.layar.apiserver.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds that are served from the start, in the order of discovery. Immutable. */
public final class Catalogue {
  private static final Set<String> NONE = Set.of();
  private static final Set<String> STATUS = Set.of("status");
  private static final Set<String> SCALE = Set.of("status", "scale");
  private static final List<String> V1 = List.of("v1");
  private static final List<String> ALL_VERSIONS = List.of("v1", "v1beta1", "v1alpha3");
  private static final List<String> V1_BETA = List.of("v1", "v1beta1");

  private static final List<ResourceType> BUILT_IN = builtIn();
  private static final List<ResourceType> ISTIO = istio();
  private static final List<ResourceType> GATEWAY_API = gatewayApi();

  private Catalogue() {}

  /** Kubernetes' own kinds. */
  public static List<ResourceType> builtIn() {
    List<ResourceType> out = new ArrayList<>();
    core(out);
    workloads(out);
    networking(out);
    administration(out);
    return List.copyOf(out);
  }

  /** Kubernetes' own kinds, Istio's and those of the Gateway API. */
  public static List<ResourceType> all() {
    List<ResourceType> out = new ArrayList<>(BUILT_IN);
    out.addAll(ISTIO);
    out.addAll(GATEWAY_API);
    return List.copyOf(out);
  }

  /** The kind with this group and plural. */
  public static ResourceType find(String group, String plural) {
    return all().stream()
        .filter(t -> t.group().equals(group) && t.plural().equals(plural))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no kind " + plural + "." + group));
  }

  private static void core(List<ResourceType> out) {
    Group core = new Group(out, "", V1);
    core.add("Namespace", "namespaces", "ns", "", false, Set.of("status", "finalize"));
    core.add(
        "Pod",
        "pods",
        "po",
        "all",
        true,
        Set.of("status", "log", "exec", "attach", "portforward", "eviction", "binding"));
    core.add("Service", "services", "svc", "all", true, Set.of("status", "proxy"));
    core.add("Endpoints", "endpoints", "ep", "", true, NONE);
    core.add("ConfigMap", "configmaps", "cm", "", true, NONE);
    core.add("Secret", "secrets", "", "", true, NONE);
    core.add("ServiceAccount", "serviceaccounts", "sa", "", true, Set.of("token"));
    core.add("Node", "nodes", "no", "", false, STATUS);
    core.add("Event", "events", "ev", "", true, NONE);
    core.add("PersistentVolumeClaim", "persistentvolumeclaims", "pvc", "", true, STATUS);
    core.add("PersistentVolume", "persistentvolumes", "pv", "", false, STATUS);
    core.add("ResourceQuota", "resourcequotas", "quota", "", true, STATUS);
    core.add("LimitRange", "limitranges", "limits", "", true, NONE);
    core.add("ReplicationController", "replicationcontrollers", "rc", "all", true, SCALE);
    core.add("PodTemplate", "podtemplates", "", "", true, NONE);
  }

  private static void workloads(List<ResourceType> out) {
    Group apps = new Group(out, "apps", V1);
    apps.add("Deployment", "deployments", "deploy", "all", true, SCALE);
    apps.add("ReplicaSet", "replicasets", "rs", "all", true, SCALE);
    apps.add("StatefulSet", "statefulsets", "sts", "all", true, SCALE);
    apps.add("DaemonSet", "daemonsets", "ds", "all", true, STATUS);
    apps.add("ControllerRevision", "controllerrevisions", "", "", true, NONE);
    Group batch = new Group(out, "batch", V1);
    batch.add("Job", "jobs", "", "all", true, STATUS);
    batch.add("CronJob", "cronjobs", "cj", "all", true, STATUS);
    new Group(out, "autoscaling", List.of("v2"))
        .add("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", "all", true, STATUS);
    new Group(out, "policy", V1)
        .add("PodDisruptionBudget", "poddisruptionbudgets", "pdb", "", true, STATUS);
  }

  private static void networking(List<ResourceType> out) {
    new Group(out, "discovery.k8s.io", V1)
        .add("EndpointSlice", "endpointslices", "", "", true, NONE);
    Group networking = new Group(out, "networking.k8s.io", V1);
    networking.add("Ingress", "ingresses", "ing", "", true, STATUS);
    networking.add("IngressClass", "ingressclasses", "", "", false, NONE);
    networking.add("NetworkPolicy", "networkpolicies", "netpol", "", true, NONE);
    new Group(out, "coordination.k8s.io", V1).add("Lease", "leases", "", "", true, NONE);
    new Group(out, "events.k8s.io", V1).add("Event", "events", "ev", "", true, NONE);
  }

  private static void administration(List<ResourceType> out) {
    Group rbac = new Group(out, "rbac.authorization.k8s.io", V1);
    rbac.add("Role", "roles", "", "", true, NONE);
    rbac.add("RoleBinding", "rolebindings", "", "", true, NONE);
    rbac.add("ClusterRole", "clusterroles", "", "", false, NONE);
    rbac.add("ClusterRoleBinding", "clusterrolebindings", "", "", false, NONE);
    Group admission = new Group(out, "admissionregistration.k8s.io", V1);
    admission.add(
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        "",
        "api-extensions",
        false,
        NONE);
    admission.add(
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "",
        "api-extensions",
        false,
        NONE);
    new Group(out, "apiextensions.k8s.io", V1)
        .add(
            "CustomResourceDefinition",
            "customresourcedefinitions",
            "crd crds",
            "api-extensions",
            false,
            STATUS);
    new Group(out, "apiregistration.k8s.io", V1)
        .add("APIService", "apiservices", "", "api-extensions", false, STATUS);
    new Group(out, "certificates.k8s.io", V1)
        .add(
            "CertificateSigningRequest",
            "certificatesigningrequests",
            "csr",
            "",
            false,
            Set.of("status", "approval"));
    new Group(out, "scheduling.k8s.io", V1)
        .add("PriorityClass", "priorityclasses", "pc", "", false, NONE);
    new Group(out, "storage.k8s.io", V1)
        .add("StorageClass", "storageclasses", "sc", "", false, NONE);
  }

  /** As in Istio's {@code crd-all.gen.yaml}: names, short names, categories, versions. */
  private static List<ResourceType> istio() {
    List<ResourceType> out = new ArrayList<>();
    Group networking = new Group(out, "networking.istio.io", ALL_VERSIONS);
    networking.custom("VirtualService", "virtualservices", "vs");
    networking.custom("DestinationRule", "destinationrules", "dr");
    networking.custom("Gateway", "gateways", "gw");
    networking.custom("ServiceEntry", "serviceentries", "se");
    networking.custom("WorkloadEntry", "workloadentries", "we");
    networking.custom("WorkloadGroup", "workloadgroups", "wg");
    networking.custom("Sidecar", "sidecars", "");
    new Group(out, "networking.istio.io", List.of("v1alpha3"))
        .custom("EnvoyFilter", "envoyfilters", "");
    new Group(out, "networking.istio.io", List.of("v1beta1"))
        .custom("ProxyConfig", "proxyconfigs", "");
    Group security = new Group(out, "security.istio.io", V1_BETA);
    security.custom("PeerAuthentication", "peerauthentications", "pa");
    security.custom("RequestAuthentication", "requestauthentications", "ra");
    security.custom("AuthorizationPolicy", "authorizationpolicies", "ap");
    new Group(out, "telemetry.istio.io", List.of("v1", "v1alpha1"))
        .custom("Telemetry", "telemetries", "telemetry");
    new Group(out, "extensions.istio.io", List.of("v1alpha1"))
        .custom("WasmPlugin", "wasmplugins", "");
    return List.copyOf(out);
  }

  private static List<ResourceType> gatewayApi() {
    List<ResourceType> out = new ArrayList<>();
    Group gateway = new Group(out, "gateway.networking.k8s.io", V1_BETA);
    gateway.gatewayApi("GatewayClass", "gatewayclasses", "gc", false);
    gateway.gatewayApi("Gateway", "gateways", "gtw", true);
    gateway.gatewayApi("HTTPRoute", "httproutes", "", true);
    new Group(out, "gateway.networking.k8s.io", V1).gatewayApi("GRPCRoute", "grpcroutes", "", true);
    new Group(out, "gateway.networking.k8s.io", List.of("v1beta1"))
        .gatewayApi("ReferenceGrant", "referencegrants", "refgrant", true);
    Group alpha = new Group(out, "gateway.networking.k8s.io", List.of("v1alpha2"));
    alpha.gatewayApi("TCPRoute", "tcproutes", "", true);
    alpha.gatewayApi("TLSRoute", "tlsroutes", "", true);
    alpha.gatewayApi("UDPRoute", "udproutes", "", true);
    new Group(out, "gateway.networking.k8s.io", List.of("v1", "v1alpha3"))
        .gatewayApi("BackendTLSPolicy", "backendtlspolicies", "btlspolicy", true);
    return List.copyOf(out);
  }

  /** Collects the kinds of one group that have the same versions. */
  private record Group(List<ResourceType> out, String name, List<String> versions) {
    void add(
        String kind,
        String plural,
        String shortNames,
        String category,
        boolean namespaced,
        Set<String> subresources) {
      put(kind, plural, words(shortNames), words(category), namespaced, subresources, false);
    }

    void custom(String kind, String plural, String shortName) {
      List<String> categories =
          List.of("istio-io", name.substring(0, name.indexOf('.')) + "-istio-io");
      put(kind, plural, words(shortName), categories, true, STATUS, true);
    }

    void gatewayApi(String kind, String plural, String shortName, boolean namespaced) {
      Set<String> subresources = kind.equals("ReferenceGrant") ? NONE : STATUS;
      put(kind, plural, words(shortName), List.of("gateway-api"), namespaced, subresources, true);
    }

    private void put(
        String kind,
        String plural,
        List<String> shortNames,
        List<String> categories,
        boolean namespaced,
        Set<String> subresources,
        boolean custom) {
      out.add(
          new ResourceType(
              name,
              versions,
              versions.getFirst(),
              plural,
              kind.toLowerCase(Locale.ROOT),
              kind,
              shortNames,
              categories,
              namespaced,
              subresources,
              custom));
    }

    private static List<String> words(String text) {
      return text.isEmpty() ? List.of() : List.of(text.split(" "));
    }
  }
}

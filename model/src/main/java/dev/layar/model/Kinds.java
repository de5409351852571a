package dev.layar.model;

import dev.layar.model.gatewayapi.BackendTlsPolicy;
import dev.layar.model.gatewayapi.GatewayClass;
import dev.layar.model.gatewayapi.GrpcRouteResource;
import dev.layar.model.gatewayapi.HttpRouteResource;
import dev.layar.model.gatewayapi.KubeGateway;
import dev.layar.model.gatewayapi.ReferenceGrant;
import dev.layar.model.gatewayapi.TcpRouteResource;
import dev.layar.model.gatewayapi.TlsRouteResource;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.PeerAuthentication;
import dev.layar.model.istio.ProxyConfig;
import dev.layar.model.istio.RequestAuthentication;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.Telemetry;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.WasmPlugin;
import dev.layar.model.istio.WorkloadEntry;
import dev.layar.model.istio.WorkloadGroup;
import dev.layar.model.k8s.ConfigMap;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Ingress;
import dev.layar.model.k8s.IngressClass;
import dev.layar.model.k8s.Namespace;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Secret;
import dev.layar.model.k8s.Service;
import dev.layar.model.k8s.ServiceAccount;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kinds that Layar reads. */
public final class Kinds {
  private static final String NETWORKING = "networking.istio.io";
  private static final String SECURITY = "security.istio.io";
  private static final String GATEWAY_API = "gateway.networking.k8s.io";
  private static final List<String> ISTIO_VERSIONS = List.of("v1", "v1beta1", "v1alpha3");
  private static final List<String> BETA_AND_STABLE = List.of("v1", "v1beta1");

  public static final Kind VIRTUAL_SERVICE =
      istio("VirtualService", "virtualservices", "vs", VirtualService.class);
  public static final Kind DESTINATION_RULE =
      istio("DestinationRule", "destinationrules", "dr", DestinationRule.class);
  public static final Kind GATEWAY = istio("Gateway", "gateways", "gw", Gateway.class);
  public static final Kind SERVICE_ENTRY =
      istio("ServiceEntry", "serviceentries", "se", ServiceEntry.class);

  public static final Kind WORKLOAD_ENTRY =
      istio("WorkloadEntry", "workloadentries", "we", WorkloadEntry.class);
  public static final Kind WORKLOAD_GROUP =
      istio("WorkloadGroup", "workloadgroups", "wg", WorkloadGroup.class);
  public static final Kind SIDECAR = istio("Sidecar", "sidecars", "", Sidecar.class);
  public static final Kind PROXY_CONFIG =
      spec(NETWORKING, "ProxyConfig", "proxyconfigs", "", List.of("v1beta1"), ProxyConfig.class);
  public static final Kind ENVOY_FILTER =
      spec(NETWORKING, "EnvoyFilter", "envoyfilters", "", List.of("v1alpha3"), EnvoyFilter.class);
  public static final Kind PEER_AUTHENTICATION =
      spec(
          SECURITY,
          "PeerAuthentication",
          "peerauthentications",
          "pa",
          BETA_AND_STABLE,
          PeerAuthentication.class);
  public static final Kind REQUEST_AUTHENTICATION =
      spec(
          SECURITY,
          "RequestAuthentication",
          "requestauthentications",
          "ra",
          BETA_AND_STABLE,
          RequestAuthentication.class);
  public static final Kind AUTHORIZATION_POLICY =
      spec(
          SECURITY,
          "AuthorizationPolicy",
          "authorizationpolicies",
          "ap",
          BETA_AND_STABLE,
          AuthorizationPolicy.class);
  public static final Kind TELEMETRY =
      spec(
          "telemetry.istio.io",
          "Telemetry",
          "telemetries",
          "telemetry",
          List.of("v1", "v1alpha1"),
          Telemetry.class);
  public static final Kind WASM_PLUGIN =
      spec(
          "extensions.istio.io",
          "WasmPlugin",
          "wasmplugins",
          "",
          List.of("v1alpha1"),
          WasmPlugin.class);

  public static final Kind GATEWAY_CLASS =
      new Kind(
          GATEWAY_API,
          "GatewayClass",
          "gatewayclasses",
          List.of("gc"),
          BETA_AND_STABLE,
          false,
          GatewayClass.class,
          Kind.Body.SPEC);
  public static final Kind KUBE_GATEWAY =
      spec(GATEWAY_API, "Gateway", "gateways", "gtw", BETA_AND_STABLE, KubeGateway.class);
  public static final Kind HTTP_ROUTE =
      spec(GATEWAY_API, "HTTPRoute", "httproutes", "", BETA_AND_STABLE, HttpRouteResource.class);
  public static final Kind GRPC_ROUTE =
      spec(GATEWAY_API, "GRPCRoute", "grpcroutes", "", List.of("v1"), GrpcRouteResource.class);
  public static final Kind TLS_ROUTE =
      spec(
          GATEWAY_API,
          "TLSRoute",
          "tlsroutes",
          "",
          List.of("v1", "v1alpha3", "v1alpha2"),
          TlsRouteResource.class);
  public static final Kind TCP_ROUTE =
      spec(GATEWAY_API, "TCPRoute", "tcproutes", "", List.of("v1alpha2"), TcpRouteResource.class);
  public static final Kind REFERENCE_GRANT =
      spec(
          GATEWAY_API,
          "ReferenceGrant",
          "referencegrants",
          "refgrant",
          List.of("v1beta1", "v1"),
          ReferenceGrant.class);
  public static final Kind BACKEND_TLS_POLICY =
      spec(
          GATEWAY_API,
          "BackendTLSPolicy",
          "backendtlspolicies",
          "btlspolicy",
          List.of("v1", "v1alpha3"),
          BackendTlsPolicy.class);

  public static final Kind NAMESPACE =
      kubernetes("", "Namespace", "namespaces", "ns", false, Namespace.class);
  public static final Kind SERVICE_ACCOUNT =
      kubernetes("", "ServiceAccount", "serviceaccounts", "sa", true, ServiceAccount.class);
  public static final Kind SERVICE =
      kubernetes("", "Service", "services", "svc", true, Service.class);
  public static final Kind POD = kubernetes("", "Pod", "pods", "po", true, Pod.class);
  public static final Kind NODE = kubernetes("", "Node", "nodes", "no", false, Node.class);
  public static final Kind DEPLOYMENT =
      kubernetes("apps", "Deployment", "deployments", "deploy", true, Deployment.class);
  public static final Kind ENDPOINT_SLICE =
      kubernetes(
          "discovery.k8s.io", "EndpointSlice", "endpointslices", "", true, EndpointSlice.class);
  public static final Kind SECRET = kubernetes("", "Secret", "secrets", "", true, Secret.class);
  public static final Kind CONFIG_MAP =
      kubernetes("", "ConfigMap", "configmaps", "cm", true, ConfigMap.class);
  public static final Kind INGRESS =
      kubernetes("networking.k8s.io", "Ingress", "ingresses", "ing", true, Ingress.class);
  public static final Kind INGRESS_CLASS =
      kubernetes(
          "networking.k8s.io", "IngressClass", "ingressclasses", "", false, IngressClass.class);

  private static final List<Kind> ALL =
      List.of(
          VIRTUAL_SERVICE,
          DESTINATION_RULE,
          GATEWAY,
          SERVICE_ENTRY,
          WORKLOAD_ENTRY,
          WORKLOAD_GROUP,
          SIDECAR,
          PROXY_CONFIG,
          ENVOY_FILTER,
          PEER_AUTHENTICATION,
          REQUEST_AUTHENTICATION,
          AUTHORIZATION_POLICY,
          TELEMETRY,
          WASM_PLUGIN,
          GATEWAY_CLASS,
          KUBE_GATEWAY,
          HTTP_ROUTE,
          GRPC_ROUTE,
          TLS_ROUTE,
          TCP_ROUTE,
          REFERENCE_GRANT,
          BACKEND_TLS_POLICY,
          NAMESPACE,
          SERVICE_ACCOUNT,
          SERVICE,
          POD,
          NODE,
          DEPLOYMENT,
          ENDPOINT_SLICE,
          SECRET,
          CONFIG_MAP,
          INGRESS,
          INGRESS_CLASS);

  /** Kinds that are read and kept and on which nothing acts; a declaration of what is missing. */
  private static final Set<Kind> WITHOUT_EFFECT =
      Set.of(WORKLOAD_GROUP, PROXY_CONFIG, REQUEST_AUTHENTICATION, WASM_PLUGIN, BACKEND_TLS_POLICY);

  private Kinds() {}

  /** Every kind, in a fixed order. */
  public static List<Kind> all() {
    return ALL;
  }

  /** Whether objects of the kind do something; those of other kinds are only kept. */
  public static boolean hasEffect(Kind kind) {
    return !WITHOUT_EFFECT.contains(kind);
  }

  /** The kind with this group and name, or null. */
  public static @Nullable Kind find(String group, String name) {
    for (Kind kind : ALL) {
      if (kind.kind().equals(name) && kind.group().equals(group)) {
        return kind;
      }
    }
    return null;
  }

  /** The kind whose objects' body is this record. */
  public static Kind of(Class<?> type) {
    for (Kind kind : ALL) {
      if (kind.type() == type) {
        return kind;
      }
    }
    throw new IllegalArgumentException(type + " is not the record of a kind");
  }

  private static Kind istio(
      String name, String plural, String shortName, Class<? extends Record> type) {
    return spec(NETWORKING, name, plural, shortName, ISTIO_VERSIONS, type);
  }

  private static Kind spec(
      String group,
      String name,
      String plural,
      String shortName,
      List<String> versions,
      Class<? extends Record> type) {
    List<String> shortNames = shortName.isEmpty() ? List.of() : List.of(shortName);
    return new Kind(group, name, plural, shortNames, versions, true, type, Kind.Body.SPEC);
  }

  private static Kind kubernetes(
      String group,
      String name,
      String plural,
      String shortName,
      boolean namespaced,
      Class<? extends Record> type) {
    return new Kind(
        group,
        name,
        plural,
        shortName.isEmpty() ? List.of() : List.of(shortName),
        List.of("v1"),
        namespaced,
        type,
        Kind.Body.OBJECT);
  }
}

package dev.layar.compiler;

import dev.layar.model.IntOrString;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.DestinationRule.LbPolicy;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.LocalityLb;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.SimpleLb;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.PeerAuthentication;
import dev.layar.model.istio.PolicySelector;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpDestination;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.istio.WorkloadEntry;
import dev.layar.model.istio.WorkloadSelector;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Make made by code, for tests with many of them. */
final class Make {
  private Make() {}

  static Resource<Service> service(String namespace, String name, Service.ServicePort... ports) {
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new Service(
            new Service.ServiceSpec(
                "",
                "10.96." + Math.floorMod(name.hashCode(), 250) + ".1",
                List.of(),
                Map.of("app", name),
                List.of(ports),
                "",
                false)));
  }

  static Service.ServicePort port(String name, int number) {
    return new Service.ServicePort(name, "TCP", "", number, new IntOrString.Number(80), 0);
  }

  static Resource<Pod> pod(String namespace, String name, String ip, Map<String, String> labels) {
    return Resource.of(
        ObjectMeta.of(namespace, name, labels),
        new Pod(
            new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null),
            new Pod.PodStatus("Running", ip, List.of(), "", List.of())));
  }

  /**
   * The slice of a service with one unnamed-or-named port 80 and these pods by name and address.
   */
  static Resource<EndpointSlice> slice(
      String namespace, String service, List<String> portNames, Map<String, String> pods) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    pods.forEach(
        (pod, ip) ->
            endpoints.add(
                new EndpointSlice.Endpoint(
                    List.of(ip),
                    null,
                    "",
                    "node",
                    "",
                    new EndpointSlice.ObjectReference("Pod", namespace, pod, ""))));
    return Resource.of(
        ObjectMeta.of(namespace, service + "-1", Map.of(EndpointSlice.SERVICE_NAME_LABEL, service)),
        new EndpointSlice(
            "IPv4",
            endpoints,
            portNames.stream()
                .map(name -> new EndpointSlice.EndpointPort(name, 80, "TCP", ""))
                .toList()));
  }

  static Resource<DestinationRule> rule(
      String namespace, String name, String host, @Nullable SimpleLb balancer, String... versions) {
    List<Subset> subsets = new ArrayList<>();
    for (String version : versions) {
      subsets.add(new Subset(version, Map.of("version", version), null));
    }
    TrafficPolicy policy =
        balancer == null
            ? null
            : new TrafficPolicy(
                new LoadBalancer(new LbPolicy.Simple(balancer), null, null, null, null),
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null);
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new DestinationRule(host, policy, subsets, List.of(), null));
  }

  /** What a rule says of locality. */
  enum Ranking {
    NONE,
    OUTLIERS,
    PRIORITY,
    DISTRIBUTE
  }

  /** The rule with a preference for near endpoints. */
  static Resource<DestinationRule> ranking(Ranking ranking, Resource<DestinationRule> rule) {
    TrafficPolicy policy = rule.spec().trafficPolicy();
    if (policy == null || ranking == Ranking.NONE) {
      return rule;
    }
    LocalityLb setting =
        switch (ranking) {
          case NONE, OUTLIERS -> null;
          case PRIORITY -> new LocalityLb(List.of(), List.of(), List.of("version=v1"), null);
          case DISTRIBUTE ->
              new LocalityLb(
                  List.of(new DestinationRule.Distribute("*", Map.of("/a", 40, "/b", 60))),
                  List.of(),
                  List.of(),
                  null);
        };
    LoadBalancer balancer = policy.loadBalancer();
    return Resource.of(
        rule.metadata(),
        new DestinationRule(
            rule.spec().host(),
            new TrafficPolicy(
                new LoadBalancer(
                    balancer == null ? null : balancer.lbPolicy(), setting, null, null, null),
                null,
                new OutlierDetection(0, false, null, null, null, null, null, 0, 0, List.of()),
                null,
                List.of(),
                null,
                null,
                null),
            rule.spec().subsets(),
            List.of(),
            null));
  }

  static Resource<VirtualService> rules(
      String namespace, String name, List<String> hosts, HttpRoute... http) {
    return rules(namespace, name, hosts, List.of(), List.of(), http);
  }

  static Resource<VirtualService> rules(
      String namespace,
      String name,
      List<String> hosts,
      List<String> gateways,
      List<String> exportTo,
      HttpRoute... http) {
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new VirtualService(hosts, gateways, List.of(http), List.of(), List.of(), exportTo));
  }

  /** The rules with others for TCP and TLS that lead to a host; unchanged without a host. */
  static Resource<VirtualService> opaque(
      String host, Map<String, String> sourceLabels, Resource<VirtualService> rules) {
    VirtualService spec = rules.spec();
    if (host.isEmpty()) {
      return rules;
    }
    List<VirtualService.RouteDestination> route =
        List.of(new VirtualService.RouteDestination(new Destination(host, "v1", null), 0));
    return Resource.of(
        rules.metadata(),
        new VirtualService(
            spec.hosts(),
            spec.gateways(),
            spec.http(),
            List.of(
                new VirtualService.TlsRoute(
                    List.of(
                        new VirtualService.TlsMatch(
                            List.of(host), List.of(), 0, sourceLabels, List.of(), "")),
                    route)),
            List.of(
                new VirtualService.TcpRoute(
                    List.of(
                        new VirtualService.L4Match(List.of(), 0, "", sourceLabels, List.of(), "")),
                    route)),
            spec.exportTo()));
  }

  static HttpDestination to(String host, String subset, int weight) {
    return new HttpDestination(new Destination(host, subset, null), weight, null);
  }

  static HttpRoute route(
      @Nullable HttpMatch match, @Nullable Duration timeout, HttpDestination... destinations) {
    return new HttpRoute(
        "",
        match == null ? List.of() : List.of(match),
        List.of(destinations),
        null,
        null,
        null,
        null,
        timeout,
        null,
        null,
        null,
        List.of(),
        null,
        null,
        null,
        null);
  }

  static HttpMatch match(String prefix, Map<String, String> sourceLabels) {
    return new HttpMatch(
        "",
        new StringMatch.Prefix(prefix),
        null,
        null,
        null,
        Map.of(),
        Map.of(),
        0,
        sourceLabels,
        List.of(),
        "",
        Map.of(),
        false,
        "");
  }

  /** Another name for a host. */
  static Resource<Service> alias(String namespace, String name, String target) {
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new Service(
            new Service.ServiceSpec(
                "ExternalName", "", List.of(), Map.of(), List.of(), target, false)));
  }

  static Resource<ServiceEntry> entry(
      String namespace,
      String name,
      String host,
      ServiceEntry.Resolution resolution,
      List<String> exportTo,
      @Nullable Map<String, String> podLabels,
      int... ports) {
    List<ServiceEntry.ServicePort> declared = new ArrayList<>();
    for (int port : ports) {
      declared.add(
          new ServiceEntry.ServicePort(port, port == 5432 ? "TCP" : "HTTP", "p" + port, 0));
    }
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new ServiceEntry(
            List.of(host),
            List.of(),
            declared,
            ServiceEntry.Location.MESH_EXTERNAL,
            resolution,
            List.of(),
            podLabels == null ? null : new WorkloadSelector(podLabels),
            exportTo,
            List.of(),
            List.of()));
  }

  static Resource<PeerAuthentication> peer(
      String namespace, String name, Map<String, String> labels, PeerAuthentication.Mode mode) {
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new PeerAuthentication(
            labels.isEmpty() ? null : new PolicySelector(labels),
            new PeerAuthentication.MutualTls(mode),
            Map.of()));
  }

  static Resource<WorkloadEntry> workload(
      String namespace, String name, String address, Map<String, String> labels) {
    return Resource.of(
        ObjectMeta.of(namespace, name, labels),
        new WorkloadEntry(address, Map.of(), Map.of(), "", "r/a", 0, "vm"));
  }

  /** A gateway with one server; its TLS counts where the protocol has any. */
  static Resource<Gateway> gateway(
      String namespace, String name, int port, String protocol, String host, Gateway.TlsMode mode) {
    Gateway.ServerTls tls =
        protocol.startsWith("H") && !protocol.equals("HTTPS") || protocol.equals("TCP")
            ? null
            : new Gateway.ServerTls(
                false,
                mode,
                "/crt",
                "/key",
                "/ca",
                "",
                "",
                List.of(),
                "",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Gateway.TlsProtocol.TLS_AUTO,
                Gateway.TlsProtocol.TLS_AUTO,
                List.of(),
                null);
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new Gateway(
            List.of(
                new Gateway.Server(
                    new Gateway.Port(port, protocol, "p", 0), "", List.of(host), tls, "", "")),
            Map.of("istio", "gw")));
  }

  static Resource<Node> node(String name, String zone) {
    return Resource.of(ObjectMeta.of("", name, Map.of(Node.ZONE_LABEL, zone)), new Node(null));
  }

  /** A rule for the workloads with some labels only. */
  static Resource<DestinationRule> selective(
      Resource<DestinationRule> rule, Map<String, String> labels) {
    DestinationRule spec = rule.spec();
    return Resource.of(
        rule.metadata(),
        new DestinationRule(
            spec.host(),
            spec.trafficPolicy(),
            spec.subsets(),
            spec.exportTo(),
            new DestinationRule.PodSelector(labels)));
  }

  /** A rule that leaves what it matches to another object. */
  static HttpRoute delegating(@Nullable HttpMatch match, String name, String namespace) {
    HttpRoute plain = route(match, null);
    return new HttpRoute(
        plain.name(),
        plain.match(),
        List.of(),
        null,
        null,
        new VirtualService.Delegate(name, namespace),
        null,
        null,
        null,
        null,
        null,
        List.of(),
        null,
        null,
        null,
        null);
  }

  static Resource<Sidecar> sidecar(
      String namespace, String name, Map<String, String> selector, List<String> egress) {
    return Resource.of(
        ObjectMeta.of(namespace, name, Map.of()),
        new Sidecar(
            selector.isEmpty() ? null : new WorkloadSelector(selector),
            List.of(),
            List.of(new Sidecar.Egress(null, "", Sidecar.CaptureMode.DEFAULT, egress)),
            new DestinationRule.ConnectionPool(null, null),
            null));
  }
}

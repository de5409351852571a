package dev.layar.local;

import dev.layar.model.IntOrString;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.istio.Gateway;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.LabelSelector;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.util.List;
import java.util.Map;

/**
 * The ingress gateway that tutorials take for granted: when a Gateway selects Istio's default one,
 * and nothing in the cluster carries those labels, its Deployment and Service are made as Istio's
 * installation would.
 */
final class ImpliedGateway {
  private static final String NAMESPACE = "istio-system";
  private static final String NAME = "istio-ingressgateway";
  private static final Map<String, String> LABELS = Map.of("app", NAME, "istio", "ingressgateway");

  private ImpliedGateway() {}

  /** The objects to add, none when nothing needs them. */
  static List<Resource<?>> of(ObjectStore store) {
    boolean needed =
        store.all(Gateway.class).stream()
            .map(gateway -> gateway.spec().selector())
            .anyMatch(
                selector ->
                    LABELS.entrySet().containsAll(selector.entrySet())
                        && !isProvided(store, selector));
    boolean there = store.find(new ObjectKey(Kinds.DEPLOYMENT, NAMESPACE, NAME)) != null;
    return needed && !there ? List.of(deployment(), service()) : List.of();
  }

  private static boolean isProvided(ObjectStore store, Map<String, String> selector) {
    return store.all(Deployment.class).stream()
        .map(deployment -> deployment.spec().spec().template())
        .filter(ImpliedGateway::runsGateway)
        .map(Deployment.PodTemplate::metadata)
        .anyMatch(
            metadata ->
                metadata != null && metadata.labels().entrySet().containsAll(selector.entrySet()));
  }

  private static boolean runsGateway(Deployment.PodTemplate template) {
    return template.spec().containers().stream()
        .anyMatch(c -> c.image().equals("auto") || c.image().contains("istio/proxyv2"));
  }

  private static Resource<?> deployment() {
    Pod.Container container =
        new Pod.Container(
            "istio-proxy",
            "istio/proxyv2",
            List.of(),
            List.of(),
            "",
            List.of(),
            List.of(
                new Pod.ContainerPort("http2", 8080, "TCP"),
                new Pod.ContainerPort("https", 8443, "TCP")),
            null,
            null,
            null);
    Pod.PodSpec spec =
        new Pod.PodSpec(List.of(container), List.of(), NAME, "", Map.of(), "", "", "", null);
    Deployment.PodTemplate template =
        new Deployment.PodTemplate(ObjectMeta.of("", "", LABELS), spec);
    return Resource.of(
        ObjectMeta.of(NAMESPACE, NAME, LABELS),
        new Deployment(
            new Deployment.DeploymentSpec(
                1, new LabelSelector(LABELS, List.of()), template, null, 0),
            null));
  }

  private static Resource<?> service() {
    return Resource.of(
        ObjectMeta.of(NAMESPACE, NAME, LABELS),
        new Service(
            new Service.ServiceSpec(
                "LoadBalancer",
                "",
                List.of(),
                LABELS,
                List.of(port("http2", 80, 8080), port("https", 443, 8443)),
                "",
                false)));
  }

  private static Service.ServicePort port(String name, int port, int target) {
    return new Service.ServicePort(name, "TCP", "", port, new IntOrString.Number(target), 0);
  }
}

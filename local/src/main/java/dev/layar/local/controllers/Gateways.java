package dev.layar.local.controllers;

import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Selectors;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The ingress gateway that tutorials take for granted: when a Gateway selects Istio's default one,
 * and no Deployment runs a gateway with those labels, its Deployment and Service are made as
 * Istio's installation would. Runner-confined.
 */
final class Gateways implements Controller {
  private static final String NAMESPACE = "istio-system";
  private static final String NAME = "istio-ingressgateway";
  private static final Map<String, String> LABELS = Map.of("app", NAME, "istio", "ingressgateway");
  private static final Key ONLY = new Key(NAMESPACE, NAME);

  private final Kube kube;

  Gateways(Kube kube) {
    this.kube = kube;
  }

  @Override
  public String name() {
    return "ingressgateway";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.on(Kinds.GATEWAY, _ -> List.of(ONLY));
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    boolean needed =
        kube.informer(Kinds.GATEWAY).list().stream()
            .map(gateway -> Trees.texts(gateway, "spec", "selector"))
            .anyMatch(selector -> Selectors.has(selector, LABELS) && !isProvided(selector));
    if (!needed || kube.informer(Kinds.DEPLOYMENT).get(NAMESPACE, NAME) != null) {
      return null;
    }
    if (kube.informer(Kinds.NAMESPACE).get("", NAMESPACE) == null) {
      kube.create(Kinds.NAMESPACE, "", Trees.object("metadata", Trees.object("name", NAMESPACE)));
    }
    if (kube.informer(Kinds.SERVICE).get(NAMESPACE, NAME) == null) {
      kube.create(Kinds.SERVICE, NAMESPACE, service());
    }
    kube.create(Kinds.DEPLOYMENT, NAMESPACE, deployment());
    return null;
  }

  private boolean isProvided(Map<String, String> selector) {
    return kube.informer(Kinds.DEPLOYMENT).list().stream()
        .map(deployment -> Trees.at(deployment, "spec", "template"))
        .filter(Gateways::runsGateway)
        .anyMatch(template -> Selectors.has(selector, Trees.labels(template)));
  }

  private static boolean runsGateway(JsonNode template) {
    return Trees.items(template, "spec", "containers").stream()
        .map(container -> Trees.text(container, "image"))
        .anyMatch(image -> image.equals("auto") || image.contains("istio/proxyv2"));
  }

  private static ObjectNode metadata() {
    return Trees.object("name", NAME, "namespace", NAMESPACE, "labels", LABELS);
  }

  private static ObjectNode deployment() {
    ObjectNode container =
        Trees.object(
            "name",
            "istio-proxy",
            "image",
            "istio/proxyv2",
            "ports",
            Trees.list(
                Trees.object("name", "http2", "containerPort", 8080, "protocol", "TCP"),
                Trees.object("name", "https", "containerPort", 8443, "protocol", "TCP")));
    return Trees.object(
        "metadata",
        metadata(),
        "spec",
        Trees.object(
            "replicas",
            1,
            "selector",
            Trees.object("matchLabels", LABELS),
            "template",
            Trees.object(
                "metadata",
                Trees.object("labels", LABELS),
                "spec",
                Trees.object("serviceAccountName", NAME, "containers", Trees.list(container)))));
  }

  private static ObjectNode service() {
    return Trees.object(
        "metadata",
        metadata(),
        "spec",
        Trees.object(
            "type",
            "LoadBalancer",
            "selector",
            LABELS,
            "ports",
            Trees.list(port("http2", 80, 8080), port("https", 443, 8443))));
  }

  private static ObjectNode port(String name, int port, int target) {
    return Trees.object("name", name, "protocol", "TCP", "port", port, "targetPort", target);
  }
}

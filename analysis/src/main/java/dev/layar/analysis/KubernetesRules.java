package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.model.Decoder;
import dev.layar.model.GoDuration;
import dev.layar.model.Paths;
import dev.layar.model.Resource;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.k8s.ConfigMap;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The few rules of Kubernetes' own kinds whose violation the API server refuses.
 *
 * <p>DEVIATION: {@code istioctl validate} refuses a Service port without a protocol in its name;
 * here it is a note of the {@link Analyzer}, since Istio itself then detects the protocol.
 */
final class KubernetesRules {
  private final Report report;
  private final Checks checks;

  KubernetesRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(Resource<?> resource) {
    switch (resource.spec()) {
      case Deployment deployment -> deployment(deployment.spec());
      case Service service -> service(service.spec());
      case ConfigMap map when resource.metadata().name().equals("istio") -> mesh(map);
      case Pod pod -> containers("spec.containers", pod.spec().containers());
      default -> {}
    }
  }

  /** ConfigMap {@code istio} as Istio's installation writes it. */
  private void mesh(ConfigMap map) {
    String text = map.data().get("mesh");
    if (text == null) {
      return;
    }
    Result<MeshConfig> read = Decoder.record("mesh", text, MeshConfig.class);
    for (Finding finding : read.findings()) {
      if (finding.isError()) {
        String path = finding.path().isEmpty() ? "data.mesh" : "data.mesh." + finding.path();
        report.add(Rule.MESH_CONFIG, path, finding.message(), finding.value(), finding.expected());
      }
    }
    if (read instanceof Result.Ok<MeshConfig>(MeshConfig config, var warnings)) {
      mesh(config);
    }
  }

  /** Istio {@code ValidateMeshConfig}. */
  private void mesh(MeshConfig config) {
    Duration connect = config.connectTimeout();
    if (connect != null
        && (connect.compareTo(Duration.ofMillis(1)) < 0
            || connect.compareTo(Duration.ofHours(1)) > 0)) {
      report.add(
          Rule.MESH_CONFIG,
          "data.mesh.connectTimeout",
          "the time is out of range",
          GoDuration.format(connect),
          "1ms to 1h");
    }
    List<String> domains = new ArrayList<>(config.trustDomainAliases());
    if (config.trustDomain() != null) {
      domains.add(config.trustDomain());
    }
    for (String domain : domains) {
      if (domain.isEmpty() || domain.contains("/") || domain.contains("*")) {
        report.add(
            Rule.MESH_CONFIG,
            "data.mesh.trustDomain",
            "this is not a trust domain",
            domain,
            "a domain name such as cluster.local");
      }
    }
  }

  private void deployment(Deployment.DeploymentSpec spec) {
    var metadata = spec.template().metadata();
    Map<String, String> labels = metadata == null ? Map.of() : metadata.labels();
    checks.labels("spec.template.metadata.labels", labels);
    if (!spec.selector().matches(labels)) {
      report.add(
          Rule.SELECTOR_MISMATCH,
          "spec.selector",
          "the selector does not match the labels in spec.template.metadata.labels",
          spec.selector().matchLabels().toString(),
          labels.toString());
    }
    containers("spec.template.spec.containers", spec.template().spec().containers());
  }

  private void containers(String path, List<Pod.Container> containers) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < containers.size(); i++) {
      String name = containers.get(i).name();
      checks.dnsLabel(Paths.item(path, i) + ".name", name);
      if (!names.add(name)) {
        report.add(
            Rule.CONTAINER_NAMES,
            Paths.item(path, i) + ".name",
            "another container of the pod has this name",
            name,
            "");
      }
    }
  }

  private void service(Service.ServiceSpec spec) {
    checks.labels("spec.selector", spec.selector());
    Set<String> names = new HashSet<>();
    for (int i = 0; i < spec.ports().size(); i++) {
      String name = spec.ports().get(i).name();
      boolean missing = name.isEmpty() && spec.ports().size() > 1;
      if (missing || !names.add(name)) {
        report.add(
            Rule.SERVICE_PORT_NAMES,
            Paths.item("spec.ports", i),
            missing
                ? "a Service with several ports names each of them"
                : "another port of the Service has this name",
            name,
            "name: http-" + spec.ports().get(i).port());
      }
    }
  }
}

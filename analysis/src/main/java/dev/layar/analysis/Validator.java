package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What Istio's admission webhook and Kubernetes' API server check of one object by itself, as
 * findings with the {@link Rule}'s code. Stateless; may be called from any thread.
 */
public final class Validator {
  private static final Comparator<Finding> BY_PLACE =
      Comparator.comparingInt((Finding f) -> f.location().line())
          .thenComparingInt(f -> f.location().column());

  private Validator() {}

  /** Everything that is wrong or doubtful about the object; located where it was written. */
  public static List<Finding> validate(Resource<?> resource) {
    Report report = new Report(resource);
    Checks checks = new Checks(report);
    new MetadataRules(report, checks).check(resource);
    switch (resource.spec()) {
      case VirtualService spec -> new VirtualServiceRules(report, checks).check(spec);
      case DestinationRule spec -> new DestinationRuleRules(report, checks).check(spec);
      case Gateway spec -> new GatewayRules(report, checks).check(spec);
      case ServiceEntry spec -> new ServiceEntryRules(report, checks).check(resource, spec);
      case WorkloadEntry spec -> new WorkloadRules(report, checks).check(spec);
      case WorkloadGroup spec -> new WorkloadRules(report, checks).check(spec);
      case ProxyConfig spec -> new WorkloadRules(report, checks).check(spec);
      case Sidecar spec -> new SidecarRules(report, checks).check(spec);
      case PeerAuthentication spec -> new SecurityRules(report, checks).check(spec);
      case RequestAuthentication spec -> new SecurityRules(report, checks).check(spec);
      case AuthorizationPolicy spec -> new SecurityRules(report, checks).check(spec);
      case Telemetry spec -> new ExtensionRules(report, checks).check(spec);
      case EnvoyFilter spec -> new ExtensionRules(report, checks).check(spec);
      case WasmPlugin spec -> new ExtensionRules(report, checks).check(spec);
      default -> new KubernetesRules(report, checks).check(resource);
    }
    return report.findings();
  }

  /**
   * Decodes and validates: the resources are those without an error of either kind, the findings in
   * the order of the text.
   *
   * @param source file name for locations, {@code -} for standard input
   */
  public static Decoded decodeAndValidate(String source, byte[] text) {
    Decoded decoded = Decoder.decode(source, text);
    List<Finding> findings = new ArrayList<>(decoded.findings());
    List<Resource<?>> good = new ArrayList<>();
    for (Resource<?> resource : decoded.resources()) {
      List<Finding> found = validate(resource);
      findings.addAll(found);
      if (found.stream().noneMatch(Finding::isError)) {
        good.add(resource);
      }
    }
    findings.sort(BY_PLACE);
    return new Decoded(good, findings);
  }
}

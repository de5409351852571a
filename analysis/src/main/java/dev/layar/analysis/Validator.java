package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.VirtualService;
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

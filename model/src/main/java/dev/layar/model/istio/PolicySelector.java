package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Values;
import java.util.Map;

/** Istio's {@code type.v1beta1.WorkloadSelector}, which security and telemetry kinds use. */
@Doc("Chooses workloads by their labels, in the own namespace or, from the root one, in all.")
public record PolicySelector(
    @Doc("Labels that a workload must have, all of them.") Map<String, String> matchLabels) {
  public PolicySelector {
    matchLabels = Values.sorted(matchLabels);
  }
}

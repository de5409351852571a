package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Values;
import java.util.Map;

/** Istio's networking WorkloadSelector. */
@Doc("Chooses workloads of the same namespace by their labels.")
public record WorkloadSelector(
    @Doc("Labels that a workload must have, all of them.") Map<String, String> labels) {
  public WorkloadSelector {
    labels = Values.sorted(labels);
  }
}

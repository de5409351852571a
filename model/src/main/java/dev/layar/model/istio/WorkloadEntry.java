package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Values;
import java.util.Map;

/** Istio's WorkloadEntry: one endpoint that is not a pod. */
@Doc("One endpoint outside Kubernetes: an address with its ports and labels.")
public record WorkloadEntry(
    @Doc("IP address, unix:// path, or (DNS resolution only) a host name.") String address,
    @Doc("Port by the service port's name, where it differs from the target port.")
        @Range(max = Integer.MAX_VALUE)
        Map<String, Integer> ports,
    @Doc("Labels of the endpoint, which subsets match.") Map<String, String> labels,
    @Doc("Network the endpoint is in; endpoints of one network reach each other directly.")
        String network,
    @Doc("Failure domain as region/zone/subzone.") String locality,
    @Doc("Share of traffic relative to the other endpoints; 0 means 1.") @Range long weight,
    @Doc("Service account whose identity the endpoint has.") String serviceAccount) {
  public WorkloadEntry {
    ports = Values.sorted(ports);
    labels = Values.sorted(labels);
  }
}

package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Node; its region and zone are in its labels. */
@Open
@Doc("A machine that runs pods.")
public record Node(@Doc("What is known of it.") @Nullable NodeStatus status) {
  public static final String REGION_LABEL = "topology.kubernetes.io/region";
  public static final String ZONE_LABEL = "topology.kubernetes.io/zone";
  public static final String SUBZONE_LABEL = "topology.istio.io/subzone";

  /** Kubernetes' NodeStatus. */
  @Open
  @Doc("What is known of a node.")
  public record NodeStatus(
      @Doc("Its addresses.") List<NodeAddress> addresses,
      @Doc("Aspects of its state.") List<Condition> conditions) {
    public NodeStatus {
      addresses = List.copyOf(addresses);
      conditions = List.copyOf(conditions);
    }
  }

  /** Kubernetes' NodeAddress. */
  @Open
  @Doc("One address of a node.")
  public record NodeAddress(
      @Doc("InternalIP, ExternalIP or Hostname.") String type,
      @Doc("The address.") String address) {}
}

package dev.layar.local.admission;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Subresource;
import dev.layar.local.kube.Trees;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Gives Services their cluster address, which stays the same for life. Thread-safe. */
public final class ClusterIps implements Admission {
  private static final int ATTEMPTS = 100_000;

  private final Supplier<String> addresses;
  private final Predicate<String> taken;

  /**
   * @param addresses gives out an address
   * @param taken whether a stored Service has it already
   */
  public ClusterIps(Supplier<String> addresses, Predicate<String> taken) {
    this.addresses = addresses;
    this.taken = taken;
  }

  @Override
  public List<String> admit(Request request) {
    ObjectNode service = request.after();
    if (service == null
        || !request.ref().type().qualified().equals("services")
        || request.subresource() != Subresource.NONE
        || Trees.text(service, "spec", "type").equals("ExternalName")
        || !Trees.text(service, "spec", "clusterIP").isEmpty()) {
      return List.of();
    }
    ObjectNode before = request.before();
    String kept = before == null ? "" : Trees.text(before, "spec", "clusterIP");
    JsonNode address = Trees.node(kept.isEmpty() ? fresh() : kept);
    ObjectNode spec = Trees.child(service, "spec");
    spec.set("clusterIP", address);
    spec.set("clusterIPs", Trees.list(address));
    return List.of();
  }

  private String fresh() {
    for (int i = 0; i < ATTEMPTS; i++) {
      String address = addresses.get();
      if (!taken.test(address)) {
        return address;
      }
    }
    throw new IllegalStateException("all cluster addresses are in use");
  }
}

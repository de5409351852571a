package dev.layar.controlplane.ads;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.controlplane.ca.Caller;
import dev.layar.xds.XdsResource;
import dev.layar.xds.XdsSnapshot;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.Collection;
import java.util.List;

/** The same hand-made resources for everybody who has a node id. */
final class FixedSource implements SnapshotSource {
  private volatile XdsSnapshot snapshot = XdsSnapshot.of(0, List.of());

  long serve(Collection<XdsResource> resources) {
    snapshot = XdsSnapshot.of(snapshot.revision() + 1, resources);
    return snapshot.revision();
  }

  XdsSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public Result<Client> identify(Node node, Caller caller) {
    if (node.getId().isEmpty()) {
      return new Result.Rejected<>(
          List.of(
              Finding.error(
                  "LYR0401", Location.UNKNOWN, "node.id", "there is no id", "", "an id")));
    }
    return new Result.Ok<>(new Anybody(node.getId()), List.of());
  }

  private final class Anybody implements Client {
    private final String id;

    Anybody(String id) {
      this.id = id;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public XdsSnapshot snapshot() {
      if (id.equals("cursed")) {
        throw new IllegalStateException("no snapshot for the cursed");
      }
      return snapshot;
    }
  }
}

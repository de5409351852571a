package dev.layar.compiler.gatewayapi;

import dev.layar.model.ObjectKey;
import dev.layar.model.gatewayapi.ParentReference;
import java.util.List;

/** What became of a route of the Gateway API at those of its parents that are served here. */
public record RouteStatus(ObjectKey route, List<Parent> parents) {
  private static final ParentReference NOBODY = new ParentReference("", "", "", "", "", 0);

  public RouteStatus {
    parents = List.copyOf(parents);
  }

  /**
   * At one parent.
   *
   * @param index of the parent in the route's list
   * @param accepted why it did not attach, empty when it did; a reason of the Gateway API
   * @param resolvedRefs why a backend is not found, empty when all are
   */
  public record Parent(
      boolean ours, int index, ParentReference reference, String accepted, String resolvedRefs) {
    static Parent foreign() {
      return new Parent(false, 0, NOBODY, "", "");
    }
  }
}

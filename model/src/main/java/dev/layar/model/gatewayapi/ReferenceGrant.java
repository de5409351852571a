package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import java.util.List;

/** The Gateway API's ReferenceGrant. */
@Doc("Objects of other namespaces that may refer to some of this namespace.")
public record ReferenceGrant(
    @Doc("Who may refer.") @Required List<From> from, @Doc("To what.") @Required List<To> to) {
  public ReferenceGrant {
    from = List.copyOf(from);
    to = List.copyOf(to);
  }

  /** The Gateway API's ReferenceGrantFrom. */
  @Doc("Objects that may refer.")
  public record From(
      @Doc("Their API group.") String group,
      @Doc("Their kind.") @Required String kind,
      @Doc("Their namespace.") @Required String namespace) {}

  /** The Gateway API's ReferenceGrantTo. */
  @Doc("Objects that may be referred to.")
  public record To(
      @Doc("Their API group; empty for the core group.") String group,
      @Doc("Their kind.") @Required String kind,
      @Doc("Name of the one; left out: all.") String name) {}
}

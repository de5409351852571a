package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;
import org.jspecify.annotations.Nullable;

/** The Gateway API's BackendRef. */
@Doc("A destination with its share.")
public record BackendReference(
    @Doc("Its API group; left out: the core group.") String group,
    @Doc("Its kind; left out: Service.") String kind,
    @Doc("Its name.") @Required String name,
    @Doc("Its namespace; another one needs a ReferenceGrant.") String namespace,
    @Doc("Its port; required for a Service.") @Range(max = 65535) int port,
    @Doc("Its share of calls; left out: 1.") @Range(max = 1_000_000) @Nullable Integer weight) {
  /** The share, with its default. */
  public int share() {
    return weight == null ? 1 : weight;
  }
}

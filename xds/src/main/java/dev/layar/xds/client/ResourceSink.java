package dev.layar.xds.client;

import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.List;
import java.util.Set;

/** What an xDS client feeds: the proxy's configuration. Called from one thread at a time. */
public interface ResourceSink {
  /**
   * Applies the resources of one response. Good ones take effect even when siblings are refused; of
   * a refused one the last good version stays.
   *
   * @param removed names that the server says no longer exist
   * @return the refused resources, empty when all were accepted
   */
  List<Rejection> update(ResourceType type, List<XdsResource> changed, Set<String> removed);

  /**
   * The names of this type that the applied configuration refers to: assignments of EDS clusters,
   * route configurations of listeners. Empty for types that are subscribed to as a whole.
   *
   * <p>A name that leaves this set is unsubscribed: nothing more is heard of it, so what is held
   * under it should be dropped. When it comes back it is delivered afresh.
   */
  Set<String> wanted(ResourceType type);
}

package dev.layar.controlplane.ads;

import dev.layar.xds.ResourceType;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One stream of a proxy at one moment. Immutable.
 *
 * @param connection unique while the server runs
 * @param since when the stream was opened
 * @param address the other end
 * @param watches names subscribed to by type, {@code *} for all
 */
public record ConnectedProxy(
    long connection,
    ProxySync sync,
    Instant since,
    String address,
    Map<ResourceType, List<String>> watches) {
  public ConnectedProxy {
    watches = Map.copyOf(watches);
  }
}

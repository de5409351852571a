package dev.layar.controlplane.ads;

import dev.layar.base.Result;
import dev.layar.xds.XdsSnapshot;
import io.envoyproxy.envoy.config.core.v3.Node;

/** What an {@link AdsServer} serves: the seam between streams and compilation. */
public interface SnapshotSource {
  /**
   * Who is at the other end, from the first request of a stream. Thread-safe. Findings that are
   * errors refuse the stream.
   */
  Result<Client> identify(Node node);

  /** One identified proxy. */
  interface Client {
    /** The name under which operators know the proxy, for example {@code reviews-1.default}. */
    String id();

    /**
     * Everything this proxy is to get now. Called from the server's push thread only. Sets that did
     * not change since the last call should be the same objects.
     */
    XdsSnapshot snapshot();
  }
}

package dev.layar.controlplane.ads;

import dev.layar.base.Result;
import dev.layar.controlplane.ca.Caller;
import dev.layar.xds.XdsSnapshot;
import io.envoyproxy.envoy.config.core.v3.Node;

/** What an {@link AdsServer} serves: the seam between streams and compilation. */
public interface SnapshotSource {
  /** Code of the finding that somebody claims to be what it does not prove to be. */
  String NOT_ALLOWED = "LYR0923";

  /**
   * Who is at the other end, from the first request of a stream. Thread-safe. Findings that are
   * errors refuse the stream.
   *
   * @param caller what the transport knows of it
   */
  Result<Client> identify(Node node, Caller caller);

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

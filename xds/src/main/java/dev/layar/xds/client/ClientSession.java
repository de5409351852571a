package dev.layar.xds.client;

import java.util.List;

/**
 * The client's half of xDS, without transport. One session lives as long as its proxy and outlives
 * streams: what was accepted is remembered, so that a new stream asks only for what changed
 * meanwhile. Confined to one thread at a time.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
public sealed interface ClientSession<Q, R> permits DeltaClientSession, SotwClientSession {
  /**
   * A new stream is open; what was outstanding on the one before is forgotten.
   *
   * @return the requests to send first, in order
   */
  List<Q> connected();

  /**
   * Feeds a response to the sink.
   *
   * @return the requests to send, in order: new subscriptions before the acknowledgement, so that a
   *     server which waits for the latter knows the former
   */
  List<Q> onResponse(R response);

  /** Asks for what the sink wants since the last look; called when that changed by itself. */
  List<Q> refresh();
}

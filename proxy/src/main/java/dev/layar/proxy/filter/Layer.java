package dev.layar.proxy.filter;

/**
 * One layer of the request chain. Stateless or event-loop confined; shared by all exchanges of a
 * listener's filter chain.
 */
public interface Layer {
  /** The layer's name in the printed chain. */
  String name();

  /** Half a line on why it is there, for the printed chain. */
  String reason();

  /** Sees the request on its way in, in the chain's order. */
  default Step request(Call call) {
    return Step.CONTINUE;
  }

  /**
   * Sees the response head on its way out, in the chain's reverse order.
   *
   * @param local whether the proxy itself answers
   */
  default void response(Call call, boolean local) {}
}

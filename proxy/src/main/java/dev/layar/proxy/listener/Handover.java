package dev.layar.proxy.listener;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Finds the listener that a redirected connection was meant for. */
@FunctionalInterface
public interface Handover {
  /**
   * The listener of exactly this address, else the one of its port on the wildcard address ({@code
   * Envoy getBalancedHandlerByAddress}).
   *
   * @return null when there is none: the connection stays where it arrived
   */
  @Nullable ActiveListener to(InetSocketAddress destination);
}

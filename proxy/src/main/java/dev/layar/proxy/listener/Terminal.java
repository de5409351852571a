package dev.layar.proxy.listener;

import dev.layar.proxy.stream.HttpContext;
import dev.layar.proxy.tcp.TcpContext;

/** What the connections of a chain run into, at work. */
sealed interface Terminal {
  /** An HTTP connection manager. */
  record Http(HttpContext context) implements Terminal {}

  /** A TCP proxy. */
  record Tcp(TcpContext context) implements Terminal {}
}

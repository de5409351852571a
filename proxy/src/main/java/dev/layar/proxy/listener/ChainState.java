package dev.layar.proxy.listener;

import dev.layar.proxy.config.FilterChain;
import dev.layar.proxy.stream.Arrival;
import dev.layar.proxy.stream.ConnectionSet;
import dev.layar.proxy.stream.DownstreamConnection;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tcp.TcpSession;
import dev.layar.proxy.tls.ServerTls;
import io.netty.channel.ChannelInboundHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter chain at work: what its connections run into and, per loop, the connections.
 *
 * @param tls null for plain text
 * @param connections by loop index; each confined to its loop
 */
record ChainState(
    FilterChain chain,
    Terminal terminal,
    @Nullable ServerTls tls,
    List<ConnectionSet> connections) {
  ChainState {
    connections = List.copyOf(connections);
  }

  /** The handler of a connection that this chain takes. */
  ChannelInboundHandler handler(Worker worker, Arrival arrival) {
    ConnectionSet siblings = connections.get(worker.loop().index());
    return switch (terminal) {
      case Terminal.Http http ->
          new DownstreamConnection(worker, http.context(), siblings, arrival);
      case Terminal.Tcp tcp -> new TcpSession(worker, tcp.context(), siblings, arrival);
    };
  }

  /** From now on its connections are asked to end. */
  void draining() {
    switch (terminal) {
      case Terminal.Http http -> http.context().drain();
      case Terminal.Tcp tcp -> {
        // A TCP client cannot be told; it is cut when the drain time is over.
      }
    }
  }
}

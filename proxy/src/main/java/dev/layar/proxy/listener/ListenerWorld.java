package dev.layar.proxy.listener;

import dev.layar.proxy.config.AccessLogConfig;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.net.Transport;
import dev.layar.proxy.stream.HttpStats;
import dev.layar.proxy.stream.StreamLog;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tcp.TcpStats;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a workload's listeners share.
 *
 * @param workers one per event loop, in the order of their indexes
 * @param snapshots gives the workload's present snapshot
 * @param stats counters by stat prefix; the same prefix gives the same counters
 * @param tcpStats the same for TCP proxies
 * @param listenerStats the same for listeners
 * @param logs opens access logs
 * @param traces adds the reporting of spans to a log
 * @param bind from a configured address to the one to bind
 * @param drainNanos how long connections may live on when their chain is going away
 * @param tls what TLS needs
 * @param originalDestination where a redirected connection was meant to go; null when it was not
 * @param handover finds the listener for such a connection
 */
public record ListenerWorld(
    Transport transport,
    ByteBufAllocator allocator,
    List<Worker> workers,
    Supplier<Snapshot> snapshots,
    Function<String, HttpStats> stats,
    Function<String, TcpStats> tcpStats,
    Function<String, ListenerStats> listenerStats,
    Function<List<AccessLogConfig>, StreamLog> logs,
    Traces traces,
    UnaryOperator<InetSocketAddress> bind,
    long drainNanos,
    TlsWorld tls,
    Function<Channel, @Nullable InetSocketAddress> originalDestination,
    Handover handover) {
  /** Where streams are reported as spans, if they are. */
  @FunctionalInterface
  public interface Traces {
    /** The log with the reporting that the connection manager asks for. */
    StreamLog log(HttpConfig config, StreamLog log);
  }

  public ListenerWorld {
    workers = List.copyOf(workers);
  }
}

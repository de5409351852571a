package dev.layar.proxy.listener;

import dev.layar.proxy.config.AccessLogConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.net.Transport;
import dev.layar.proxy.stream.HttpStats;
import dev.layar.proxy.stream.StreamLog;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tcp.TcpStats;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What a workload's listeners share.
 *
 * @param workers one per event loop, in the order of their indexes
 * @param snapshots gives the workload's present snapshot
 * @param stats counters by stat prefix; the same prefix gives the same counters
 * @param tcpStats the same for TCP proxies
 * @param logs opens access logs
 * @param bind from a configured address to the one to bind
 * @param drainNanos how long connections may live on when their chain is going away
 */
public record ListenerWorld(
    Transport transport,
    ByteBufAllocator allocator,
    List<Worker> workers,
    Supplier<Snapshot> snapshots,
    Function<String, HttpStats> stats,
    Function<String, TcpStats> tcpStats,
    Function<List<AccessLogConfig>, StreamLog> logs,
    UnaryOperator<InetSocketAddress> bind,
    long drainNanos) {
  public ListenerWorld {
    workers = List.copyOf(workers);
  }
}

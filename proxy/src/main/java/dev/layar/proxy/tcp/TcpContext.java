package dev.layar.proxy.tcp;

import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.config.TcpProxyConfig;
import dev.layar.proxy.stream.StreamLog;
import java.util.function.Supplier;

/**
 * What all connections of one TCP filter chain share. Immutable; used by all event loops.
 *
 * @param snapshots gives the workload's present snapshot
 * @param bufferLimit {@code per_connection_buffer_limit_bytes} of the listener
 */
public record TcpContext(
    TcpProxyConfig config,
    TcpStats stats,
    StreamLog log,
    Supplier<Snapshot> snapshots,
    int bufferLimit) {}

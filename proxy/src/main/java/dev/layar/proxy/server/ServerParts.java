package dev.layar.proxy.server;

import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.Resolver;
import dev.layar.proxy.net.Transport;
import dev.layar.proxy.stream.Worker;
import io.netty.buffer.ByteBufAllocator;
import java.time.InstantSource;
import java.util.List;

/** What the workloads of one process share. */
record ServerParts(
    Transport transport,
    ByteBufAllocator allocator,
    List<Worker> workers,
    LogWriter logWriter,
    Ticker ticker,
    InstantSource wallClock,
    Resolver resolver,
    long seed,
    long drainNanos) {}

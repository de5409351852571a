package dev.layar.proxy.server;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.DnsResolver;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.NettyDialer;
import dev.layar.proxy.net.Transport;
import dev.layar.proxy.stream.Worker;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data plane of one process: N event loops and the workloads that they carry. Thread-safe;
 * several may live in one JVM.
 */
public final class ProxyServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
  private static final long TICK_MILLIS = 500;
  private static final int PAGE = 8192;
  private static final int CHUNK_ORDER = 5;
  private static final int SMALL_CACHE = 64;
  private static final int NORMAL_CACHE = 16;

  private final List<EventLoopGroup> groups;
  private final ServerParts parts;
  private final List<Workload> workloads = new CopyOnWriteArrayList<>();

  private final ScheduledExecutorService housekeeping =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("housekeeping").daemon().factory());

  private ProxyServer(List<EventLoopGroup> groups, ServerParts parts) {
    this.groups = groups;
    this.parts = parts;
    housekeeping.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, MILLISECONDS);
  }

  /** Outlier detection and DNS of every workload. */
  private void tick() {
    long now = parts.ticker().nanos();
    for (Workload workload : workloads) {
      try {
        workload.tick(now);
      } catch (RuntimeException e) {
        LOG.error("housekeeping of {} failed", workload.id(), e);
      }
    }
  }

  /** Starts the event loops. Nothing listens until a workload has a snapshot. */
  public static ProxyServer start(ProxyOptions options) {
    Transport transport = options.transport();
    ByteBufAllocator allocator = allocator(options.concurrency());
    List<EventLoopGroup> groups = new ArrayList<>();
    List<Worker> workers = new ArrayList<>();
    SplitMix64 seeds = new SplitMix64(options.seed());
    for (int i = 0; i < options.concurrency(); i++) {
      EventLoopGroup group =
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("loop-" + i, true), transport.ioHandler());
      groups.add(group);
      Loop loop = new Loop(i, group.next(), options.ticker(), seeds.next());
      workers.add(new Worker(loop, dialer(transport, allocator), options.wallClock()));
    }
    return new ProxyServer(
        List.copyOf(groups),
        new ServerParts(
            transport,
            allocator,
            List.copyOf(workers),
            new LogWriter(),
            options.ticker(),
            options.wallClock(),
            new DnsResolver(workers.getFirst().loop(), transport),
            options.seed(),
            options.drainTime().toNanos()));
  }

  /** Small chunks and caches: a sidecar has few connections and should be small. */
  private static ByteBufAllocator allocator(int loops) {
    return new PooledByteBufAllocator(
        true, 0, loops, PAGE, CHUNK_ORDER, SMALL_CACHE, NORMAL_CACHE, true);
  }

  private static Dialer dialer(Transport transport, ByteBufAllocator allocator) {
    return new NettyDialer(
        transport,
        allocator,
        new DnsAddressResolverGroup(
            transport.datagrams(), DnsServerAddressStreamProviders.platformDefault()));
  }

  /** Adds a workload; it listens once a snapshot is applied. */
  public Workload addWorkload(WorkloadOptions options) {
    Workload workload = new Workload(options, parts);
    workloads.add(workload);
    workload.identify();
    return workload;
  }

  /** Takes a workload out and cuts its connections; not for event loops. */
  public void removeWorkload(Workload workload) throws InterruptedException {
    workloads.remove(workload);
    workload.close();
  }

  public List<Workload> workloads() {
    return List.copyOf(workloads);
  }

  /** The event loops, in the order of their indexes. */
  List<Loop> loops() {
    return parts.workers().stream().map(Worker::loop).toList();
  }

  /** Number of event loops. */
  public int concurrency() {
    return parts.workers().size();
  }

  /** Bytes of direct memory that the allocator has given out and that are in use now. */
  long usedDirectMemory() {
    return parts.allocator() instanceof PooledByteBufAllocator pooled
        ? pooled.pinnedDirectMemory()
        : 0;
  }

  /** Stops accepting everywhere; what is under way ends on its own, up to the drain time. */
  public void drain() {
    workloads.forEach(Workload::drain);
  }

  /** Cuts everything and stops the event loops; not for event loops. */
  @Override
  public void close() throws InterruptedException {
    housekeeping.shutdownNow();
    for (Workload workload : workloads) {
      workload.close();
    }
    for (Worker worker : parts.workers()) {
      worker.loop().execute(worker::close);
    }
    for (EventLoopGroup group : groups) {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
    for (EventLoopGroup group : groups) {
      group.terminationFuture().await();
    }
    parts.workers().forEach(worker -> worker.loop().close());
    parts.logWriter().close();
  }
}

package dev.layar.proxy.ads;

import dev.layar.base.SplitMix64;
import dev.layar.xds.client.ClientSession;
import dev.layar.xds.client.DeltaClientSession;
import dev.layar.xds.client.ResourceSink;
import dev.layar.xds.client.SotwClientSession;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps one proxy's configuration up to date from an ADS server. Reconnects for as long as it is
 * open, with exponential back-off and jitter; while the server is away the sink keeps what it has.
 *
 * <p>Thread-safe. Everything, the sink included, runs on one virtual thread of its own, never on an
 * event loop.
 */
public final class AdsClient implements AutoCloseable {
  private static final long KEEP_ALIVE_SECONDS = 30;

  private final ManagedChannel channel;
  private final ScheduledExecutorService worker;
  private final StreamKeeper<?, ?> keeper;

  private AdsClient(
      ManagedChannel channel, ScheduledExecutorService worker, StreamKeeper<?, ?> keeper) {
    this.channel = channel;
    this.worker = worker;
    this.keeper = keeper;
  }

  /** Connects and returns at once; the sink is called when something arrives. */
  public static AdsClient start(AdsClientOptions options, ResourceSink sink) {
    ScheduledThreadPoolExecutor worker =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofVirtual().name("layar-ads").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(options.server())
            .usePlaintext()
            .executor(worker)
            .maxInboundMessageSize(options.maxMessageBytes())
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .disableRetry()
            .build();
    Backoff backoff =
        new Backoff(options.firstRetry(), options.maxRetry(), new SplitMix64(options.seed()));
    StreamKeeper<?, ?> keeper =
        switch (options.variant()) {
          case DELTA ->
              keeper(
                  channel,
                  new DeltaClientSession(options.node(), sink),
                  AggregatedDiscoveryServiceGrpc.newStub(channel)::deltaAggregatedResources,
                  backoff,
                  worker);
          case SOTW ->
              keeper(
                  channel,
                  new SotwClientSession(options.node(), sink),
                  AggregatedDiscoveryServiceGrpc.newStub(channel)::streamAggregatedResources,
                  backoff,
                  worker);
        };
    worker.execute(keeper::connect);
    return new AdsClient(channel, worker, keeper);
  }

  private static <Q, R> StreamKeeper<Q, R> keeper(
      ManagedChannel channel,
      ClientSession<Q, R> session,
      StreamKeeper.Opener<Q, R> opener,
      Backoff backoff,
      ScheduledExecutorService worker) {
    return new StreamKeeper<>(
        channel::resetConnectBackoff,
        session,
        opener,
        backoff,
        (delay, task) -> worker.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Tells the server what the sink wants by now; for wishes that no response caused. */
  public void refresh() {
    worker.execute(keeper::refresh);
  }

  public AdsStatus status() {
    return keeper.status();
  }

  /** Ends the stream and the connection. A call of the sink that is running ends by itself. */
  @Override
  public void close() {
    keeper.stop();
    channel.shutdownNow();
    worker.shutdown();
  }
}

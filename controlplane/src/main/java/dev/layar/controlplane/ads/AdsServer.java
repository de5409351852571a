package dev.layar.controlplane.ads;

import dev.layar.controlplane.ca.Callers;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves xDS over gRPC ({@code envoy.service.discovery.v3.AggregatedDiscoveryService}), both
 * variants. Thread-safe.
 *
 * <p>One push thread computes snapshots and offers them; requests run on virtual threads, one
 * callback at a time a stream. A change that arrives while nothing is being pushed is pushed at
 * once; changes that arrive during a push are pushed together after it.
 */
public final class AdsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdsServer.class);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
  private static final Duration CLOSE_GRACE = Duration.ofMillis(500);
  private static final int MAX_METADATA_BYTES = 16 << 10;

  /**
   * A proxy needs one stream and a certificate now and then; many proxies may share a connection.
   */
  private static final int MAX_CALLS_PER_CONNECTION = 1_000;

  private final AdsServerOptions options;
  private final SnapshotSource source;
  private final AdsCounters counters = new AdsCounters();
  private final Set<Connection<?, ?>> connections = ConcurrentHashMap.newKeySet();
  private final ConvergenceTimes convergence = new ConvergenceTimes();
  private final AtomicLong numbers = new AtomicLong();

  /** When the oldest change that no push has begun for became known. */
  private volatile long changedAt;

  private final AtomicInteger streams = new AtomicInteger();
  private final AtomicBoolean pushPending = new AtomicBoolean();
  private final ScheduledThreadPoolExecutor pusher;

  /** Holds no thread while idle, and is not shut down: gRPC may still report ends of streams. */
  private final ExecutorService callbacks = Executors.newVirtualThreadPerTaskExecutor();

  private final List<Runnable> settledListeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock settledLock = new ReentrantLock();
  private final Condition settledChanged = settledLock.newCondition();

  /** How many threads wait for proxies. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** One a port, the plain one first. */
  private final List<Server> servers = new CopyOnWriteArrayList<>();

  /** The plain port's; written before the server is handed out. */
  private volatile InetSocketAddress address;

  /**
   * Starts listening, without encryption: the address should be loopback.
   *
   * @throws IOException when the address cannot be bound
   */
  public static AdsServer start(AdsServerOptions options, SnapshotSource source)
      throws IOException {
    return start(options, source, List.of());
  }

  /**
   * Starts listening, without encryption, and serves other services there too.
   *
   * @throws IOException when the address cannot be bound
   */
  public static AdsServer start(
      AdsServerOptions options, SnapshotSource source, List<ServerServiceDefinition> also)
      throws IOException {
    AdsServer server = new AdsServer(options, source);
    try {
      server.address = server.listen(options.address(), InsecureServerCredentials.create(), also);
    } catch (IOException refused) {
      server.close();
      throw refused;
    }
    return server;
  }

  /**
   * Listens on one more port. What a proxy may have depends on who it proves to be there.
   *
   * @param also other services on that port
   * @return where, with the real port
   * @throws IOException when the address cannot be bound
   */
  public InetSocketAddress listen(
      InetSocketAddress at, ServerCredentials credentials, List<ServerServiceDefinition> also)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(at, credentials)
            .executor(callbacks)
            .maxInboundMessageSize(options.maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .addService(ServerInterceptors.intercept(new Service(), new Callers()));
    also.forEach(builder::addService);
    Server server = builder.build().start();
    servers.add(server);
    return new InetSocketAddress(at.getAddress(), server.getPort());
  }

  private AdsServer(AdsServerOptions options, SnapshotSource source) {
    this.options = options;
    this.source = source;
    this.address = options.address();
    this.pusher =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("layar-push").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    pusher.setRemoveOnCancelPolicy(true);
  }

  /** Where the server listens, with the real port. */
  public InetSocketAddress address() {
    return address;
  }

  /** The source has something newer; every proxy is brought to it. Returns at once. */
  public void changed() {
    if (pushPending.compareAndSet(false, true)) {
      changedAt = options.ticker().nanos();
      pusher.execute(this::pushAll);
    }
  }

  /** Every identified proxy, by id. */
  public List<ProxySync> syncStatus() {
    return connections.stream()
        .filter(connection -> connection.client() != null)
        .map(Connection::sync)
        .sorted(Comparator.comparing(ProxySync::proxy))
        .toList();
  }

  /** Every identified proxy's streams, by the proxy's id. */
  public List<ConnectedProxy> proxies() {
    return connections.stream()
        .filter(connection -> connection.client() != null)
        .map(Connection::view)
        .sorted(Comparator.comparing(proxy -> proxy.sync().proxy()))
        .toList();
  }

  /** The connected proxy of that id. */
  public Optional<SnapshotSource.Client> client(String id) {
    for (Connection<?, ?> connection : connections) {
      SnapshotSource.Client client = connection.client();
      if (client != null && client.id().equals(id)) {
        return Optional.of(client);
      }
    }
    return Optional.empty();
  }

  /** How long changes took until proxies had acknowledged them. */
  public ConvergenceTimes.Histogram convergenceTimes() {
    return convergence.histogram();
  }

  /** Totals since the start. */
  public AdsCounters.Totals totals() {
    return counters.totals();
  }

  /**
   * Waits until every proxy that is connected has answered everything up to a revision, with an
   * acceptance or a refusal.
   *
   * @throws InterruptedException when the waiting thread is interrupted
   */
  public SyncResult awaitSettled(long revision, Duration atMost) throws InterruptedException {
    long rest = atMost.toNanos();
    settledLock.lock();
    waiting.incrementAndGet();
    try {
      Connection<?, ?> laggard = laggard(revision, null);
      while (laggard != null && rest > 0) {
        rest = settledChanged.awaitNanos(rest);
        laggard = laggard(revision, laggard);
      }
    } finally {
      waiting.decrementAndGet();
      settledLock.unlock();
    }
    return result(revision);
  }

  /**
   * Calls a listener whenever some proxy has answered all that it was sent, or is gone; it must
   * return at once.
   *
   * @return ends the calls when run
   */
  public Runnable onSettled(Runnable listener) {
    settledListeners.add(listener);
    return () -> settledListeners.remove(listener);
  }

  /** Ends every stream with UNAVAILABLE and stops listening. */
  @Override
  public void close() {
    servers.forEach(Server::shutdown);
    connections.forEach(
        connection -> connection.close(Status.UNAVAILABLE.withDescription("shutting down")));
    pusher.shutdownNow();
    try {
      for (Server server : servers) {
        if (!server.awaitTermination(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
          server.shutdownNow();
          server.awaitTermination(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException stop) {
      servers.forEach(Server::shutdownNow);
      Thread.currentThread().interrupt();
    }
  }

  AdsServerOptions options() {
    return options;
  }

  SnapshotSource source() {
    return source;
  }

  ConvergenceTimes convergence() {
    return convergence;
  }

  AdsCounters counters() {
    return counters;
  }

  /** A proxy said who it is; it gets its first snapshot without waiting for a change. */
  void identified(Connection<?, ?> connection) {
    pusher.execute(
        () -> {
          if (push(connection, options.ticker().nanos())) {
            settled();
          }
        });
  }

  void ended(Connection<?, ?> connection) {
    if (connections.remove(connection)) {
      streams.decrementAndGet();
      settled();
    }
  }

  /** Some proxy's settled revision changed. */
  void settled() {
    settledListeners.forEach(Runnable::run);
    if (waiting.get() == 0) {
      return;
    }
    settledLock.lock();
    try {
      settledChanged.signalAll();
    } finally {
      settledLock.unlock();
    }
  }

  void later(Runnable task, Duration delay) {
    pusher.schedule(() -> callbacks.execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void pushAll() {
    long since = changedAt;
    pushPending.set(false);
    counters.pushes.increment();
    boolean settled = false;
    for (Connection<?, ?> connection : connections) {
      settled |= push(connection, since);
    }
    if (settled) {
      settled();
    }
  }

  /**
   * A snapshot that cannot be computed is a bug; it must not keep other proxies from theirs.
   *
   * @return whether the proxy's settled revision changed
   */
  private boolean push(Connection<?, ?> connection, long since) {
    SnapshotSource.Client client = connection.client();
    if (client == null) {
      return false;
    }
    try {
      return connection.offer(client.snapshot(), since);
    } catch (RuntimeException bug) {
      counters.failedPushes.increment();
      LOG.error("no configuration could be pushed to {}", client.id(), bug);
      return false;
    }
  }

  /** Some proxy that has not answered a revision, the suspect before others; null for none. */
  private @Nullable Connection<?, ?> laggard(long revision, @Nullable Connection<?, ?> suspect) {
    if (suspect != null && connections.contains(suspect) && suspect.isBehind(revision)) {
      return suspect;
    }
    for (Connection<?, ?> connection : connections) {
      if (connection.isBehind(revision)) {
        return connection;
      }
    }
    return null;
  }

  private SyncResult result(long revision) {
    List<ProxySync> behind = new ArrayList<>();
    List<ProxySync> refused = new ArrayList<>();
    for (ProxySync sync : syncStatus()) {
      if (sync.settledRevision() < revision) {
        behind.add(sync);
      } else if (sync.refused()) {
        refused.add(sync);
      }
    }
    return new SyncResult(behind, refused);
  }

  private <Q, R> StreamObserver<Q> open(Variant<Q, R> variant, StreamObserver<R> responses) {
    ServerCallStreamObserver<R> call = (ServerCallStreamObserver<R>) responses;
    if (streams.incrementAndGet() > options.maxStreams()) {
      streams.decrementAndGet();
      counters.refusedStreams.increment();
      call.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("all " + options.maxStreams() + " streams are taken")
              .asRuntimeException());
      return new Ignored<>();
    }
    counters.streams.increment();
    Connection<Q, R> connection =
        new Connection<>(this, variant, call, Callers.current(), numbers.incrementAndGet());
    connections.add(connection);
    connection.open();
    return connection;
  }

  private final class Service
      extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(
        StreamObserver<DiscoveryResponse> responses) {
      return open(Variant.SOTW, responses);
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
        StreamObserver<DeltaDiscoveryResponse> responses) {
      return open(Variant.DELTA, responses);
    }
  }

  /** The requests of a stream that was refused. */
  private static final class Ignored<Q> implements StreamObserver<Q> {
    @Override
    public void onNext(Q request) {}

    @Override
    public void onError(Throwable ended) {}

    @Override
    public void onCompleted() {}
  }
}

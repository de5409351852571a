package dev.layar.proxy.listener;

import dev.layar.proxy.config.ConnectionFacts;
import dev.layar.proxy.config.FilterChain;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.ListenerConfig;
import dev.layar.proxy.config.TcpProxyConfig;
import dev.layar.proxy.net.Listening;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.stream.Arrival;
import dev.layar.proxy.stream.ConnectionSet;
import dev.layar.proxy.stream.HttpContext;
import dev.layar.proxy.stream.StreamLog;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tcp.TcpContext;
import dev.layar.proxy.tls.ServerTls;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener that is bound. Its chains are replaced as one; connections of a chain that is still
 * there go on untouched, those of one that is gone or changed drain (Envoy: in-place filter chain
 * update). Changed by the configuration thread, read by all event loops.
 */
public final class ActiveListener {
  /** Replaced as one. */
  private record State(ListenerConfig config, List<ChainState> chains, StreamLog log) {}

  private final ListenerWorld world;
  private final ListenerStats stats;
  private volatile State state;
  private @Nullable Listening listening;

  public ActiveListener(ListenerConfig config, ListenerWorld world) {
    this.world = world;
    this.state =
        new State(config, chains(config, List.of()), world.logs().apply(config.accessLogs()));
    this.stats = world.listenerStats().apply(config.statPrefix());
  }

  /**
   * Binds; not for event loops.
   *
   * @throws IOException when the address cannot be had
   */
  public void bind() throws IOException {
    ListenerConfig config = state.config();
    InetSocketAddress wanted =
        world
            .bind()
            .apply(new InetSocketAddress(InetAddress.getByName(config.host()), config.port()));
    List<Loop> loops = world.workers().stream().map(Worker::loop).toList();
    listening = Listening.bind(world.transport(), loops, world.allocator(), wanted, this::handler);
  }

  /** Takes over a new version whose socket is the same. */
  public void update(ListenerConfig next) {
    State before = state;
    List<ChainState> chains = chains(next, before.chains());
    state = new State(next, chains, world.logs().apply(next.accessLogs()));
    for (ChainState chain : before.chains()) {
      if (!chains.contains(chain)) {
        drain(chain);
      }
    }
  }

  public ListenerConfig config() {
    return state.config();
  }

  /** Where it listens; null while it does not. */
  public @Nullable InetSocketAddress address() {
    Listening open = listening;
    return open == null ? null : open.address();
  }

  /** The contexts of its HTTP chains. */
  public List<HttpContext> contexts() {
    List<HttpContext> contexts = new ArrayList<>();
    for (ChainState chain : state.chains()) {
      if (chain.terminal() instanceof Terminal.Http http) {
        contexts.add(http.context());
      }
    }
    return contexts;
  }

  /** Stops accepting and lets the connections drain; not for event loops. */
  public void close() {
    Listening open = listening;
    if (open != null) {
      listening = null;
      open.close();
    }
    state.chains().forEach(this::drain);
  }

  /** Closes all connections at once. */
  public void cut() {
    for (ChainState chain : state.chains()) {
      everyLoop(chain, (worker, connections) -> connections.cut());
    }
  }

  // ---- chains

  private List<ChainState> chains(ListenerConfig config, List<ChainState> before) {
    List<FilterChain> wanted = new ArrayList<>(config.chains());
    FilterChain fallback = config.defaultChain();
    if (fallback != null) {
      wanted.add(fallback);
    }
    List<ChainState> states = new ArrayList<>();
    for (FilterChain chain : wanted) {
      states.add(same(chain, before, config));
    }
    return states;
  }

  private ChainState same(FilterChain chain, List<ChainState> before, ListenerConfig config) {
    for (ChainState old : before) {
      if (old.chain().equals(chain)) {
        return old;
      }
    }
    List<ConnectionSet> connections =
        world.workers().stream().map(worker -> new ConnectionSet()).toList();
    ServerTls tls =
        chain.tls() == null
            ? null
            : new ServerTls(chain.tls(), world.tls().secrets(), world.tls().clock());
    return new ChainState(chain, terminal(chain, config), tls, connections);
  }

  private Terminal terminal(FilterChain chain, ListenerConfig config) {
    int bufferLimit = config.perConnectionBufferLimitBytes();
    return switch (chain.handler()) {
      case HttpConfig http ->
          new Terminal.Http(
              new HttpContext(
                  http,
                  Chain.http(http),
                  world.stats().apply(http.statPrefix()),
                  world.traces().log(http, world.logs().apply(http.accessLogs())),
                  world.snapshots(),
                  bufferLimit));
      case TcpProxyConfig tcp ->
          new Terminal.Tcp(
              new TcpContext(
                  tcp,
                  world.tcpStats().apply(tcp.statPrefix()),
                  world.logs().apply(tcp.accessLogs()),
                  world.snapshots(),
                  bufferLimit));
    };
  }

  private void drain(ChainState chain) {
    chain.draining();
    everyLoop(
        chain,
        (worker, connections) -> {
          connections.drain();
          if (connections.size() > 0) {
            Timer last = new Timer(connections::cut);
            worker.loop().arm(last, worker.loop().now() + world.drainNanos());
          }
        });
  }

  /** What is done to one loop's connections, on that loop. */
  @FunctionalInterface
  private interface PerLoop {
    void accept(Worker worker, ConnectionSet connections);
  }

  private void everyLoop(ChainState chain, PerLoop action) {
    for (int i = 0; i < world.workers().size(); i++) {
      Worker worker = world.workers().get(i);
      ConnectionSet connections = chain.connections().get(i);
      worker
          .loop()
          .execute(
              () -> {
                action.accept(worker, connections);
                worker.loop().endTurn();
              });
    }
  }

  // ---- connections

  /** Plain connections that nothing looks at go to their chain at once. */
  private ChannelHandler handler(Loop loop, Channel connection) {
    count(loop.index(), connection);
    Worker worker = world.workers().get(loop.index());
    if (state.config().filters().isEmpty()) {
      ChainState chain = choose(facts(connection));
      if (chain != null && chain.tls() == null) {
        return chain.handler(worker, Arrival.of(connection));
      }
    }
    return new Entrance(worker, this);
  }

  /** Counts a connection until it closes. */
  void count(int loop, Channel connection) {
    stats.increment(loop, ListenerStats.CX_TOTAL);
    stats.increment(loop, ListenerStats.CX_ACTIVE);
    connection
        .closeFuture()
        .addListener(
            closed -> {
              stats.add(loop, ListenerStats.CX_ACTIVE, -1);
              stats.increment(loop, ListenerStats.CX_DESTROY);
            });
  }

  /** The chain that takes a connection; null when none does. */
  @Nullable ChainState choose(ConnectionFacts facts) {
    State now = state;
    FilterChain chain = now.config().chain(facts);
    for (ChainState candidate : now.chains()) {
      if (chain != null && candidate.chain().equals(chain)) {
        return candidate;
      }
    }
    return null;
  }

  ListenerWorld world() {
    return world;
  }

  ListenerStats stats() {
    return stats;
  }

  StreamLog log() {
    return state.log();
  }

  private static ConnectionFacts facts(Channel connection) {
    InetSocketAddress local = (InetSocketAddress) connection.localAddress();
    InetSocketAddress remote = (InetSocketAddress) connection.remoteAddress();
    return new ConnectionFacts(
        local.getAddress(),
        local.getPort(),
        "",
        "raw_buffer",
        List.of(),
        remote.getAddress(),
        remote.getPort(),
        remote.getAddress());
  }
}

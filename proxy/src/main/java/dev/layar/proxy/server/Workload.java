package dev.layar.proxy.server;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.SplitMix64;
import dev.layar.proxy.ads.IdentityClient;
import dev.layar.proxy.ads.IdentityOptions;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.proxy.config.AccessLogConfig;
import dev.layar.proxy.config.ConfigStore;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.ListenerConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.listener.ActiveListener;
import dev.layar.proxy.listener.Chain;
import dev.layar.proxy.listener.ListenerStats;
import dev.layar.proxy.listener.ListenerWorld;
import dev.layar.proxy.listener.TlsWorld;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.stream.HealthProber;
import dev.layar.proxy.stream.HttpContext;
import dev.layar.proxy.stream.HttpPost;
import dev.layar.proxy.stream.HttpStats;
import dev.layar.proxy.stream.StreamLog;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tcp.TcpStats;
import dev.layar.proxy.tls.SecretStore;
import dev.layar.telemetry.MetricRegistry;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One identity's traffic in this process: its snapshot, listeners, counters and logs. {@link
 * #apply} is called by the configuration thread; event loops read {@link #snapshot} once a request.
 */
public final class Workload {
  private static final Logger LOG = LoggerFactory.getLogger(Workload.class);

  private static final InetAddress ANY = InetAddress.ofLiteral("0.0.0.0");
  private static final InetAddress ANY6 = InetAddress.ofLiteral("::");

  private final WorkloadOptions options;
  private final List<Loop> loops;
  private final List<Worker> workers;
  private final LogWriter logWriter;
  private final InstantSource wallClock;
  private final ListenerWorld world;
  private final MetricRegistry metrics = new MetricRegistry();
  private final Map<String, ActiveListener> listeners = new LinkedHashMap<>();
  private final Map<String, HttpStats> stats = new LinkedHashMap<>();
  private final Map<String, TcpStats> tcpStats = new LinkedHashMap<>();
  private final Map<String, ListenerStats> listenerStats = new LinkedHashMap<>();
  private final Map<String, AccessLog> logs = new LinkedHashMap<>();
  private final Map<String, Finding> problems = new TreeMap<>();
  private final List<Runnable> waiting = new ArrayList<>();
  private final SecretStore secrets = new SecretStore();
  private final ConfigStore config;
  private final HttpPost.World posts = new HttpPost.World(this::snapshot);
  private volatile Snapshot snapshot = Snapshot.EMPTY;
  private volatile boolean ready;
  private volatile Map<InetSocketAddress, ActiveListener> byAddress = Map.of();
  private @Nullable IdentityClient identity;
  private boolean closed;

  Workload(WorkloadOptions options, ServerParts parts) {
    this.options = options;
    this.workers = parts.workers();
    this.loops = workers.stream().map(Worker::loop).toList();
    this.logWriter = parts.logWriter();
    this.wallClock = parts.wallClock();
    this.world =
        new ListenerWorld(
            parts.transport(),
            parts.allocator(),
            workers,
            this::snapshot,
            this::statsOf,
            this::tcpStatsOf,
            this::listenerStatsOf,
            this::logOf,
            this::traced,
            options.bind(),
            parts.drainNanos(),
            new TlsWorld(secrets, parts.wallClock()),
            options.originalDestination(),
            this::listenerOf);
    this.config =
        new ConfigStore(
            new ClusterSet.World(
                loops.size(),
                parts.ticker(),
                new SplitMix64(parts.seed()),
                parts.resolver(),
                metrics,
                options.istioLabels(),
                secrets,
                parts.wallClock(),
                options.localZone(),
                new HealthProber(workers)),
            this::apply);
    metrics.counter("tracing.zipkin.spans_sent", posts::sent);
    metrics.counter("tracing.zipkin.spans_dropped", posts::dropped);
    metrics.counter("tracing.zipkin.spans_failed", posts::failed);
  }

  /** Starts to get its certificate, when it is to. */
  void identify() {
    IdentityOptions who = options.identity();
    if (who != null) {
      config.localSecrets(IdentityClient.names());
      identity = IdentityClient.start(who, config::localSecret, wallClock);
    }
  }

  public String id() {
    return options.id();
  }

  /** What requests that begin now go by. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** The configuration: what was received, what of it is in effect, and what was refused. */
  public ConfigStore config() {
    return config;
  }

  /**
   * What an xDS client feeds. A listener that cannot be bound is refused and logged here, so that
   * whoever sent it is told; whoever applies a snapshot asks for {@link #problems}.
   */
  public ResourceSink sink() {
    return new ResourceSink() {
      @Override
      public List<Rejection> update(
          ResourceType type, List<XdsResource> changed, Set<String> removed) {
        List<Rejection> rejections = new ArrayList<>(config.update(type, changed, removed));
        if (type == ResourceType.LISTENER) {
          rejections.addAll(unbound(changed));
        }
        return rejections;
      }

      @Override
      public Set<String> wanted(ResourceType type) {
        return config.wanted(type);
      }
    };
  }

  /** Runs once when the first snapshot is in use and all its listeners are bound. On any thread. */
  public void whenReady(Runnable action) {
    boolean now;
    synchronized (this) {
      now = ready;
      if (!now) {
        waiting.add(action);
      }
    }
    if (now) {
      action.run();
    }
  }

  /** The listeners that could not be bound, and why. */
  public synchronized List<Finding> problems() {
    return List.copyOf(problems.values());
  }

  private synchronized List<Rejection> unbound(List<XdsResource> changed) {
    List<Rejection> rejections = new ArrayList<>();
    for (XdsResource resource : changed) {
      Finding problem = problems.get(resource.name());
      if (problem != null) {
        LOG.warn("{}", problem.line());
        rejections.add(new Rejection(resource.name(), List.of(problem)));
      }
    }
    return rejections;
  }

  /** Every counter of this workload. */
  public MetricRegistry metrics() {
    return metrics;
  }

  /** Whether a snapshot with listeners is in use and all of them are bound. */
  public boolean ready() {
    return ready;
  }

  /** Number of event loops that count. */
  public int loops() {
    return loops.size();
  }

  /**
   * Takes a snapshot into use: one write for routes and clusters, then the listeners. Requests
   * under way end on the snapshot that they began with. Blocks while ports are bound; not for event
   * loops.
   */
  public void apply(Snapshot next) {
    List<Runnable> due;
    synchronized (this) {
      if (closed) {
        return;
      }
      snapshot = next;
      dropListeners(next);
      problems.clear();
      for (ListenerConfig wanted : next.listeners().values()) {
        listen(wanted);
      }
      byAddress = byAddress();
      ready = problems.isEmpty() && !listeners.isEmpty();
      due = ready ? List.copyOf(waiting) : List.of();
      waiting.removeAll(due);
    }
    for (Worker worker : workers) {
      worker.loop().execute(worker::dropRemoved);
    }
    due.forEach(Runnable::run);
  }

  void tick(long nowNanos) {
    config.tick(nowNanos);
  }

  /** Where the listeners of the snapshot listen, by name. */
  public synchronized Map<String, InetSocketAddress> addresses() {
    Map<String, InetSocketAddress> addresses = new TreeMap<>();
    listeners.forEach(
        (name, listener) -> {
          InetSocketAddress address = listener.address();
          if (address != null) {
            addresses.put(name, address);
          }
        });
    return addresses;
  }

  /** The request chains of the listeners, for people. */
  public synchronized String chains() {
    StringBuilder out = new StringBuilder(1024);
    listeners.forEach(
        (name, listener) -> {
          for (HttpContext context : listener.contexts()) {
            out.append("listener ").append(name).append('\n');
            out.append(Chain.print(context.layerList())).append('\n');
          }
        });
    return out.toString();
  }

  /** Writes out what is buffered of the access logs; not for event loops. */
  public void flushLogs() throws InterruptedException {
    List<AccessLog> open;
    synchronized (this) {
      open = List.copyOf(logs.values());
    }
    for (Loop loop : loops) {
      loop.eventLoop()
          .submit(() -> open.forEach(log -> log.flush(loop.index())))
          .awaitUninterruptibly();
    }
    logWriter.drain();
  }

  /** Stops accepting; what is under way ends on its own, up to the drain time. */
  public synchronized void drain() {
    ready = false;
    listeners.values().forEach(ActiveListener::close);
  }

  /** Stops accepting and cuts every connection; not for event loops. */
  public void close() throws InterruptedException {
    IdentityClient client = identity;
    if (client != null) {
      client.close();
    }
    synchronized (this) {
      closed = true;
      ready = false;
      for (ActiveListener listener : listeners.values()) {
        listener.close();
        listener.cut();
      }
    }
    config.close();
    flushLogs();
    synchronized (this) {
      listeners.clear();
      logs.values().forEach(Workload::close);
      logs.clear();
    }
  }

  private static void close(AccessLog log) {
    try {
      log.sink().close();
    } catch (IOException e) {
      LOG.warn("cannot close an access log: {}", e.getMessage());
    }
  }

  // ---- listeners

  private void dropListeners(Snapshot next) {
    Iterator<Map.Entry<String, ActiveListener>> all = listeners.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<String, ActiveListener> entry = all.next();
      ListenerConfig config = next.listeners().get(entry.getKey());
      if (config == null || !config.sameSocket(entry.getValue().config())) {
        entry.getValue().close();
        all.remove();
      }
    }
  }

  private void listen(ListenerConfig wanted) {
    ActiveListener present = listeners.get(wanted.name());
    if (present != null) {
      if (present.config() != wanted) {
        present.update(wanted);
      }
      return;
    }
    ActiveListener fresh = new ActiveListener(wanted, world);
    try {
      if (wanted.bindToPort()) {
        fresh.bind();
      }
      listeners.put(wanted.name(), fresh);
    } catch (IOException e) {
      problems.put(wanted.name(), unbound(wanted, e));
    }
  }

  /** By configured address; what redirected connections are handed to. */
  private Map<InetSocketAddress, ActiveListener> byAddress() {
    Map<InetSocketAddress, ActiveListener> all = new HashMap<>();
    for (ActiveListener listener : listeners.values()) {
      ListenerConfig config = listener.config();
      all.put(new InetSocketAddress(InetAddress.ofLiteral(config.host()), config.port()), listener);
    }
    return Map.copyOf(all);
  }

  private @Nullable ActiveListener listenerOf(InetSocketAddress destination) {
    Map<InetSocketAddress, ActiveListener> all = byAddress;
    ActiveListener exact = all.get(destination);
    if (exact != null) {
      return exact;
    }
    ActiveListener any = all.get(new InetSocketAddress(ANY, destination.getPort()));
    return any != null ? any : all.get(new InetSocketAddress(ANY6, destination.getPort()));
  }

  private static Finding unbound(ListenerConfig config, IOException e) {
    String where = config.host() + ":" + config.port();
    return Finding.error(
        "LYR5001",
        Location.UNKNOWN,
        "listener " + config.name(),
        "cannot listen on "
            + where
            + " ("
            + e.getMessage()
            + "): stop what holds the port, or give the listener another",
        where,
        "");
  }

  // ---- what listeners share

  private HttpStats statsOf(String prefix) {
    return stats.computeIfAbsent(
        prefix,
        name -> {
          HttpStats fresh = new HttpStats(name, loops.size());
          metrics.add(fresh);
          return fresh;
        });
  }

  private ListenerStats listenerStatsOf(String name) {
    return listenerStats.computeIfAbsent(
        name,
        key -> {
          ListenerStats fresh = new ListenerStats(key, loops.size());
          metrics.add(fresh);
          return fresh;
        });
  }

  private TcpStats tcpStatsOf(String prefix) {
    return tcpStats.computeIfAbsent(
        prefix,
        name -> {
          TcpStats fresh = new TcpStats(name, loops.size());
          metrics.add(fresh);
          return fresh;
        });
  }

  /** One log for all configurations of a path, so that their lines never tear. */
  private StreamLog traced(HttpConfig http, StreamLog log) {
    if (http.tracing() == null) {
      return log;
    }
    StreamLog spans = new ZipkinReporter(http.tracing(), options.id(), workers, posts);
    return (loop, info) -> {
      log.ended(loop, info);
      spans.ended(loop, info);
    };
  }

  private StreamLog logOf(List<AccessLogConfig> configs) {
    List<AccessLog> files = new ArrayList<>();
    List<AccessLogConfig> usable = new ArrayList<>();
    for (AccessLogConfig config : configs) {
      AccessLog log = logs.get(config.path());
      if (log == null) {
        log = open(config.path());
      }
      if (log != null) {
        files.add(log);
        usable.add(config);
      }
    }
    AccessLog[] to = files.toArray(AccessLog[]::new);
    AccessLogConfig[] by = usable.toArray(AccessLogConfig[]::new);
    return (loop, info) -> append(loop, info, to, by);
  }

  private static void append(
      int loop, StreamInfo info, AccessLog[] logs, AccessLogConfig[] configs) {
    for (int i = 0; i < logs.length; i++) {
      if (configs[i].filter().admits(info)) {
        logs[i].append(loop, configs[i], info);
      }
    }
  }

  private @Nullable AccessLog open(String path) {
    try {
      AccessLog log = new AccessLog(logWriter, options.logs().open(path), loops);
      logs.put(path, log);
      return log;
    } catch (IOException e) {
      LOG.warn("cannot open the access log {}: {}", path, e.getMessage());
      return null;
    }
  }
}

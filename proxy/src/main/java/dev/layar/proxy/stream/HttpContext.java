package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.filter.Layer;
import java.util.List;
import java.util.function.Supplier;

/**
 * What all connections of one HTTP filter chain share. Immutable but for {@link #drain()}; used by
 * all event loops.
 */
public final class HttpContext {
  private final HttpConfig config;
  private final Layer[] layers;
  private final HttpStats stats;
  private final StreamLog log;
  private final Supplier<Snapshot> snapshots;
  private final int bufferLimit;
  private final Limits limits;
  private volatile boolean draining;

  /**
   * @param snapshots gives the workload's present snapshot
   * @param bufferLimit {@code per_connection_buffer_limit_bytes} of the listener
   */
  public HttpContext(
      HttpConfig config,
      List<Layer> layers,
      HttpStats stats,
      StreamLog log,
      Supplier<Snapshot> snapshots,
      int bufferLimit) {
    this.config = config;
    this.layers = layers.toArray(Layer[]::new);
    this.stats = stats;
    this.log = log;
    this.snapshots = snapshots;
    this.bufferLimit = bufferLimit;
    this.limits =
        new Limits(
            config.maxRequestHeadersBytes(),
            config.maxRequestHeaders(),
            Limits.REQUEST.chunkLineBytes());
  }

  /** From now on every response asks its client to close: the listener or chain is going away. */
  public void drain() {
    draining = true;
  }

  public boolean draining() {
    return draining;
  }

  public HttpConfig config() {
    return config;
  }

  /** The chain as it is shown to people. */
  public List<Layer> layerList() {
    return List.of(layers);
  }

  Layer[] layers() {
    return layers;
  }

  public HttpStats stats() {
    return stats;
  }

  StreamLog log() {
    return log;
  }

  Snapshot snapshot() {
    return snapshots.get();
  }

  int bufferLimit() {
    return bufferLimit;
  }

  Limits limits() {
    return limits;
  }
}

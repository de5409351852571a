package dev.layar.proxy.server;

import dev.layar.base.Ticker;
import dev.layar.proxy.net.Transport;
import java.time.Duration;
import java.time.InstantSource;

/**
 * What a proxy process is started with.
 *
 * @param concurrency number of event loops
 * @param transport how bytes get in and out
 * @param seed of everything that is random
 * @param drainTime how long connections of a listener that is going away may live on (Istio: 45 s)
 */
public record ProxyOptions(
    int concurrency,
    Transport transport,
    Ticker ticker,
    InstantSource wallClock,
    long seed,
    Duration drainTime) {
  public ProxyOptions {
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency is at least 1, was " + concurrency);
    }
  }

  /** The machine's clocks and best transport. */
  public static ProxyOptions of(int concurrency) {
    return new ProxyOptions(
        concurrency,
        Transport.choose("auto"),
        Ticker.system(),
        InstantSource.system(),
        System.nanoTime() ^ ProcessHandle.current().pid() << 32,
        Duration.ofSeconds(45));
  }

  public ProxyOptions withTransport(Transport other) {
    return new ProxyOptions(concurrency, other, ticker, wallClock, seed, drainTime);
  }
}

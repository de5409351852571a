package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.codec.http2.Http2Session;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import io.netty.util.collection.IntObjectHashMap;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/**
 * What one event loop keeps for its exchanges: pools of upstream connections, exchanges to reuse,
 * the wall clock and the Date header. Event-loop confined.
 */
public final class Worker {
  private static final int MAX_NAMED = 1024;
  private static final int SPARE_EXCHANGES = 1024;
  private static final long SECOND_MILLIS = 1000;
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** A pool whose server name comes from requests. */
  private record Named(int pool, String serverName) {}

  private final Loop loop;
  private final Dialer dialer;
  private final InstantSource wallClock;
  private final ArrayDeque<Exchange> spare = new ArrayDeque<>();
  private final IntObjectHashMap<HostPool> pools = new IntObjectHashMap<>();
  private final Map<Named, HostPool> named = new HashMap<>();
  private final byte[] frameScratch = new byte[Http2Session.SCRATCH];
  private byte[] date = new byte[0];
  private long dateSecond = -1;
  private long nextConnectionId;

  public Worker(Loop loop, Dialer dialer, InstantSource wallClock) {
    this.loop = loop;
    this.dialer = dialer;
    this.wallClock = wallClock;
    this.nextConnectionId = (long) loop.index() << 48;
  }

  public Loop loop() {
    return loop;
  }

  /** Milliseconds since 1970. */
  public long epochMillis() {
    return wallClock.millis();
  }

  /** The Date header's value (RFC 9110 §6.6.1). Shared: not to be changed. */
  public byte[] date() {
    long millis = wallClock.millis();
    long second = millis / SECOND_MILLIS;
    if (second != dateSecond) {
      dateSecond = second;
      date = Ascii.bytes(HTTP_DATE.format(Instant.ofEpochMilli(millis)));
    }
    return date;
  }

  /** Space that all HTTP/2 sessions of this loop read frames into, one at a time. */
  byte[] frameScratch() {
    return frameScratch;
  }

  /** What this loop's upstream connections are opened with. */
  public Dialer dialer() {
    return dialer;
  }

  /** The next number that identifies a client's connection in logs. */
  public long newConnectionId() {
    return ++nextConnectionId;
  }

  /** The pool of this loop to an endpoint; made when it is not there. */
  HostPool pool(Cluster cluster, Endpoint endpoint, HostPool.Kind kind) {
    int key = endpoint.id() * HostPool.KINDS + kind.ordinal();
    HostPool pool = pools.get(key);
    if (pool == null) {
      pool = newPool(cluster, endpoint, kind);
      pools.put(key, pool);
    }
    return pool;
  }

  private HostPool newPool(Cluster cluster, Endpoint endpoint, HostPool.Kind kind) {
    return switch (kind) {
      case HTTP1 -> new Http1Pool(loop, dialer, cluster, endpoint);
      case HTTP2 -> new Http2Pool(loop, dialer, cluster, endpoint, frameScratch);
      case TUNNEL -> new TunnelPool(loop, dialer, cluster, endpoint);
    };
  }

  /**
   * The pool for connections that ask for this server name ({@code auto_sni}).
   *
   * @param serverName empty for the cluster's own
   */
  HostPool pool(Cluster cluster, Endpoint endpoint, HostPool.Kind kind, String serverName) {
    if (serverName.isEmpty()) {
      return pool(cluster, endpoint, kind);
    }
    Named key = new Named(endpoint.id() * HostPool.KINDS + kind.ordinal(), serverName);
    HostPool pool = named.get(key);
    if (pool == null) {
      if (named.size() >= MAX_NAMED) {
        named.values().forEach(HostPool::drain);
        named.values().removeIf(HostPool::empty);
      }
      pool = newPool(cluster, endpoint, kind);
      pool.serverName(serverName);
      named.put(key, pool);
    }
    return pool;
  }

  /** Closes idle connections to endpoints that no cluster has any more. */
  public void dropRemoved() {
    dropRemoved(pools.values().iterator());
    dropRemoved(named.values().iterator());
  }

  private static void dropRemoved(Iterator<HostPool> all) {
    while (all.hasNext()) {
      HostPool pool = all.next();
      if (pool.endpoint().removed()) {
        pool.drain();
        if (pool.empty()) {
          all.remove();
        }
      }
    }
  }

  /** Closes every idle connection. */
  public void close() {
    pools.values().forEach(HostPool::drain);
    named.values().forEach(HostPool::drain);
  }

  Exchange borrow() {
    Exchange exchange = spare.poll();
    return exchange == null ? new Exchange(this) : exchange;
  }

  void giveBack(Exchange exchange) {
    if (spare.size() < SPARE_EXCHANGES) {
      spare.push(exchange);
    }
  }
}

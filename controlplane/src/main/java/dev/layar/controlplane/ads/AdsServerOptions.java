package dev.layar.controlplane.ads;

import dev.layar.base.Ticker;
import dev.layar.xds.server.SessionLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;

/**
 * How an {@link AdsServer} listens and what it lets a client cost.
 *
 * @param address where to listen; port 0 takes a free one
 * @param maxStreams streams open at a time; further ones are refused with RESOURCE_EXHAUSTED
 * @param maxMessageBytes size of one request; a larger one ends its stream
 * @param maxRequestsPerSecond requests of one stream that are read within a second; further ones
 *     wait in the transport
 * @param firstRequestWithin how long a stream may stay open without saying who it is
 * @param endpointRequestsWithin how long a push waits for a client to ask for the endpoints of
 *     clusters it just got
 * @param limits what one session may hold
 * @param ticker clock of the rate limit and of what is measured
 * @param clock tells since when a proxy is connected
 */
public record AdsServerOptions(
    InetSocketAddress address,
    int maxStreams,
    int maxMessageBytes,
    int maxRequestsPerSecond,
    Duration firstRequestWithin,
    Duration endpointRequestsWithin,
    SessionLimits limits,
    Ticker ticker,
    InstantSource clock) {

  /** Loopback on a free port, with room for ten thousand proxies. */
  public static AdsServerOptions loopback() {
    return new AdsServerOptions(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        10_000,
        8 << 20,
        5_000,
        Duration.ofSeconds(15),
        Duration.ofMillis(500),
        SessionLimits.DEFAULT,
        Ticker.system(),
        InstantSource.system());
  }

  public AdsServerOptions withAddress(InetSocketAddress other) {
    return new AdsServerOptions(
        other,
        maxStreams,
        maxMessageBytes,
        maxRequestsPerSecond,
        firstRequestWithin,
        endpointRequestsWithin,
        limits,
        ticker,
        clock);
  }

  public AdsServerOptions withMaxStreams(int streams) {
    return new AdsServerOptions(
        address,
        streams,
        maxMessageBytes,
        maxRequestsPerSecond,
        firstRequestWithin,
        endpointRequestsWithin,
        limits,
        ticker,
        clock);
  }

  public AdsServerOptions withMaxRequestsPerSecond(int requests) {
    return new AdsServerOptions(
        address,
        maxStreams,
        maxMessageBytes,
        requests,
        firstRequestWithin,
        endpointRequestsWithin,
        limits,
        ticker,
        clock);
  }

  public AdsServerOptions withFirstRequestWithin(Duration time) {
    return new AdsServerOptions(
        address,
        maxStreams,
        maxMessageBytes,
        maxRequestsPerSecond,
        time,
        endpointRequestsWithin,
        limits,
        ticker,
        clock);
  }

  public AdsServerOptions withLimits(SessionLimits other) {
    return new AdsServerOptions(
        address,
        maxStreams,
        maxMessageBytes,
        maxRequestsPerSecond,
        firstRequestWithin,
        endpointRequestsWithin,
        other,
        ticker,
        clock);
  }
}

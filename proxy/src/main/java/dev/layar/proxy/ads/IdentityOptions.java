package dev.layar.proxy.ads;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who a workload is and who certifies it.
 *
 * @param server the certificate service ({@code istio.v1.auth.IstioCertificateService})
 * @param serverRoots PEM of the roots that the server's certificate has to lead to; null for plain
 *     text, which is for loopback only
 * @param serverName what the server's certificate has to be for; null for the server's host
 * @param uri the identity, for example {@code spiffe://cluster.local/ns/default/sa/web}
 * @param tokenFile the service account's token, read anew for each request; null without
 * @param clusterId Istio's {@code clusterid} header; empty without
 * @param lifetime what is asked for; the server may give less (Istio: 24 h)
 * @param rotateAt the part of the lifetime after which the next one is asked for (Istio: 0.5)
 * @param firstRetry bound of the wait after a first failure
 * @param maxRetry bound of any wait after a failure
 * @param seed of the jitter
 */
public record IdentityOptions(
    InetSocketAddress server,
    @Nullable String serverRoots,
    @Nullable String serverName,
    String uri,
    @Nullable Path tokenFile,
    String clusterId,
    Duration lifetime,
    double rotateAt,
    Duration firstRetry,
    Duration maxRetry,
    long seed) {
  public IdentityOptions {
    if (!uri.startsWith("spiffe://")) {
      throw new IllegalArgumentException("an identity is a spiffe:// URI, was " + uri);
    }
    if (rotateAt <= 0 || rotateAt >= 1) {
      throw new IllegalArgumentException("rotateAt is between 0 and 1, was " + rotateAt);
    }
  }

  /** Istio's times, over plain text and without a token. */
  public static IdentityOptions of(InetSocketAddress server, String uri) {
    return new IdentityOptions(
        server,
        null,
        null,
        uri,
        null,
        "",
        Duration.ofHours(24),
        0.5,
        Duration.ofSeconds(1),
        Duration.ofSeconds(30),
        uri.hashCode());
  }

  public IdentityOptions withServerRoots(String roots, @Nullable String name) {
    return new IdentityOptions(
        server,
        roots,
        name,
        uri,
        tokenFile,
        clusterId,
        lifetime,
        rotateAt,
        firstRetry,
        maxRetry,
        seed);
  }

  public IdentityOptions withToken(Path file) {
    return new IdentityOptions(
        server,
        serverRoots,
        serverName,
        uri,
        file,
        clusterId,
        lifetime,
        rotateAt,
        firstRetry,
        maxRetry,
        seed);
  }

  public IdentityOptions withTimes(Duration life, Duration first, Duration max) {
    return new IdentityOptions(
        server,
        serverRoots,
        serverName,
        uri,
        tokenFile,
        clusterId,
        life,
        rotateAt,
        first,
        max,
        seed);
  }
}

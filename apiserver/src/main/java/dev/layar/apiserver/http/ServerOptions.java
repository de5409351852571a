package dev.layar.apiserver.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * How an {@link ApiServer} runs. Immutable.
 *
 * @param bind where to listen; port 0 takes a free one
 * @param directory where certificates, keys, the administrator's token and the audit log are kept,
 *     readable by the owner alone
 * @param hosts further names and addresses that clients may call the server by
 * @param version what {@code /version} says; kubectl picks its behaviour by it
 * @param clock the wall clock
 */
public record ServerOptions(
    InetSocketAddress bind,
    Path directory,
    List<String> hosts,
    String version,
    Limits limits,
    InstantSource clock) {
  /**
   * What bounds the server's use of memory and threads.
   *
   * @param bodyBytes the largest request body; Kubernetes takes 3 MiB
   * @param headBytes the largest header section
   * @param connections open connections
   * @param requests short requests at the same time
   * @param watches watches and followed logs at the same time
   * @param sessions exec, attach and port-forward sessions at the same time
   * @param idle how long a connection without a request stays open
   */
  public record Limits(
      int bodyBytes,
      int headBytes,
      int connections,
      int requests,
      int watches,
      int sessions,
      Duration idle) {
    public static final Limits DEFAULT =
        new Limits(3 << 20, 64 << 10, 2_000, 400, 1_000, 200, Duration.ofMinutes(3));
  }

  public ServerOptions {
    hosts = List.copyOf(hosts);
  }

  /** On loopback, on a free port. */
  public static ServerOptions in(Path directory) {
    return new ServerOptions(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        directory,
        List.of(),
        "v1.32.4-layar",
        Limits.DEFAULT,
        InstantSource.system());
  }

  /** The same at another address. */
  public ServerOptions at(InetSocketAddress address) {
    return new ServerOptions(address, directory, hosts, version, limits, clock);
  }

  /** The same with other limits. */
  public ServerOptions with(Limits other) {
    return new ServerOptions(bind, directory, hosts, version, other, clock);
  }
}

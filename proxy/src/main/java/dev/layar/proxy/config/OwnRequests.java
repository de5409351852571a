package dev.layar.proxy.config;

import dev.layar.proxy.codec.http1.HeadParser;

/**
 * Whether the parts of a request that the proxy itself is to make can stand in one: checked when
 * the configuration is read, so that nothing can fail when the request is made. Pure functions.
 */
final class OwnRequests {
  private OwnRequests() {}

  static boolean isPath(String path) {
    return path.startsWith("/") && isWord(path) && isHead(path, "x", "");
  }

  /** A host with or without port; not empty. */
  static boolean isHost(String host) {
    return !host.isEmpty() && isWord(host) && isHead("/", host, "");
  }

  /**
   * The host for requests to a cluster that is given none.
   *
   * <p>DEVIATION: of Istio's cluster names, {@code outbound|80||reviews}, the host; Envoy sends the
   * whole name, which is no host.
   */
  static String hostOf(String cluster) {
    String host = cluster.substring(cluster.lastIndexOf('|') + 1);
    return isHost(host) ? host : "localhost";
  }

  /** A header line without its end, {@code name: value}. */
  static boolean isField(String line) {
    return line.indexOf('\r') < 0 && line.indexOf('\n') < 0 && isHead("/", "x", line + "\r\n");
  }

  private static boolean isWord(String text) {
    return text.chars().noneMatch(c -> c <= ' ' || c >= 0x7F);
  }

  private static boolean isHead(String path, String host, String fields) {
    return HeadParser.isRequest(
        "GET " + path + " HTTP/1.1\r\nhost: " + host + "\r\n" + fields + "\r\n");
  }
}

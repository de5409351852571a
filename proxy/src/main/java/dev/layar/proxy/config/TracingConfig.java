package dev.layar.proxy.config;

import java.util.List;

/**
 * What is traced and where the spans go ({@code HttpConnectionManager.Tracing}). Immutable.
 *
 * @param clientPercent of the requests that ask for it by {@code x-client-trace-id}
 * @param randomPercent of all requests
 * @param overallPercent the most, of whatever was chosen
 * @param maxPathLength of the URL's path in a tag, 256 by default
 * @param outbound whether spans are a client's: the listener is for traffic that leaves
 */
public record TracingConfig(
    double clientPercent,
    double randomPercent,
    double overallPercent,
    int maxPathLength,
    List<Tag> tags,
    Zipkin zipkin,
    boolean outbound) {
  public TracingConfig {
    tags = List.copyOf(tags);
  }

  /** A tag of one's own ({@code CustomTag}). */
  public sealed interface Tag {
    String name();
  }

  /** The same on each span; an environment variable was read beforehand. */
  public record Literal(String name, String value) implements Tag {}

  /**
   * A request header's value.
   *
   * @param absent what stands for a missing header; no tag when it is empty
   */
  public record Header(String name, byte[] header, String absent) implements Tag {}

  /**
   * Where spans go ({@code ZipkinConfig}), as Zipkin's JSON in its second version.
   *
   * @param cluster by which the collector is reached
   * @param wideIds whether new traces get 128 bits
   * @param shared whether a server's span has its client's id
   */
  public record Zipkin(String cluster, String path, String host, boolean wideIds, boolean shared) {}
}

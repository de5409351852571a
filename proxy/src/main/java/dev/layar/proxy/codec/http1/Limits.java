package dev.layar.proxy.codec.http1;

/**
 * Bounds on what a peer may send.
 *
 * @param headBytes whole head, start line included. Envoy: {@code max_request_headers_kb}, 60 KiB;
 *     responses 80 KiB
 * @param headers number of header lines. Envoy: {@code max_headers_count}, 100
 * @param chunkLineBytes one chunk-size line with its extensions (RFC 9112 §7.1.1 asks for a bound)
 */
public record Limits(int headBytes, int headers, int chunkLineBytes) {
  public static final Limits REQUEST = new Limits(60 * 1024, 100, 1024);
  public static final Limits RESPONSE = new Limits(80 * 1024, 100, 1024);
}

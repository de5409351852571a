package dev.layar.bench;

import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.http.Head;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Request heads as a browser behind a mesh sends them. */
final class Requests {
  private Requests() {}

  /** The bytes of one GET with eleven header lines, in a direct buffer as a socket fills it. */
  static ByteBuf bytes(String host, String path) {
    String text =
        "GET "
            + path
            + " HTTP/1.1\r\nhost: "
            + host
            + "\r\n"
            + "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"
            + " Firefox/140.0\r\n"
            + "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
            + "accept-language: ko-KR,ko;q=0.8,en-US;q=0.5,en;q=0.3\r\n"
            + "accept-encoding: gzip, deflate, br, zstd\r\n"
            + "cookie: session=0123456789abcdef0123456789abcdef; user=jason; theme=dark\r\n"
            + "x-request-id: 7d9b2f1e-3a54-4c8e-9d51-0a7d6f6d2b11\r\n"
            + "x-forwarded-for: 10.1.2.3\r\n"
            + "x-forwarded-proto: http\r\n"
            + "cache-control: no-cache\r\n"
            + "connection: keep-alive\r\n\r\n";
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    return Unpooled.directBuffer(ascii.length).writeBytes(ascii);
  }

  static Head parsed(String host, String path) {
    Head head = new Head(2048);
    if (!HeadParser.requests(Limits.REQUEST, false, false).parse(bytes(host, path), head)) {
      throw new IllegalStateException("the sample request does not parse");
    }
    return head;
  }
}

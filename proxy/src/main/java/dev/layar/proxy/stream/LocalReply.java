package dev.layar.proxy.stream;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeadWriter;
import dev.layar.proxy.http.HeaderName;
import java.util.Arrays;

/**
 * Builds the heads of the proxy's own answers (Envoy: {@code sendLocalReply}): length and type when
 * there is a body, and the trailers-only form for gRPC requests. Stateless.
 */
final class LocalReply {
  /** gRPC's own status for a deadline. */
  static final int DEADLINE_EXCEEDED = 4;

  private static final byte[] TEXT_LINE = HeadWriter.line("content-type", "text/plain");
  private static final byte[] GRPC_LINE = HeadWriter.line("content-type", "application/grpc");
  private static final byte[] GRPC_MESSAGE = Ascii.bytes("grpc-message");
  private static final byte[] HEX = Ascii.bytes("0123456789ABCDEF");
  private static final int TYPE_LENGTH = "content-type".length();

  private LocalReply() {}

  /** The head of a plain answer. */
  static void plain(Head response, int status, int bodyLength) {
    start(response, status);
    if (bodyLength > 0) {
      response.append(HeaderName.CONTENT_LENGTH, bodyLength);
      response.appendLine(TEXT_LINE, TYPE_LENGTH, HeaderName.CONTENT_TYPE);
    } else if (status != 204 && status != 304) {
      response.append(HeaderName.CONTENT_LENGTH, 0);
    }
  }

  /** The head of an answer to gRPC: status 200, the cause as gRPC status and message. */
  static void grpc(Head response, int grpcStatus, byte[] message) {
    start(response, 200);
    response.appendLine(GRPC_LINE, TYPE_LENGTH, HeaderName.CONTENT_TYPE);
    response.append(HeaderName.GRPC_STATUS, grpcStatus);
    if (message.length > 0) {
      byte[] encoded = percentEncoded(message);
      response.append(GRPC_MESSAGE, HeaderName.UNKNOWN, encoded, 0, encoded.length);
    }
    response.append(HeaderName.CONTENT_LENGTH, 0);
  }

  private static void start(Head response, int status) {
    response.reset();
    response.statusLine(status, 1);
    response.editStartLine();
  }

  /** gRPC over HTTP/2, "HTTP to gRPC status code mapping". */
  static int grpcStatus(int status) {
    return switch (status) {
      case 400 -> 13;
      case 401 -> 16;
      case 403 -> 7;
      case 404 -> 12;
      case 429, 502, 503, 504 -> 14;
      default -> 2;
    };
  }

  /** gRPC over HTTP/2, Status-Message: everything but printable ASCII, and the percent sign. */
  private static byte[] percentEncoded(byte[] text) {
    byte[] out = new byte[text.length * 3];
    int at = 0;
    for (byte value : text) {
      if (value >= ' ' && value < 0x7f && value != '%') {
        out[at++] = value;
      } else {
        out[at++] = '%';
        out[at++] = HEX[value >> 4 & 15];
        out[at++] = HEX[value & 15];
      }
    }
    return Arrays.copyOf(out, at);
  }
}

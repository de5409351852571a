package dev.layar.proxy.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes heads as HTTP/1.1. Kept lines that lie side by side are copied as one run; most heads
 * leave in two or three copies. Stateless.
 */
public final class HeadWriter {
  private static final byte[] VERSION_END = Ascii.bytes(" HTTP/1.1\r\n");
  private static final byte[] VERSION_START = Ascii.bytes("HTTP/1.1 ");
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] @Nullable [] STATUS_LINES = statusLines();

  private HeadWriter() {}

  /** Appends the request head, its empty line included. */
  public static void request(Head head, ByteBuf out) {
    int copiedTo = 0;
    int runStart = 0;
    if (head.startLineEdited()) {
      out.writeBytes(head.bytes(), 0, head.methodLength());
      out.writeByte(' ');
      out.writeBytes(head.bytes(), head.pathStart(), head.pathLength());
      out.writeBytes(VERSION_END);
    } else {
      copiedTo = head.startLineEnd();
    }
    headers(head, out, runStart, copiedTo);
  }

  /** Appends the response head, its empty line included. */
  public static void response(Head head, ByteBuf out) {
    int copiedTo = 0;
    if (head.startLineEdited()) {
      out.writeBytes(statusLine(head.status()));
    } else {
      copiedTo = head.startLineEnd();
    }
    headers(head, out, 0, copiedTo);
  }

  /** {@code HTTP/1.1 200 OK CRLF}. Shared: not to be changed. */
  public static byte[] statusLine(int status) {
    byte[] line = status >= 100 && status < STATUS_LINES.length ? STATUS_LINES[status] : null;
    return line == null ? buildStatusLine(status) : line;
  }

  /** The line {@code name: value CRLF}, for {@link Head#appendLine}. */
  public static byte[] line(String lowerCaseName, String value) {
    return Ascii.bytes(lowerCaseName + ": " + value + "\r\n");
  }

  private static void headers(Head head, ByteBuf out, int firstRun, int firstEnd) {
    byte[] bytes = head.bytes();
    int runStart = firstRun;
    int runEnd = firstEnd;
    int count = head.headerCount();
    for (int i = 0; i < count; i++) {
      if (head.dropped(i)) {
        continue;
      }
      int start = head.nameStart(i);
      if (start != runEnd) {
        out.writeBytes(bytes, runStart, runEnd - runStart);
        runStart = start;
      }
      runEnd = head.lineEnd(i);
    }
    out.writeBytes(bytes, runStart, runEnd - runStart);
    out.writeBytes(CRLF);
  }

  private static byte[] @Nullable [] statusLines() {
    byte[] @Nullable [] lines = new byte[600][];
    for (int status = 100; status < lines.length; status++) {
      if (!Status.reason(status).isEmpty()) {
        lines[status] = buildStatusLine(status);
      }
    }
    return lines;
  }

  private static byte[] buildStatusLine(int status) {
    byte[] reason = Ascii.bytes(status + " " + Status.reason(status) + "\r\n");
    byte[] line = Arrays.copyOf(VERSION_START, VERSION_START.length + reason.length);
    System.arraycopy(reason, 0, line, VERSION_START.length, reason.length);
    return line;
  }
}

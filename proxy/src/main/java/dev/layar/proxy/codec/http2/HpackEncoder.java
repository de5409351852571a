package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Encodes heads as header blocks (RFC 7541). One per connection; event-loop confined.
 *
 * <p>Implementation notes. (1) Only the static table is used: the first block says so by a size
 * update to 0, which stays right whatever table size the peer announces. (2) Values are sent as
 * they are: coding them saves a few bytes and costs more than it saves within a mesh. (3) What is
 * secret by its name is marked as never to be indexed (RFC 7541 §7.1.3).
 */
final class HpackEncoder {
  private static final int LITERAL = 0x00;
  private static final int NEVER_INDEXED = 0x10;
  private static final int NO_TABLE = 0x20;
  private static final int AUTHORIZATION = 23;
  private static final int COOKIE = 32;
  private static final int PROXY_AUTHORIZATION = 49;
  private static final int SET_COOKIE = 55;
  private static final int METHOD = StaticTable.METHOD_GET;
  private static final int PATH = StaticTable.PATH_ROOT;
  private static final int STATUS = StaticTable.STATUS_200;
  private static final int[] INDEXED_STATUS = {200, 204, 206, 304, 400, 404, 500};

  private static final byte[] CONNECT = Ascii.bytes("CONNECT");
  private static final byte[] PROTOCOL = Ascii.bytes(":protocol");

  /** What concerns a connection alone never stands in HTTP/2 (RFC 9113 §8.2.2). */
  private static final long CONNECTION_SPECIFIC =
      1L << HeaderName.CONNECTION
          | 1L << HeaderName.KEEP_ALIVE
          | 1L << HeaderName.PROXY_CONNECTION
          | 1L << HeaderName.TRANSFER_ENCODING
          | 1L << HeaderName.UPGRADE;

  private boolean began;

  /** Appends a request's block. */
  void request(Head head, ByteBuf out) {
    begin(out);
    byte[] bytes = head.bytes();
    if (head.upgrade()) {
      extendedConnect(head, out);
      return;
    }
    boolean plainConnect = head.method() == Method.CONNECT;
    switch (head.method()) {
      case GET -> out.writeByte(0x80 | StaticTable.METHOD_GET);
      case POST -> out.writeByte(0x80 | StaticTable.METHOD_POST);
      case HEAD, PUT, DELETE, OPTIONS, CONNECT, TRACE, PATCH, OTHER ->
          named(out, LITERAL, METHOD, bytes, head.methodStart(), head.methodLength());
    }
    if (!plainConnect) {
      out.writeByte(0x80 | (head.https() ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP));
      path(head, out);
    }
    named(
        out, LITERAL, StaticTable.AUTHORITY, bytes, head.authorityStart(), head.authorityLength());
    fields(head, CONNECTION_SPECIFIC | 1L << HeaderName.HOST, out);
  }

  /** An upgrade is an extended CONNECT (RFC 8441 §5). */
  private static void extendedConnect(Head head, ByteBuf out) {
    named(out, LITERAL, METHOD, CONNECT, 0, CONNECT.length);
    out.writeByte(LITERAL);
    string(out, PROTOCOL, 0, PROTOCOL.length);
    int at = head.find(HeaderName.UPGRADE);
    string(out, head.bytes(), head.valueStart(at), head.valueLength(at));
    out.writeByte(0x80 | (head.https() ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP));
    path(head, out);
    named(
        out,
        LITERAL,
        StaticTable.AUTHORITY,
        head.bytes(),
        head.authorityStart(),
        head.authorityLength());
    fields(head, CONNECTION_SPECIFIC | 1L << HeaderName.HOST, out);
  }

  private static void path(Head head, ByteBuf out) {
    if (head.pathLength() == 1 && head.bytes()[head.pathStart()] == '/') {
      out.writeByte(0x80 | StaticTable.PATH_ROOT);
    } else {
      named(out, LITERAL, PATH, head.bytes(), head.pathStart(), head.pathLength());
    }
  }

  /** Appends a response's block; what opens an upgrade is a 200 here (RFC 8441 §5). */
  void response(Head head, ByteBuf out) {
    begin(out);
    int status = head.status() == 101 ? 200 : head.status();
    int indexed = Arrays.binarySearch(INDEXED_STATUS, status);
    if (indexed >= 0) {
      out.writeByte(0x80 | (STATUS + indexed));
    } else {
      integer(out, LITERAL, 4, STATUS);
      out.writeByte(3);
      out.writeByte('0' + status / 100);
      out.writeByte('0' + status / 10 % 10);
      out.writeByte('0' + status % 10);
    }
    fields(head, CONNECTION_SPECIFIC, out);
  }

  /** Appends the block of {@code 100 Continue}. */
  void interim(ByteBuf out) {
    begin(out);
    integer(out, LITERAL, 4, STATUS);
    out.writeByte(3);
    out.writeByte('1');
    out.writeByte('0');
    out.writeByte('0');
  }

  /** Appends the block of trailers, which have no pseudo-headers. */
  void trailers(Head head, ByteBuf out) {
    begin(out);
    fields(head, CONNECTION_SPECIFIC, out);
  }

  private void begin(ByteBuf out) {
    if (!began) {
      began = true;
      out.writeByte(NO_TABLE);
    }
  }

  private static void fields(Head head, long without, ByteBuf out) {
    byte[] bytes = head.bytes();
    int count = head.headerCount();
    for (int i = 0; i < count; i++) {
      if (head.dropped(i) || (without & 1L << head.id(i) & ~1L) != 0) {
        continue;
      }
      int start = head.nameStart(i);
      int length = head.nameLength(i);
      int index = StaticTable.find(bytes, start, length);
      if (index > 0) {
        named(out, kind(index), index, bytes, head.valueStart(i), head.valueLength(i));
      } else {
        out.writeByte(LITERAL);
        string(out, bytes, start, length);
        string(out, bytes, head.valueStart(i), head.valueLength(i));
      }
    }
  }

  private static int kind(int index) {
    return switch (index) {
      case AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE -> NEVER_INDEXED;
      default -> LITERAL;
    };
  }

  /** A literal whose name is in the static table. */
  private static void named(ByteBuf out, int kind, int index, byte[] bytes, int start, int length) {
    integer(out, kind, 4, index);
    string(out, bytes, start, length);
  }

  private static void string(ByteBuf out, byte[] bytes, int start, int length) {
    integer(out, 0, 7, length);
    out.writeBytes(bytes, start, length);
  }

  private static void integer(ByteBuf out, int pattern, int prefix, int value) {
    int mask = (1 << prefix) - 1;
    if (value < mask) {
      out.writeByte(pattern | value);
      return;
    }
    out.writeByte(pattern | mask);
    int rest = value - mask;
    while (rest >= 0x80) {
      out.writeByte(rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }
}

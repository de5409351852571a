package dev.layar.proxy.listener;

import dev.layar.proxy.http.Ascii;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the first message of a TLS client says (RFC 8446 §4.1.2), read without consuming it. Pure;
 * bounded by {@link #MAX}: whatever is longer or broken is not TLS ({@code Envoy TlsInspector}).
 *
 * @param serverName in lower case, empty without
 * @param alpn in the client's order
 */
record ClientHello(String serverName, List<String> alpn) {
  /** {@code max_client_hello_size}: Envoy's default and maximum. */
  static final int MAX = 16 * 1024;

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int MAX_RECORD = 16 * 1024 + 256;
  private static final int RANDOM = 32;
  private static final int SERVER_NAME = 0;
  private static final int ALPN = 16;
  private static final int MAX_PROTOCOLS = 64;

  ClientHello {
    alpn = List.copyOf(alpn);
  }

  /** How far the look got. */
  enum Outcome {
    MORE,
    NOT_TLS,
    TLS
  }

  /** What was found; the hello is there with {@link Outcome#TLS} only. */
  record Look(Outcome outcome, @Nullable ClientHello hello) {
    static final Look MORE = new Look(Outcome.MORE, null);
    static final Look NOT_TLS = new Look(Outcome.NOT_TLS, null);
  }

  /** Looks at the readable bytes, of which the client may have sent only a part so far. */
  static Look look(ByteBuf in) {
    byte[] message = new byte[Math.min(in.readableBytes(), MAX)];
    int at = in.readerIndex();
    int end = in.writerIndex();
    int filled = 0;
    int needed = -1;
    while (needed < 0 || filled < needed) {
      if (at == end) {
        return in.readableBytes() >= MAX ? Look.NOT_TLS : Look.MORE;
      }
      if (in.getByte(at) != HANDSHAKE) {
        return Look.NOT_TLS;
      }
      if (end - at >= 2 && in.getByte(at + 1) != 3) {
        return Look.NOT_TLS;
      }
      if (end - at < RECORD_HEADER) {
        return Look.MORE;
      }
      int length = in.getUnsignedShort(at + 3);
      if (length == 0 || length > MAX_RECORD) {
        return Look.NOT_TLS;
      }
      int there = Math.min(Math.min(length, end - at - RECORD_HEADER), message.length - filled);
      in.getBytes(at + RECORD_HEADER, message, filled, there);
      filled += there;
      if (needed < 0 && filled > 0 && message[0] != CLIENT_HELLO) {
        return Look.NOT_TLS;
      }
      if (needed < 0 && filled >= MESSAGE_HEADER) {
        needed = MESSAGE_HEADER + medium(message, 1);
        if (needed > MAX) {
          return Look.NOT_TLS;
        }
      }
      if (there < length && (needed < 0 || filled < needed)) {
        return in.readableBytes() >= MAX ? Look.NOT_TLS : Look.MORE;
      }
      at += RECORD_HEADER + length;
    }
    ClientHello hello = new Parser(message, MESSAGE_HEADER, needed).hello();
    return hello == null ? Look.NOT_TLS : new Look(Outcome.TLS, hello);
  }

  private static int medium(byte[] bytes, int at) {
    return (bytes[at] & 255) << 16 | (bytes[at + 1] & 255) << 8 | bytes[at + 2] & 255;
  }

  /** Walks the message; every length is checked against what is left. */
  private static final class Parser {
    private final byte[] bytes;
    private int at;
    private int end;
    private boolean broken;
    private String serverName = "";
    private final List<String> alpn = new ArrayList<>();

    Parser(byte[] bytes, int start, int end) {
      this.bytes = bytes;
      this.at = start;
      this.end = end;
    }

    @Nullable ClientHello hello() {
      skip(2 + RANDOM);
      skip(number(1));
      skip(number(2));
      skip(number(1));
      if (!broken && at < end) {
        int length = number(2);
        if (at + length != end) {
          return null;
        }
        extensions();
      }
      return broken ? null : new ClientHello(serverName, alpn);
    }

    private void extensions() {
      while (!broken && at < end) {
        int type = number(2);
        int length = number(2);
        int next = at + length;
        if (broken || next > end) {
          broken = true;
          return;
        }
        int outer = end;
        end = next;
        if (type == SERVER_NAME) {
          names();
        } else if (type == ALPN) {
          protocols();
        }
        end = outer;
        at = next;
      }
    }

    /** RFC 6066 §3. */
    private void names() {
      number(2);
      while (!broken && at < end) {
        int kind = number(1);
        String name = text(number(2));
        if (kind == 0 && serverName.isEmpty()) {
          serverName = name.toLowerCase(Locale.ROOT);
        }
      }
    }

    /** RFC 7301 §3.1. */
    private void protocols() {
      number(2);
      while (!broken && at < end && alpn.size() < MAX_PROTOCOLS) {
        alpn.add(text(number(1)));
      }
    }

    private int number(int size) {
      if (broken || at + size > end) {
        broken = true;
        return 0;
      }
      int value = 0;
      for (int i = 0; i < size; i++) {
        value = value << 8 | bytes[at++] & 255;
      }
      return value;
    }

    private String text(int length) {
      int start = at;
      skip(length);
      return broken ? "" : Ascii.string(bytes, start, length);
    }

    private void skip(int length) {
      if (broken || at + length > end) {
        broken = true;
      } else {
        at += length;
      }
    }
  }
}

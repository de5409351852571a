package dev.layar.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One end of an HTTP/2 connection that sends exactly the frames it is told to, wrong ones included.
 * Header blocks are read by Netty's decoder, not by the one under test.
 */
final class Http2Peer implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  private static final int PATIENCE_MILLIS = 20_000;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** A frame as it came. */
  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    int number(int at) {
      return (payload[at] & 0xff) << 24
          | (payload[at + 1] & 0xff) << 16
          | (payload[at + 2] & 0xff) << 8
          | payload[at + 3] & 0xff;
    }
  }

  /** What became of one message: fields of head and trailers, body, and how it ended. */
  static final class Message {
    final Map<String, String> head = new LinkedHashMap<>();
    final Map<String, String> trailers = new LinkedHashMap<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean ended;
    int reset = -1;
    int goAway = -1;

    String body() {
      return body.toString(StandardCharsets.ISO_8859_1);
    }

    int status() {
      return Integer.parseInt(head.getOrDefault(":status", "0"));
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  private Http2Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
  }

  /** Connects and says what a client says first. */
  static Http2Peer client(InetSocketAddress to, byte... settings) throws IOException {
    Http2Peer peer = silent(to);
    peer.raw(PREFACE);
    peer.frame(SETTINGS, 0, 0, settings);
    return peer;
  }

  /** Connects and says nothing. */
  static Http2Peer silent(InetSocketAddress to) throws IOException {
    Socket socket = new Socket();
    socket.connect(to);
    return new Http2Peer(socket);
  }

  /** Takes a connection over from a client and says what a server says first. */
  static Http2Peer server(Socket socket, byte... settings) throws IOException {
    Http2Peer peer = new Http2Peer(socket);
    byte[] preface = peer.in.readNBytes(PREFACE.length);
    if (!new String(preface, StandardCharsets.US_ASCII).startsWith("PRI ")) {
      throw new IOException("no preface");
    }
    peer.frame(SETTINGS, 0, 0, settings);
    return peer;
  }

  // ---- sending

  void raw(byte... bytes) throws IOException {
    out.write(bytes);
  }

  void frame(int type, int flags, int stream, byte... payload) throws IOException {
    out.write(bytes(type, flags, stream, payload));
  }

  static byte[] bytes(int type, int flags, int stream, byte... payload) {
    ByteBuf frame = Unpooled.buffer(9 + payload.length);
    frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    frame.writeBytes(payload);
    return frame.array();
  }

  static byte[] int32(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  static byte[] setting(int id, int value) {
    byte[] number = int32(value);
    return new byte[] {(byte) (id >> 8), (byte) id, number[0], number[1], number[2], number[3]};
  }

  /** Literal fields without indexing: name, value, name, value. */
  static byte[] block(String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0);
      string(block, fields[i]);
      string(block, fields[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int rest = bytes.length - 127;
      while (rest >= 128) {
        block.write(rest & 127 | 128);
        rest >>>= 7;
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  void headers(int stream, boolean ends, String... fields) throws IOException {
    frame(HEADERS, END_HEADERS | (ends ? END_STREAM : 0), stream, block(fields));
  }

  void data(int stream, boolean ends, String text) throws IOException {
    frame(DATA, ends ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Begins a GET. */
  void get(int stream, String path, String... more) throws IOException {
    request(stream, true, "GET", path, more);
  }

  /** Begins a request with a valid head. */
  void request(int stream, boolean ends, String method, String path, String... more)
      throws IOException {
    String[] fields = new String[8 + more.length];
    System.arraycopy(
        new String[] {":method", method, ":scheme", "http", ":path", path, ":authority", "test"},
        0,
        fields,
        0,
        8);
    System.arraycopy(more, 0, fields, 8, more.length);
    headers(stream, ends, fields);
  }

  // ---- receiving

  /** The next frame; null when the other end has closed. */
  @Nullable Frame next() throws IOException {
    try {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = new byte[lengthAndType >>> 8];
      in.readFully(payload);
      return new Frame(lengthAndType & 0xff, flags, stream, payload);
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  /** Reads up to a frame of this type. */
  Frame await(int type) throws IOException {
    while (true) {
      Frame frame = next();
      if (frame == null) {
        throw new IOException("closed before a frame of type " + type);
      }
      if (frame.type() == type) {
        return frame;
      }
    }
  }

  /** Reads one stream's message to its end, or the connection's. */
  Message message(int stream) throws IOException {
    Message message = new Message();
    while (!message.ended && message.reset < 0) {
      Frame frame = next();
      if (frame == null) {
        return message;
      }
      take(frame, stream, message);
    }
    return message;
  }

  /** Reads one stream's message up to the end of its head. */
  void head(int stream, Message message) throws IOException {
    while (message.head.isEmpty()) {
      take(await(HEADERS), stream, message);
    }
  }

  private void take(Frame frame, int stream, Message message) throws IOException {
    if (frame.type() == GOAWAY) {
      message.goAway = frame.number(4);
    }
    if (frame.type() == HEADERS) {
      fields(frame, frame.stream() == stream ? message : new Message());
    }
    if (frame.stream() != stream) {
      return;
    }
    switch (frame.type()) {
      case DATA -> message.body.writeBytes(frame.payload());
      case RST_STREAM -> message.reset = frame.number(0);
      default -> {
        // nothing that a message is made of
      }
    }
    message.ended |= frame.ends();
  }

  private void fields(Frame frame, Message message) throws IOException {
    Map<String, String> target = message.head.isEmpty() ? message.head : message.trailers;
    try {
      Http2Headers headers =
          decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
      headers.forEach(
          field ->
              target.merge(
                  field.getKey().toString(), field.getValue().toString(), Http2Peer::both));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    if (target == message.head && message.status() < 200 && message.status() > 0) {
      message.head.clear();
    }
  }

  private static String both(String one, String other) {
    return one + "|" + other;
  }

  /** Reads to the end of the connection; returns GOAWAY's code, -1 without one. */
  int end() throws IOException {
    int code = -1;
    for (Frame frame = next(); frame != null; frame = next()) {
      if (frame.type() == GOAWAY) {
        code = frame.number(4);
      }
    }
    return code;
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

package dev.layar.proxy.codec.http1;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Chars;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Parses request or response heads into a {@link Head}, strictly (RFC 9112). One per connection and
 * direction; event-loop confined.
 *
 * <p>Implementation notes. (1) Bytes are copied from the socket buffer into the head's array once
 * and looked at once: names are checked, lowered and hashed in one pass, values checked in another.
 * (2) The parser stops at line ends. When the bytes run out inside a line it remembers how far it
 * has searched for the line's LF, so that a head arriving byte by byte costs linear time. (3) What
 * lies behind the head stays in the socket buffer. (4) DEVIATION: a bare LF ends no line and a
 * folded line is refused; Envoy's parser takes a bare LF.
 */
public final class HeadParser {
  private static final int COPY_STEP = 2048;
  private static final byte[] CHUNKED = Ascii.bytes("chunked");
  private static final byte[] CLOSE = Ascii.bytes("close");
  private static final byte[] KEEP_ALIVE = Ascii.bytes("keep-alive");
  private static final byte[] UPGRADE = Ascii.bytes("upgrade");
  private static final byte[] H2C = Ascii.bytes("h2c");
  private static final byte[] HTTP = Ascii.bytes("http");
  private static final byte[] HTTPS = Ascii.bytes("https");
  private static final int MAX_NOMINATED = 10;

  private static final int START_LINE = 0;
  private static final int HEADERS = 1;
  private static final int DONE = 2;

  private final boolean request;
  private final Limits limits;
  private final boolean acceptHttp10;
  private final boolean secure;

  private int state;
  private int position;
  private int searched;
  private int emptyLineBytes;
  private @Nullable Refusal refusal;

  private HeadParser(boolean request, Limits limits, boolean acceptHttp10, boolean secure) {
    this.request = request;
    this.limits = limits;
    this.acceptHttp10 = acceptHttp10;
    this.secure = secure;
  }

  /**
   * A parser of request heads.
   *
   * @param acceptHttp10 Envoy {@code accept_http_10}; without it HTTP/1.0 is refused with 426
   * @param secure whether the connection is TLS: the scheme of origin-form targets
   */
  public static HeadParser requests(Limits limits, boolean acceptHttp10, boolean secure) {
    return new HeadParser(true, limits, acceptHttp10, secure);
  }

  /**
   * The head of a request that the proxy itself makes.
   *
   * @param text up to and with the empty line; ASCII
   * @throws IllegalArgumentException when it is no head, which {@link #isRequest} tells before
   */
  public static Head requestOf(String text) {
    Head head = new Head(text.length() + 64);
    if (!parses(text, head)) {
      throw new IllegalArgumentException("not the head of a request: " + text);
    }
    return head;
  }

  /** Whether the text is one complete head of a request. */
  public static boolean isRequest(String text) {
    return parses(text, new Head(text.length() + 64));
  }

  private static boolean parses(String text, Head head) {
    HeadParser parser = requests(Limits.REQUEST, false, false);
    return parser.parse(Unpooled.wrappedBuffer(Ascii.bytes(text)), head)
        && parser.refusal() == null;
  }

  /** A parser of response heads. */
  public static HeadParser responses(Limits limits) {
    return new HeadParser(false, limits, true, false);
  }

  /** Makes ready for the next head. */
  public void reset() {
    state = START_LINE;
    position = 0;
    searched = 0;
    emptyLineBytes = 0;
    refusal = null;
  }

  /** Whether at least one byte of the present head has come. */
  public boolean started() {
    return position > 0 || searched > 0 || emptyLineBytes == 1;
  }

  /** Why the last {@link #parse} failed, null when it did not. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /**
   * Reads on. Consumes from {@code in} what belongs to the head and nothing behind it.
   *
   * @return true when the head is complete; false when more bytes are needed or {@link #refusal()}
   *     is set
   */
  public boolean parse(ByteBuf in, Head head) {
    if (request && head.length() == 0) {
      skipEmptyLine(in);
    }
    while (state != DONE && refusal == null) {
      int available = Math.min(in.readableBytes(), COPY_STEP);
      if (available == 0) {
        return false;
      }
      int before = head.length();
      head.ensure(available);
      in.getBytes(in.readerIndex(), head.bytes(), before, available);
      head.length(before + available);
      lines(head);
      if (state == DONE) {
        in.skipBytes(position - before);
        head.length(position);
      } else {
        in.skipBytes(available);
        if (refusal == null && head.length() > limits.headBytes()) {
          refusal = Refusal.HEAD_TOO_LARGE;
        }
      }
    }
    if (state == DONE && refusal == null) {
      finish(head);
    }
    return refusal == null;
  }

  /** RFC 9112 §2.2: a server ignores an empty line before the request line; one, here. */
  private void skipEmptyLine(ByteBuf in) {
    while (emptyLineBytes < 2
        && in.isReadable()
        && in.getByte(in.readerIndex()) == (emptyLineBytes == 0 ? '\r' : '\n')) {
      in.skipBytes(1);
      emptyLineBytes++;
    }
    if (emptyLineBytes == 1 && in.isReadable()) {
      refusal = Refusal.PROTOCOL;
    }
  }

  private void lines(Head head) {
    while (state != DONE && refusal == null) {
      if (searched > position && !lineComplete(head)) {
        return;
      }
      boolean progress = state == START_LINE ? startLine(head) : headerLine(head);
      if (!progress) {
        searched = head.length();
        return;
      }
    }
  }

  /** Whether a line that was incomplete before has its LF now. */
  private boolean lineComplete(Head head) {
    byte[] bytes = head.bytes();
    int end = head.length();
    boolean emptyLine = bytes[position] == '\r' && end - position > 1;
    for (int i = searched; i < end; i++) {
      if (bytes[i] == '\n' || emptyLine) {
        searched = 0;
        return true;
      }
    }
    searched = end;
    return false;
  }

  // ---- start line

  private boolean startLine(Head head) {
    byte[] bytes = head.bytes();
    int end = head.length();
    int lineFeed = position;
    while (lineFeed < end && bytes[lineFeed] != '\n') {
      lineFeed++;
    }
    if (lineFeed == end) {
      return false;
    }
    if (lineFeed == 0 || bytes[lineFeed - 1] != '\r') {
      return refuse(Refusal.PROTOCOL);
    }
    boolean good =
        request ? requestLine(head, lineFeed - 1) : statusLine(head, position, lineFeed - 1);
    if (!good) {
      return true;
    }
    position = lineFeed + 1;
    head.startLineEnd(position);
    state = HEADERS;
    return true;
  }

  private boolean requestLine(Head head, int end) {
    byte[] bytes = head.bytes();
    int at = 0;
    while (at < end && Chars.TOKEN[bytes[at] & 0xff] != 0) {
      at++;
    }
    if (at == 0 || at >= end || bytes[at] != ' ') {
      return refuseLine(Refusal.PROTOCOL);
    }
    int methodLength = at;
    int targetStart = at + 1;
    at = targetStart;
    while (at < end && (bytes[at] & 0xff) > ' ' && bytes[at] != 0x7f) {
      at++;
    }
    int targetLength = at - targetStart;
    if (targetLength == 0 || at >= end || bytes[at] != ' ') {
      return refuseLine(Refusal.URL);
    }
    int minor = version(bytes, at + 1, end);
    if (minor < 0) {
      return refuseLine(Refusal.PROTOCOL);
    }
    if (minor == 0 && !acceptHttp10) {
      return refuseLine(Refusal.VERSION);
    }
    head.requestLine(
        Method.of(bytes, 0, methodLength), methodLength, targetStart, targetLength, minor);
    head.https(secure);
    if (minor == 0) {
      head.editStartLine();
    }
    return true;
  }

  private boolean statusLine(Head head, int start, int end) {
    byte[] bytes = head.bytes();
    int minor = end - start < 12 ? -1 : version(bytes, start, start + 8);
    if (minor < 0 || bytes[start + 8] != ' ') {
      return refuseLine(Refusal.PROTOCOL);
    }
    long status = Ascii.parseLong(bytes, start + 9, 3);
    boolean reasonGood = start + 12 == end || bytes[start + 12] == ' ';
    if (status < 100 || status > 599 || !reasonGood || !valueGood(bytes, start + 12, end)) {
      return refuseLine(Refusal.PROTOCOL);
    }
    head.statusLine((int) status, minor);
    if (minor == 0) {
      head.editStartLine();
    }
    return true;
  }

  private static boolean valueGood(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      if (!Chars.VALUE[bytes[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  /** The minor version of {@code HTTP/1.x} in exactly this slice, -1 for anything else. */
  private static int version(byte[] bytes, int start, int end) {
    if (end - start != 8
        || bytes[start] != 'H'
        || bytes[start + 1] != 'T'
        || bytes[start + 2] != 'T'
        || bytes[start + 3] != 'P'
        || bytes[start + 4] != '/'
        || bytes[start + 5] != '1'
        || bytes[start + 6] != '.') {
      return -1;
    }
    int minor = bytes[start + 7] - '0';
    return minor == 0 || minor == 1 ? minor : -1;
  }

  // ---- header lines

  private boolean headerLine(Head head) {
    byte[] bytes = head.bytes();
    int end = head.length();
    int at = position;
    if (at == end) {
      return false;
    }
    if (bytes[at] == '\r') {
      return lastLine(bytes, at, end);
    }
    int hash = 0;
    while (at < end) {
      byte lower = Chars.TOKEN[bytes[at] & 0xff];
      if (lower == 0) {
        break;
      }
      bytes[at++] = lower;
      hash = HeaderName.hashStep(hash, lower);
    }
    if (at == end) {
      return false;
    }
    int nameLength = at - position;
    if (bytes[at] != ':' || nameLength == 0) {
      return refuse(Refusal.HEADER_NAME);
    }
    at++;
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
    int valueStart = at;
    while (at < end && Chars.VALUE[bytes[at] & 0xff]) {
      at++;
    }
    if (at + 1 >= end) {
      return at < end && bytes[at] != '\r' && refuse(Refusal.HEADER_VALUE);
    }
    if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
      return refuse(Refusal.HEADER_VALUE);
    }
    return line(head, nameLength, hash, valueStart, at);
  }

  private boolean line(Head head, int nameLength, int hash, int valueStart, int lineFeed) {
    byte[] bytes = head.bytes();
    int valueEnd = lineFeed;
    while (valueEnd > valueStart && (bytes[valueEnd - 1] == ' ' || bytes[valueEnd - 1] == '\t')) {
      valueEnd--;
    }
    if (head.headerCount() == limits.headers()) {
      return refuse(Refusal.TOO_MANY_HEADERS);
    }
    int lineEnd = lineFeed + 2;
    if (lineEnd > limits.headBytes()) {
      return refuse(Refusal.HEAD_TOO_LARGE);
    }
    short id = HeaderName.find(bytes, position, nameLength, hash);
    head.slot(position, nameLength, valueStart, valueEnd - valueStart, lineEnd, id);
    position = lineEnd;
    return true;
  }

  private boolean lastLine(byte[] bytes, int at, int end) {
    if (at + 1 == end) {
      return false;
    }
    if (bytes[at + 1] != '\n') {
      return refuse(Refusal.PROTOCOL);
    }
    position = at + 2;
    state = DONE;
    return true;
  }

  // ---- the head as a whole

  private void finish(Head head) {
    head.length(position - 2);
    if (request) {
      refusal = target(head);
    }
    if (refusal == null) {
      refusal = framing(head);
    }
  }

  private @Nullable Refusal target(Head head) {
    int host = head.find(HeaderName.HOST);
    if (host >= 0) {
      if (head.findNext(HeaderName.HOST, host) >= 0) {
        return Refusal.HOST;
      }
      int start = head.valueStart(host);
      int length = head.valueLength(host);
      if (!authorityGood(head.bytes(), start, length)) {
        return Refusal.HOST;
      }
      head.authoritySlice(start, length);
    }
    byte first = head.bytes()[head.pathStart()];
    if (head.method() == Method.CONNECT) {
      return authorityForm(head);
    }
    if (first == '/') {
      return null;
    }
    if (first == '*' && head.pathLength() == 1 && head.method() == Method.OPTIONS) {
      return null;
    }
    return absoluteForm(head);
  }

  private static @Nullable Refusal authorityForm(Head head) {
    int start = head.pathStart();
    if (!authorityGood(head.bytes(), start, head.pathLength())) {
      return Refusal.URL;
    }
    head.authoritySlice(start, head.pathLength());
    return null;
  }

  /** RFC 9112 §3.2.2: the target's authority replaces the Host header. */
  private @Nullable Refusal absoluteForm(Head head) {
    byte[] bytes = head.bytes();
    int start = head.pathStart();
    int end = start + head.pathLength();
    int colon = start;
    while (colon < end && Chars.TOKEN[bytes[colon] & 0xff] != 0) {
      colon++;
    }
    if (colon + 3 > end
        || bytes[colon] != ':'
        || bytes[colon + 1] != '/'
        || bytes[colon + 2] != '/') {
      return Refusal.URL;
    }
    if (Ascii.equalIgnoreCase(bytes, start, colon - start, HTTPS)) {
      if (!secure) {
        return Refusal.HTTPS_ON_CLEAR;
      }
    } else if (!Ascii.equalIgnoreCase(bytes, start, colon - start, HTTP)) {
      return Refusal.SCHEME;
    }
    int authority = colon + 3;
    int path = authority;
    while (path < end && bytes[path] != '/' && bytes[path] != '?' && bytes[path] != '#') {
      path++;
    }
    if (path == authority || !authorityGood(bytes, authority, path - authority)) {
      return Refusal.URL;
    }
    originForm(head, path, end);
    head.authority(head.bytes(), authority, path - authority);
    return null;
  }

  private static void originForm(Head head, int path, int end) {
    byte[] bytes = head.bytes();
    if (path == end || bytes[path] != '/') {
      int length = end - path;
      head.ensure(length + 1);
      bytes = head.bytes();
      int at = head.length();
      bytes[at] = '/';
      System.arraycopy(bytes, path, bytes, at + 1, length);
      head.length(at + 1 + length);
      head.path(at, length + 1);
    } else {
      head.path(path, end - path);
    }
  }

  private static boolean authorityGood(byte[] bytes, int start, int length) {
    for (int i = start; i < start + length; i++) {
      if (!Chars.AUTHORITY[bytes[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Refusal framing(Head head) {
    int encoding = head.find(HeaderName.TRANSFER_ENCODING);
    int length = head.find(HeaderName.CONTENT_LENGTH);
    if (encoding >= 0 && length >= 0) {
      return Refusal.LENGTH_AND_CHUNKED;
    }
    if (encoding >= 0 && !chunkedAlone(head, encoding)) {
      return Refusal.TRANSFER_ENCODING;
    }
    if (encoding >= 0 && head.minorVersion() == 0) {
      return Refusal.PROTOCOL;
    }
    long bodyLength = Head.NO_LENGTH;
    if (length >= 0) {
      bodyLength = Ascii.parseLong(head.bytes(), head.valueStart(length), head.valueLength(length));
      if (bodyLength < 0 || head.findNext(HeaderName.CONTENT_LENGTH, length) >= 0) {
        return Refusal.LENGTH;
      }
    }
    if (head.method() == Method.CONNECT && (encoding >= 0 || bodyLength > 0)) {
      return Refusal.BODY_NOT_ALLOWED;
    }
    return connection(head, bodyLength, encoding >= 0);
  }

  private static boolean chunkedAlone(Head head, int encoding) {
    return Ascii.equalIgnoreCase(
            head.bytes(), head.valueStart(encoding), head.valueLength(encoding), CHUNKED)
        && head.findNext(HeaderName.TRANSFER_ENCODING, encoding) < 0;
  }

  /** RFC 9110 §7.6.1 and RFC 9112 §9.3: options of Connection, and what it nominates. */
  private @Nullable Refusal connection(Head head, long bodyLength, boolean chunked) {
    boolean close = false;
    boolean keepAlive = head.minorVersion() == 1;
    boolean upgrade = false;
    int nominated = 0;
    byte[] bytes = head.bytes();
    for (int i = head.find(HeaderName.CONNECTION);
        i >= 0;
        i = head.findNext(HeaderName.CONNECTION, i)) {
      int end = head.valueStart(i) + head.valueLength(i);
      int at = head.valueStart(i);
      while (at < end) {
        int start = Tokens.skip(bytes, at, end);
        int stop = Tokens.end(bytes, start, end);
        int size = stop - start;
        at = stop;
        if (size == 0) {
          continue;
        }
        if (Ascii.equalIgnoreCase(bytes, start, size, CLOSE)) {
          close = true;
        } else if (Ascii.equalIgnoreCase(bytes, start, size, KEEP_ALIVE)) {
          keepAlive = true;
        } else if (Ascii.equalIgnoreCase(bytes, start, size, UPGRADE)) {
          upgrade = offersUpgrade(head);
        } else if (++nominated > MAX_NOMINATED || Tokens.isProtected(bytes, start, size)) {
          return Refusal.CONNECTION_HEADER;
        }
      }
    }
    if (upgrade && request && (chunked || bodyLength > 0)) {
      return Refusal.BODY_NOT_ALLOWED;
    }
    head.framing(bodyLength, chunked, keepAlive && !close, upgrade);
    return null;
  }

  /** An offer of HTTP/2 in clear text is ignored, as RFC 9113 §3.1 has it. */
  private static boolean offersUpgrade(Head head) {
    int at = head.find(HeaderName.UPGRADE);
    return at >= 0
        && head.valueLength(at) > 0
        && !Ascii.equalIgnoreCase(head.bytes(), head.valueStart(at), head.valueLength(at), H2C);
  }

  private boolean refuse(Refusal why) {
    refusal = why;
    return true;
  }

  private boolean refuseLine(Refusal why) {
    refusal = why;
    return false;
  }
}

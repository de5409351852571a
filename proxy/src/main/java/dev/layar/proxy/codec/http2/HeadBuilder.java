package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Chars;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Head} of decoded fields, strictly (RFC 9113 §8.2 and §8.3), so that whatever
 * protocol it leaves by, its lines are lines. Event-loop confined; used for one head at a time.
 *
 * <p>Implementation notes. (1) The method is kept at the start of the head's array, where a start
 * line has it. (2) Once something is wrong, nothing more is kept. (3) White space around a value is
 * cut off. DEVIATION: RFC 9113 §8.2.1 calls it malformed; Envoy lets it pass. (4) Cookies are
 * joined to one line (RFC 9113 §8.2.3). (5) Where the authority is given, Host is not kept, as in
 * Envoy.
 */
final class HeadBuilder implements FieldSink {
  /** What is built. */
  enum Kind {
    REQUEST,
    RESPONSE,
    TRAILERS
  }

  private static final int LONGEST_METHOD = 24;
  private static final byte[] METHOD = Ascii.bytes(":method");
  private static final byte[] SCHEME = Ascii.bytes(":scheme");
  private static final byte[] AUTHORITY = Ascii.bytes(":authority");
  private static final byte[] PATH = Ascii.bytes(":path");
  private static final byte[] PROTOCOL = Ascii.bytes(":protocol");
  private static final byte[] GET = Ascii.bytes("GET");
  private static final byte[] UPGRADE = Ascii.bytes("upgrade");
  private static final byte[] STATUS = Ascii.bytes(":status");
  private static final byte[] HTTP = Ascii.bytes("http");
  private static final byte[] HTTPS = Ascii.bytes("https");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");
  private static final long CONNECTION_SPECIFIC =
      1L << HeaderName.CONNECTION
          | 1L << HeaderName.KEEP_ALIVE
          | 1L << HeaderName.PROXY_CONNECTION
          | 1L << HeaderName.TRANSFER_ENCODING
          | 1L << HeaderName.UPGRADE;

  private final int mostBytes;
  private final int mostFields;
  private final boolean secure;
  private final boolean extendedConnect;

  private Head head = new Head(0);
  private Kind kind = Kind.TRAILERS;
  private @Nullable HeadFault fault;
  private long listBytes;
  private boolean regularSeen;
  private int methodLength;
  private boolean schemeSeen;
  private int pathStart;
  private int pathLength;
  private boolean authoritySeen;
  private boolean hostRedundant;
  private int protocolStart;
  private int protocolLength;
  private int status;
  private int cookies;

  /**
   * @param mostBytes of a head, by the measure of RFC 9113 §6.5.2 without its overhead
   * @param secure whether the connection is TLS
   * @param extendedConnect whether RFC 8441 is spoken
   */
  HeadBuilder(int mostBytes, int mostFields, boolean secure, boolean extendedConnect) {
    this.extendedConnect = extendedConnect;
    this.mostBytes = mostBytes;
    this.mostFields = mostFields;
    this.secure = secure;
  }

  void begin(Kind what, Head into) {
    kind = what;
    head = into;
    head.reset();
    fault = null;
    listBytes = 0;
    regularSeen = false;
    methodLength = 0;
    schemeSeen = false;
    pathStart = 0;
    pathLength = 0;
    authoritySeen = false;
    hostRedundant = false;
    protocolLength = 0;
    status = 0;
    cookies = 0;
    if (what == Kind.REQUEST) {
      head.ensure(LONGEST_METHOD);
      head.length(LONGEST_METHOD);
    }
  }

  // ---- fields

  @Override
  public void field(byte[] bytes, int start, int nameLength, int valueLength, short id) {
    listBytes += nameLength + valueLength;
    if (fault != null) {
      return;
    }
    if (listBytes > mostBytes) {
      fault = HeadFault.TOO_LARGE;
      return;
    }
    int from = start + nameLength;
    int to = from + valueLength;
    while (from < to && blank(bytes[from])) {
      from++;
    }
    while (to > from && blank(bytes[to - 1])) {
      to--;
    }
    if (id == BAD_NAME || !valueGood(bytes, from, to)) {
      fault = HeadFault.FIELD;
    } else if (id == PSEUDO) {
      pseudo(bytes, start, nameLength, from, to - from);
    } else {
      regular(bytes, start, nameLength, from, to - from, id);
    }
  }

  private static boolean blank(byte value) {
    return value == ' ' || value == '\t';
  }

  private static boolean valueGood(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Chars.VALUE[bytes[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  private void regular(
      byte[] bytes, int start, int nameLength, int value, int valueLength, short id) {
    regularSeen = true;
    if ((CONNECTION_SPECIFIC & 1L << id) != 0
        || id == HeaderName.TE && !Ascii.equalIgnoreCase(bytes, value, valueLength, TRAILERS)) {
      fault = HeadFault.CONNECTION_SPECIFIC;
      return;
    }
    if (head.headerCount() >= mostFields) {
      fault = HeadFault.TOO_MANY;
      return;
    }
    if (kind == Kind.TRAILERS && (id == HeaderName.CONTENT_LENGTH || id == HeaderName.HOST)) {
      return;
    }
    if (id == HeaderName.HOST && kind == Kind.REQUEST) {
      host(bytes, value, valueLength);
      return;
    }
    if (id == HeaderName.COOKIE) {
      cookies++;
    }
    head.append(bytes, start, nameLength, id, bytes, value, valueLength);
  }

  private void host(byte[] bytes, int value, int valueLength) {
    if (!authoritySeen) {
      authority(bytes, value, valueLength);
    } else if (!hostRedundant) {
      fault = HeadFault.AUTHORITY;
    }
    hostRedundant = false;
  }

  private void authority(byte[] bytes, int value, int length) {
    for (int i = value; i < value + length; i++) {
      if (!Chars.AUTHORITY[bytes[i] & 0xff]) {
        fault = HeadFault.AUTHORITY;
        return;
      }
    }
    authoritySeen = true;
    head.append(HeaderName.bytes(HeaderName.HOST), HeaderName.HOST, bytes, value, length);
    int slot = head.headerCount() - 1;
    head.authoritySlice(head.valueStart(slot), length);
  }

  private void pseudo(byte[] bytes, int start, int nameLength, int value, int length) {
    boolean good =
        !regularSeen
            && switch (kind) {
              case REQUEST -> requestPseudo(bytes, start, nameLength, value, length);
              case RESPONSE -> statusField(bytes, start, nameLength, value, length);
              case TRAILERS -> false;
            };
    if (!good && fault == null) {
      fault = HeadFault.PSEUDO;
    }
  }

  private boolean requestPseudo(byte[] bytes, int start, int nameLength, int value, int length) {
    if (Ascii.equal(bytes, start, nameLength, METHOD)) {
      return method(bytes, value, length);
    }
    if (Ascii.equal(bytes, start, nameLength, PATH)) {
      return path(bytes, value, length);
    }
    if (Ascii.equal(bytes, start, nameLength, SCHEME)) {
      boolean repeated = schemeSeen;
      schemeSeen = true;
      return !repeated
          && (Ascii.equalIgnoreCase(bytes, value, length, HTTP)
              || Ascii.equalIgnoreCase(bytes, value, length, HTTPS));
    }
    if (Ascii.equal(bytes, start, nameLength, AUTHORITY) && !authoritySeen) {
      hostRedundant = true;
      authority(bytes, value, length);
      return true;
    }
    if (extendedConnect && Ascii.equal(bytes, start, nameLength, PROTOCOL)) {
      boolean good = protocolLength == 0 && length > 0;
      protocolStart = head.scratch(bytes, value, length);
      protocolLength = length;
      return good;
    }
    return false;
  }

  private boolean method(byte[] bytes, int value, int length) {
    if (methodLength > 0 || length == 0 || length > LONGEST_METHOD) {
      return false;
    }
    for (int i = value; i < value + length; i++) {
      if (Chars.TOKEN[bytes[i] & 0xff] == 0) {
        return false;
      }
    }
    System.arraycopy(bytes, value, head.bytes(), 0, length);
    methodLength = length;
    return true;
  }

  private boolean path(byte[] bytes, int value, int length) {
    if (pathLength > 0 || length == 0) {
      return false;
    }
    for (int i = value; i < value + length; i++) {
      if ((bytes[i] & 0xff) <= ' ' || bytes[i] == 0x7f) {
        return false;
      }
    }
    pathStart = head.scratch(bytes, value, length);
    pathLength = length;
    return true;
  }

  private boolean statusField(byte[] bytes, int start, int nameLength, int value, int length) {
    if (status != 0 || length != 3 || !Ascii.equal(bytes, start, nameLength, STATUS)) {
      return false;
    }
    status = (int) Ascii.parseLong(bytes, value, 3);
    return status >= 100 && status <= 599 && status != 101;
  }

  // ---- the head as a whole

  /**
   * Completes the head.
   *
   * @param endsHere whether no body follows
   * @return what is wrong with it, null when nothing is
   */
  @Nullable HeadFault finish(boolean endsHere) {
    if (fault == null) {
      switch (kind) {
        case REQUEST -> request(endsHere);
        case RESPONSE -> response();
        case TRAILERS -> {
          // lines are all there is
        }
      }
    }
    HeadFault found = fault;
    return found;
  }

  private void request(boolean endsHere) {
    Method method = Method.of(head.bytes(), 0, methodLength);
    if (protocolLength > 0) {
      extended(method);
      return;
    }
    boolean connect = method == Method.CONNECT;
    boolean complete =
        methodLength > 0
            && (connect
                ? !schemeSeen && pathLength == 0 && authoritySeen
                : schemeSeen && pathGood(method));
    if (!complete) {
      fault = HeadFault.PSEUDO;
      return;
    }
    if (connect) {
      pathStart = head.authorityStart();
      pathLength = head.authorityLength();
    }
    joinCookies();
    head.requestLine(method, methodLength, pathStart, pathLength, 1);
    head.https(secure);
    head.editStartLine();
    long length = contentLength();
    if (length > 0 && endsHere) {
      fault = HeadFault.LENGTH;
    }
    head.framing(length, !endsHere && length < 0, true, false);
  }

  /** RFC 8441 §4: what HTTP/1.1 calls an upgrade, and so does everything behind. */
  private void extended(Method method) {
    if (method != Method.CONNECT || !schemeSeen || !authoritySeen || !pathGood(Method.GET)) {
      fault = HeadFault.PSEUDO;
      return;
    }
    System.arraycopy(GET, 0, head.bytes(), 0, GET.length);
    joinCookies();
    head.append(HeaderName.CONNECTION, UPGRADE);
    head.append(
        HeaderName.bytes(HeaderName.UPGRADE),
        HeaderName.UPGRADE,
        head.bytes(),
        protocolStart,
        protocolLength);
    head.dropAll(HeaderName.CONTENT_LENGTH);
    head.requestLine(Method.GET, GET.length, pathStart, pathLength, 1);
    head.https(secure);
    head.editStartLine();
    head.framing(Head.NO_LENGTH, false, true, true);
  }

  private boolean pathGood(Method method) {
    byte first = pathLength == 0 ? 0 : head.bytes()[pathStart];
    return first == '/' || first == '*' && pathLength == 1 && method == Method.OPTIONS;
  }

  private void response() {
    if (status == 0) {
      fault = HeadFault.PSEUDO;
      return;
    }
    head.statusLine(status, 1);
    head.editStartLine();
    head.framing(contentLength(), false, true, false);
  }

  private long contentLength() {
    int at = head.find(HeaderName.CONTENT_LENGTH);
    if (at < 0) {
      return Head.NO_LENGTH;
    }
    long length = Ascii.parseLong(head.bytes(), head.valueStart(at), head.valueLength(at));
    if (length < 0 || head.findNext(HeaderName.CONTENT_LENGTH, at) >= 0) {
      fault = HeadFault.LENGTH;
    }
    return length;
  }

  private void joinCookies() {
    if (cookies < 2) {
      return;
    }
    int size = 2 * (cookies - 1);
    for (int i = head.find(HeaderName.COOKIE); i >= 0; i = head.findNext(HeaderName.COOKIE, i)) {
      size += head.valueLength(i);
    }
    byte[] joined = new byte[size];
    int at = 0;
    for (int i = head.find(HeaderName.COOKIE); i >= 0; i = head.findNext(HeaderName.COOKIE, i)) {
      if (at > 0) {
        joined[at++] = ';';
        joined[at++] = ' ';
      }
      System.arraycopy(head.bytes(), head.valueStart(i), joined, at, head.valueLength(i));
      at += head.valueLength(i);
    }
    head.dropAll(HeaderName.COOKIE);
    head.append(HeaderName.COOKIE, joined);
  }
}

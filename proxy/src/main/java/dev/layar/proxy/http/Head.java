package dev.layar.proxy.http;

import java.util.Arrays;

/**
 * One message head: the bytes as they came, in one array that is reused from message to message,
 * and a table of slices into it.
 *
 * <p>Event-loop confined and mutable; owned by one exchange at a time. Whoever needs a part of it
 * beyond the exchange copies it. {@link #bytes()} may be replaced by any method that appends.
 *
 * <p>Implementation notes. (1) Header lines keep their place, names in lower case. An edit never
 * moves bytes: a header is dropped by a bit and a new line is appended at the end of the array, so
 * what is sent is a few runs of the same array ({@link HeadWriter}) and what the access log reads
 * is the head after all edits. (2) A line's slice includes its CRLF; neighbouring kept lines form
 * one run. (3) {@link #mark()} and {@link #rewind()} undo edits, which is how every attempt of a
 * retried request is finalised afresh.
 */
public final class Head {
  /** {@link #contentLength()} when the head has none. */
  public static final long NO_LENGTH = -1;

  private static final int STRIDE = 6;
  private static final int NAME_START = 0;
  private static final int NAME_LENGTH = 1;
  private static final int VALUE_START = 2;
  private static final int VALUE_LENGTH = 3;
  private static final int LINE_END = 4;
  private static final int ID = 5;
  private static final int DROPPED = 1 << 16;
  private static final byte[] CRLF = {'\r', '\n'};

  private byte[] bytes;
  private int length;
  private int[] slots;
  private int count;
  private long seen;

  private Method method = Method.OTHER;
  private int methodLength;
  private int startLineEnd;
  private boolean startLineEdited;
  private int minorVersion;
  private int pathStart;
  private int pathLength;
  private int authorityStart;
  private int authorityLength;
  private boolean https;
  private int status;

  private long contentLength;
  private boolean chunked;
  private boolean keepAlive;
  private boolean upgrade;

  private int markLength;
  private int markCount;
  private int[] markIds = new int[0];
  private long markSeen;
  private int markPathStart;
  private int markPathLength;
  private int markAuthorityStart;
  private int markAuthorityLength;
  private boolean markEdited;

  /** A head with room for {@code capacity} bytes before it grows. */
  public Head(int capacity) {
    bytes = new byte[capacity];
    slots = new int[32 * STRIDE];
    reset();
  }

  /** The array that every slice points into. Valid until the next method that appends. */
  public byte[] bytes() {
    return bytes;
  }

  /** Number of bytes used in {@link #bytes()}. */
  public int length() {
    return length;
  }

  /** Forgets everything; the array stays. */
  public void reset() {
    length = 0;
    count = 0;
    seen = 0;
    method = Method.OTHER;
    methodLength = 0;
    startLineEnd = 0;
    startLineEdited = false;
    minorVersion = 1;
    pathStart = 0;
    pathLength = 0;
    authorityStart = 0;
    authorityLength = 0;
    https = false;
    status = 0;
    contentLength = NO_LENGTH;
    chunked = false;
    keepAlive = true;
    upgrade = false;
  }

  /** Gives a very large array back, so that one big head does not stay for ever. */
  public void shrink(int capacity) {
    if (bytes.length > capacity) {
      bytes = new byte[capacity];
      reset();
    }
  }

  /** Becomes a copy of another head, edits included. */
  public void copyFrom(Head other) {
    bytes = Arrays.copyOf(other.bytes, other.bytes.length);
    slots = Arrays.copyOf(other.slots, other.slots.length);
    length = other.length;
    count = other.count;
    seen = other.seen;
    method = other.method;
    methodLength = other.methodLength;
    startLineEnd = other.startLineEnd;
    startLineEdited = other.startLineEdited;
    minorVersion = other.minorVersion;
    pathStart = other.pathStart;
    pathLength = other.pathLength;
    authorityStart = other.authorityStart;
    authorityLength = other.authorityLength;
    https = other.https;
    status = other.status;
    framing(other.contentLength, other.chunked, other.keepAlive, other.upgrade);
  }

  // ---- start line

  public Method method() {
    return method;
  }

  /** Where the method token starts; meaningful for {@link Method#OTHER} too. */
  public int methodStart() {
    return 0;
  }

  public int methodLength() {
    return methodLength;
  }

  /** The 0 or 1 of HTTP/1.x. */
  public int minorVersion() {
    return minorVersion;
  }

  /** Start of the origin-form target, query included; {@code *} for {@code OPTIONS *}. */
  public int pathStart() {
    return pathStart;
  }

  public int pathLength() {
    return pathLength;
  }

  /**
   * Length of the target without its query and fragment: up to the first {@code ?} or {@code #}.
   */
  public int pathOnlyLength() {
    for (int i = 0; i < pathLength; i++) {
      byte value = bytes[pathStart + i];
      if (value == '?' || value == '#') {
        return i;
      }
    }
    return pathLength;
  }

  /** Start of the authority: the Host header's value, or that of an absolute-form target. */
  public int authorityStart() {
    return authorityStart;
  }

  /** 0 when the request names no authority. */
  public int authorityLength() {
    return authorityLength;
  }

  /** Whether the scheme is https; else it is http. */
  public boolean https() {
    return https;
  }

  /** Status of a response head, 100 to 599; 0 for a request. */
  public int status() {
    return status;
  }

  // ---- framing, as the codec decided it

  /** The body's length in bytes by Content-Length, {@link #NO_LENGTH} without one. */
  public long contentLength() {
    return contentLength;
  }

  /** Whether the body comes in chunks. */
  public boolean chunked() {
    return chunked;
  }

  /** Whether the sender lets the connection live on (RFC 9112 §9.3). */
  public boolean keepAlive() {
    return keepAlive;
  }

  /** Whether Connection nominates upgrade and an Upgrade header is there. */
  public boolean upgrade() {
    return upgrade;
  }

  /** Whether the request asks for a tunnel: an upgrade, or CONNECT (RFC 9110 §7.8, §9.3.6). */
  public boolean asksForTunnel() {
    return upgrade || method == Method.CONNECT;
  }

  /** Whether this response opens the tunnel that the request asked for. */
  public boolean opensTunnel(Head request) {
    return request.upgrade && status == 101
        || request.method == Method.CONNECT && status >= 200 && status < 300;
  }

  // ---- headers

  /** Number of header lines, dropped ones included: the bound of the index. */
  public int headerCount() {
    return count;
  }

  public int nameStart(int i) {
    return slots[i * STRIDE + NAME_START];
  }

  public int nameLength(int i) {
    return slots[i * STRIDE + NAME_LENGTH];
  }

  /** Start of the value without surrounding white space. */
  public int valueStart(int i) {
    return slots[i * STRIDE + VALUE_START];
  }

  public int valueLength(int i) {
    return slots[i * STRIDE + VALUE_LENGTH];
  }

  /** The name's number, {@link HeaderName#UNKNOWN} when it has none. */
  public short id(int i) {
    return (short) slots[i * STRIDE + ID];
  }

  /** Whether the line was removed. Every walk over the headers skips these. */
  public boolean dropped(int i) {
    return (slots[i * STRIDE + ID] & DROPPED) != 0;
  }

  /** Index of the first kept header with this id, -1 when there is none. */
  public int find(short knownId) {
    return (seen & 1L << knownId) == 0 ? -1 : findNext(knownId, -1);
  }

  /** Whether a header may be there whose id is in the mask (bit {@code 1L << id}); no means no. */
  public boolean mayHaveAny(long idMask) {
    return (seen & idMask) != 0;
  }

  /** Index of the next kept header with this id behind {@code after}, -1 when there is none. */
  public int findNext(short knownId, int after) {
    for (int i = after + 1; i < count; i++) {
      if (slots[i * STRIDE + ID] == knownId) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Index of the next kept header with this name behind {@code after} (-1 to start), -1 when there
   * is none.
   */
  public int find(byte[] lowerCaseName, int after) {
    for (int i = after + 1; i < count; i++) {
      if (nameLength(i) == lowerCaseName.length
          && !dropped(i)
          && Ascii.equal(bytes, nameStart(i), lowerCaseName.length, lowerCaseName)) {
        return i;
      }
    }
    return -1;
  }

  /** The value as text: for slow paths and tests. */
  public String value(int i) {
    return Ascii.string(bytes, valueStart(i), valueLength(i));
  }

  /** The target as text: for slow paths and tests. */
  public String path() {
    return Ascii.string(bytes, pathStart, pathLength);
  }

  /** The authority as text: for slow paths and tests. */
  public String authority() {
    return Ascii.string(bytes, authorityStart, authorityLength);
  }

  // ---- edits

  /** Remembers the present state for {@link #rewind()}. */
  public void mark() {
    markLength = length;
    markCount = count;
    markSeen = seen;
    markPathStart = pathStart;
    markPathLength = pathLength;
    markAuthorityStart = authorityStart;
    markAuthorityLength = authorityLength;
    markEdited = startLineEdited;
    if (markIds.length < count) {
      markIds = new int[slots.length / STRIDE];
    }
    for (int i = 0; i < count; i++) {
      markIds[i] = slots[i * STRIDE + ID];
    }
  }

  /** Undoes every edit since {@link #mark()}. */
  public void rewind() {
    length = markLength;
    count = markCount;
    seen = markSeen;
    pathStart = markPathStart;
    pathLength = markPathLength;
    authorityStart = markAuthorityStart;
    authorityLength = markAuthorityLength;
    startLineEdited = markEdited;
    for (int i = 0; i < count; i++) {
      slots[i * STRIDE + ID] = markIds[i];
    }
  }

  /** Removes one header line. */
  public void drop(int i) {
    slots[i * STRIDE + ID] |= DROPPED;
  }

  /** Removes every header with this id. */
  public void dropAll(short knownId) {
    for (int i = find(knownId); i >= 0; i = findNext(knownId, i)) {
      drop(i);
    }
  }

  /** Removes every header with this name. */
  public void dropAll(byte[] lowerCaseName) {
    for (int i = find(lowerCaseName, -1); i >= 0; i = find(lowerCaseName, i)) {
      drop(i);
    }
  }

  /** Appends a header with a known name. */
  public void append(short knownId, byte[] value) {
    append(HeaderName.bytes(knownId), knownId, value, 0, value.length);
  }

  /**
   * Appends a header. The caller vouches for the bytes: a lower-case token and a value without CR,
   * LF or NUL. {@code value} may be {@link #bytes()} itself.
   */
  public void append(byte[] lowerCaseName, short id, byte[] value, int start, int valueLength) {
    int nameAt = reserve(lowerCaseName.length + valueLength + 4);
    System.arraycopy(lowerCaseName, 0, bytes, nameAt, lowerCaseName.length);
    int at = nameAt + lowerCaseName.length;
    bytes[at++] = ':';
    bytes[at++] = ' ';
    System.arraycopy(value, start, bytes, at, valueLength);
    finish(nameAt, lowerCaseName.length, at, valueLength, id);
  }

  /**
   * Appends a header whose name is a slice too; neither array is {@link #bytes()}. The caller
   * vouches for the bytes as above.
   */
  public void append(
      byte[] names, int nameStart, int nameLength, short id, byte[] value, int start, int size) {
    int nameAt = reserve(nameLength + size + 4);
    System.arraycopy(names, nameStart, bytes, nameAt, nameLength);
    int at = nameAt + nameLength;
    bytes[at++] = ':';
    bytes[at++] = ' ';
    System.arraycopy(value, start, bytes, at, size);
    finish(nameAt, nameLength, at, size, id);
  }

  /** Appends a header whose value is a non-negative decimal number. */
  public void append(short knownId, long value) {
    byte[] name = HeaderName.bytes(knownId);
    int nameAt = reserve(name.length + 24);
    System.arraycopy(name, 0, bytes, nameAt, name.length);
    int at = nameAt + name.length;
    bytes[at++] = ':';
    bytes[at++] = ' ';
    finish(nameAt, name.length, at, Ascii.putDecimal(bytes, at, value) - at, knownId);
  }

  /**
   * Appends a prebuilt line {@code name: value CRLF}: exactly one space behind the colon.
   *
   * @param nameLength length of the name at the line's start
   */
  public void appendLine(byte[] line, int nameLength, short id) {
    int nameAt = reserve(line.length);
    System.arraycopy(line, 0, bytes, nameAt, line.length);
    length = nameAt + line.length;
    slot(nameAt, nameLength, nameAt + nameLength + 2, line.length - nameLength - 4, length, id);
  }

  /**
   * Copies bytes behind everything else, for a slice that is no header; returns where they start.
   */
  public int scratch(byte[] source, int start, int size) {
    int at = reserve(size);
    System.arraycopy(source, start, bytes, at, size);
    length = at + size;
    return at;
  }

  /** Replaces the target by another slice of {@link #bytes()}. */
  public void path(int start, int size) {
    pathStart = start;
    pathLength = size;
    startLineEdited = true;
  }

  /** Replaces the target. */
  public void path(byte[] target) {
    path(scratch(target, 0, target.length), target.length);
  }

  /** Replaces the Host header, and with it the authority. */
  public void authority(byte[] value, int start, int size) {
    append(HeaderName.bytes(HeaderName.HOST), HeaderName.UNKNOWN, value, start, size);
    dropAll(HeaderName.HOST);
    int at = (count - 1) * STRIDE;
    slots[at + ID] = HeaderName.HOST;
    seen |= 1L << HeaderName.HOST;
    authorityStart = slots[at + VALUE_START];
    authorityLength = size;
  }

  // ---- building, for a codec

  /** Makes room for {@code more} bytes behind {@link #length()}. */
  public void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }

  /** Sets the number of bytes used, after a codec wrote into {@link #bytes()}. */
  public void length(int used) {
    length = used;
  }

  /** Sets what the request line says. */
  public void requestLine(
      Method parsed, int parsedMethodLength, int targetStart, int targetLength, int minor) {
    method = parsed;
    methodLength = parsedMethodLength;
    pathStart = targetStart;
    pathLength = targetLength;
    minorVersion = minor;
  }

  /** Sets what the status line says. */
  public void statusLine(int code, int minor) {
    status = code;
    minorVersion = minor;
  }

  /** Sets where the start line ends, its CRLF included. */
  public void startLineEnd(int end) {
    startLineEnd = end;
  }

  /** Marks the start line as one that has to be written anew instead of copied. */
  public void editStartLine() {
    startLineEdited = true;
  }

  /** Sets the scheme. */
  public void https(boolean secure) {
    https = secure;
  }

  /** Points the authority at a slice. */
  public void authoritySlice(int start, int size) {
    authorityStart = start;
    authorityLength = size;
  }

  /** Sets the framing. */
  public void framing(long bodyLength, boolean inChunks, boolean persistent, boolean upgrades) {
    contentLength = bodyLength;
    chunked = inChunks;
    keepAlive = persistent;
    upgrade = upgrades;
  }

  /** Adds a parsed header line. */
  public void slot(
      int nameAt, int nameLength, int valueAt, int valueLength, int lineEnd, short id) {
    int at = count * STRIDE;
    if (at == slots.length) {
      slots = Arrays.copyOf(slots, slots.length * 2);
    }
    slots[at + NAME_START] = nameAt;
    slots[at + NAME_LENGTH] = nameLength;
    slots[at + VALUE_START] = valueAt;
    slots[at + VALUE_LENGTH] = valueLength;
    slots[at + LINE_END] = lineEnd;
    slots[at + ID] = id;
    seen |= 1L << id;
    count++;
  }

  // ---- for the writer

  int startLineEnd() {
    return startLineEnd;
  }

  boolean startLineEdited() {
    return startLineEdited;
  }

  int lineEnd(int i) {
    return slots[i * STRIDE + LINE_END];
  }

  private int reserve(int size) {
    ensure(size);
    return length;
  }

  private void finish(int nameAt, int nameLength, int valueAt, int valueLength, short id) {
    int end = valueAt + valueLength;
    bytes[end] = CRLF[0];
    bytes[end + 1] = CRLF[1];
    length = end + 2;
    slot(nameAt, nameLength, valueAt, valueLength, length, id);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(256);
    if (status == 0) {
      out.append(Ascii.string(bytes, 0, methodLength)).append(' ').append(path());
    } else {
      out.append(status);
    }
    for (int i = 0; i < count; i++) {
      if (!dropped(i)) {
        out.append('\n').append(Ascii.string(bytes, nameStart(i), nameLength(i)));
        out.append(": ").append(value(i));
      }
    }
    return out.toString();
  }
}

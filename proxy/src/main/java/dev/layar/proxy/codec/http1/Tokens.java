package dev.layar.proxy.codec.http1;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;

/** Comma-separated lists in Connection, and the removal of hop-by-hop headers. Stateless. */
public final class Tokens {
  /** What Connection must not take away (Envoy: protected headers). Framing is added to that. */
  private static final byte[][] PROTECTED = {
    Ascii.bytes("host"),
    Ascii.bytes("content-length"),
    Ascii.bytes("transfer-encoding"),
    Ascii.bytes("x-forwarded-for"),
    Ascii.bytes("x-forwarded-host"),
    Ascii.bytes("x-forwarded-proto"),
  };

  private static final byte[] UPGRADE = Ascii.bytes("upgrade");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");

  private Tokens() {}

  /**
   * Drops what concerns this connection alone (RFC 9110 §7.6.1): Connection and what it nominates,
   * Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, TE but for {@code trailers}. An
   * upgrade that the head is about ({@link Head#upgrade}) stays.
   */
  public static void dropHopByHop(Head head) {
    if (head.upgrade() && (head.status() == 0 || head.status() == 101)) {
      keepUpgrade(head);
      return;
    }
    dropAll(head);
  }

  /** The first protocol named stays, the rest goes (RFC 9110 §7.8). */
  private static void keepUpgrade(Head head) {
    int upgrade = head.find(HeaderName.UPGRADE);
    int start = head.valueStart(upgrade);
    int length = head.valueLength(upgrade);
    dropAll(head);
    head.append(
        HeaderName.bytes(HeaderName.CONNECTION), HeaderName.CONNECTION, UPGRADE, 0, UPGRADE.length);
    head.append(
        HeaderName.bytes(HeaderName.UPGRADE), HeaderName.UPGRADE, head.bytes(), start, length);
  }

  private static void dropAll(Head head) {
    int connection = head.find(HeaderName.CONNECTION);
    if (connection >= 0) {
      dropNominated(head, connection);
      head.dropAll(HeaderName.CONNECTION);
      head.dropAll(HeaderName.UPGRADE);
    }
    head.dropAll(HeaderName.KEEP_ALIVE);
    head.dropAll(HeaderName.PROXY_CONNECTION);
    head.dropAll(HeaderName.TRANSFER_ENCODING);
    head.dropAll(HeaderName.UPGRADE);
    dropTe(head);
  }

  private static void dropTe(Head head) {
    for (int i = head.find(HeaderName.TE); i >= 0; i = head.findNext(HeaderName.TE, i)) {
      if (!Ascii.equalIgnoreCase(head.bytes(), head.valueStart(i), head.valueLength(i), TRAILERS)) {
        head.drop(i);
      }
    }
  }

  private static void dropNominated(Head head, int first) {
    byte[] bytes = head.bytes();
    for (int i = first; i >= 0; i = head.findNext(HeaderName.CONNECTION, i)) {
      int end = head.valueStart(i) + head.valueLength(i);
      int at = head.valueStart(i);
      while (at < end) {
        int start = skip(bytes, at, end);
        at = end(bytes, start, end);
        dropNamed(head, start, at - start);
      }
    }
  }

  /** Drops headers named by the slice; {@code te} has its own rule. */
  private static void dropNamed(Head head, int start, int length) {
    if (length == 0 || isTe(head.bytes(), start, length)) {
      return;
    }
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.headerCount(); i++) {
      if (head.nameLength(i) == length
          && !head.dropped(i)
          && head.id(i) != HeaderName.CONNECTION
          && sameName(bytes, head.nameStart(i), start, length)) {
        head.drop(i);
      }
    }
  }

  private static boolean isTe(byte[] bytes, int start, int length) {
    return Ascii.equalIgnoreCase(bytes, start, length, HeaderName.bytes(HeaderName.TE));
  }

  private static boolean sameName(byte[] bytes, int lower, int other, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[lower + i] != Ascii.lower(bytes[other + i])) {
        return false;
      }
    }
    return true;
  }

  /** Index of the next byte that is neither white space nor comma. */
  static int skip(byte[] bytes, int start, int end) {
    int at = start;
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == ',')) {
      at++;
    }
    return at;
  }

  /** Index behind the list element that starts here, without trailing white space. */
  static int end(byte[] bytes, int start, int end) {
    int at = start;
    while (at < end && bytes[at] != ',') {
      at++;
    }
    while (at > start && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t')) {
      at--;
    }
    return at;
  }

  static boolean isProtected(byte[] bytes, int start, int length) {
    for (byte[] name : PROTECTED) {
      if (Ascii.equalIgnoreCase(bytes, start, length, name)) {
        return true;
      }
    }
    return false;
  }
}

package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one header ({@code Envoy HeaderMatcher}). Immutable; allocates only for a regex.
 *
 * <p>Of several headers with the name, one that matches suffices; inverted, none may match. An
 * absent header does not match, inverted or not, unless {@code treatMissingAsEmpty}. Presence is
 * different: inverted presence holds on absence.
 */
public final class HeaderMatcher {
  private final String name;
  private final byte[] lowerName;
  private final Pseudo pseudo;
  private final short id;
  private final @Nullable BytesMatcher value;
  private final boolean invert;
  private final boolean treatMissingAsEmpty;

  /** Names that begin with a colon are no header lines. */
  private enum Pseudo {
    NONE,
    METHOD,
    PATH,
    AUTHORITY,
    SCHEME,
    UNKNOWN
  }

  /**
   * @param value null asks for presence alone
   */
  public HeaderMatcher(
      String name, @Nullable BytesMatcher value, boolean invert, boolean treatMissingAsEmpty) {
    this.name = name.toLowerCase(java.util.Locale.ROOT);
    this.lowerName = Ascii.bytes(this.name);
    this.pseudo = pseudo(this.name);
    this.id = HeaderName.of(this.name);
    this.value = value;
    this.invert = invert;
    this.treatMissingAsEmpty = treatMissingAsEmpty;
  }

  public boolean matches(Head head) {
    if (pseudo != Pseudo.NONE) {
      return matchesPseudo(head);
    }
    int at = id == HeaderName.UNKNOWN ? head.find(lowerName, -1) : head.find(id);
    if (value == null) {
      return at >= 0 != invert;
    }
    if (at < 0) {
      return treatMissingAsEmpty && value.matches(lowerName, 0, 0) != invert;
    }
    boolean any = false;
    while (at >= 0 && !any) {
      any = value.matches(head.bytes(), head.valueStart(at), head.valueLength(at));
      at = id == HeaderName.UNKNOWN ? head.find(lowerName, at) : head.findNext(id, at);
    }
    return any != invert;
  }

  private boolean matchesPseudo(Head head) {
    return switch (pseudo) {
      case METHOD -> slice(head.bytes(), head.methodStart(), head.methodLength());
      case PATH -> slice(head.bytes(), head.pathStart(), head.pathLength());
      case AUTHORITY -> slice(head.bytes(), head.authorityStart(), head.authorityLength());
      case SCHEME -> head.https() ? slice(HTTPS, 0, HTTPS.length) : slice(HTTP, 0, HTTP.length);
      case NONE, UNKNOWN -> value == null && invert;
    };
  }

  private boolean slice(byte[] bytes, int start, int length) {
    if (length == 0) {
      return value == null ? invert : treatMissingAsEmpty && value.matches(bytes, 0, 0) != invert;
    }
    return (value == null || value.matches(bytes, start, length)) != invert;
  }

  private static Pseudo pseudo(String name) {
    if (!name.startsWith(":")) {
      return name.equals("host") ? Pseudo.AUTHORITY : Pseudo.NONE;
    }
    return switch (name) {
      case ":method" -> Pseudo.METHOD;
      case ":path" -> Pseudo.PATH;
      case ":authority" -> Pseudo.AUTHORITY;
      case ":scheme" -> Pseudo.SCHEME;
      default -> Pseudo.UNKNOWN;
    };
  }

  private static final byte[] HTTP = Ascii.bytes("http");
  private static final byte[] HTTPS = Ascii.bytes("https");

  @Override
  public String toString() {
    return name + (invert ? " not " : " ") + (value == null ? "present" : value);
  }
}

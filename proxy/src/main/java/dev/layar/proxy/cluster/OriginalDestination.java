package dev.layar.proxy.cluster;

import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.lb.LoadBalancer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sends a request where its client meant to send it ({@code Envoy} ORIGINAL_DST): to the original
 * destination of a redirected connection, else to the authority that a client named to the
 * HTTP-proxy listener.
 *
 * <p>DEVIATION: Envoy never goes by the authority. Where traffic is captured by proxy settings
 * instead of redirection, the authority is the original destination.
 *
 * <p>Each event loop remembers the endpoints that it made, at most {@link #MAX_ENDPOINTS}, and
 * forgets the one used longest ago. A known authority costs no allocation.
 */
final class OriginalDestination implements LoadBalancer {
  static final int MAX_ENDPOINTS = 1024;
  private static final int DEFAULT_PORT = 80;

  private final int loops;
  private final Ticker ticker;
  private final Known[] known;

  OriginalDestination(int loops, Ticker ticker) {
    this.loops = loops;
    this.ticker = ticker;
    this.known = new Known[loops];
    for (int i = 0; i < loops; i++) {
      known[i] = new Known();
    }
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    InetSocketAddress original = context.originalDestination();
    Known mine = known[context.loop()];
    if (original != null) {
      return mine.byAddress.computeIfAbsent(original, this::endpoint);
    }
    if (context.authorityLength() == 0) {
      return null;
    }
    mine.probe.set(context.authorityBytes(), context.authorityStart(), context.authorityLength());
    Endpoint endpoint = mine.byAuthority.get(mine.probe);
    return endpoint == null ? learn(mine) : endpoint;
  }

  private @Nullable Endpoint learn(Known mine) {
    InetSocketAddress address = address(mine.probe.toString());
    if (address == null) {
      return null;
    }
    Endpoint endpoint = endpoint(address);
    mine.byAuthority.put(mine.probe.copy(), endpoint);
    return endpoint;
  }

  private Endpoint endpoint(InetSocketAddress address) {
    return new Endpoint(address, Endpoint.Attributes.of(address), loops, ticker.nanos());
  }

  /** The address of {@code host[:port]}; null when it is none. */
  static @Nullable InetSocketAddress address(String authority) {
    int bracket = authority.lastIndexOf(']');
    int colon = authority.lastIndexOf(':');
    boolean port = colon > bracket && (bracket >= 0 || authority.indexOf(':') == colon);
    String host = port ? authority.substring(0, colon) : authority;
    int number = port ? port(authority.substring(colon + 1)) : DEFAULT_PORT;
    if (bracket >= 0 && host.startsWith("[")) {
      host = host.substring(1, bracket);
    }
    if (host.isEmpty() || number < 1) {
      return null;
    }
    InetAddress literal = literal(host);
    return literal == null
        ? InetSocketAddress.createUnresolved(host, number)
        : new InetSocketAddress(literal, number);
  }

  /** The address that a literal stands for; null for a name. */
  static @Nullable InetAddress literal(String host) {
    boolean numeric = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    if (!numeric) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  private static int port(String digits) {
    if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(Character::isDigit)) {
      return -1;
    }
    int port = Integer.parseInt(digits);
    return port <= 65535 ? port : -1;
  }

  /** One loop's endpoints. */
  private static final class Known {
    final Key probe = new Key();
    final Map<Key, Endpoint> byAuthority = new Bounded<>();
    final Map<InetSocketAddress, Endpoint> byAddress = new Bounded<>();
  }

  /** Forgets what was used longest ago. */
  private static final class Bounded<K> extends LinkedHashMap<K, Endpoint> {
    private static final long serialVersionUID = 1;

    Bounded() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, Endpoint> eldest) {
      if (size() <= MAX_ENDPOINTS) {
        return false;
      }
      eldest.getValue().markRemoved();
      return true;
    }
  }

  /** A slice of bytes as a map's key; mutable only as a probe. */
  private static final class Key {
    private byte[] bytes = new byte[0];
    private int start;
    private int length;

    void set(byte[] from, int at, int size) {
      bytes = from;
      start = at;
      length = size;
    }

    Key copy() {
      Key copy = new Key();
      copy.set(Arrays.copyOfRange(bytes, start, start + length), 0, length);
      return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && Arrays.equals(
              bytes, start, start + length, key.bytes, key.start, key.start + key.length);
    }

    @Override
    public int hashCode() {
      int hash = 0;
      for (int i = start; i < start + length; i++) {
        hash = hash * 31 + bytes[i];
      }
      return hash;
    }

    @Override
    public String toString() {
      return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
    }
  }
}

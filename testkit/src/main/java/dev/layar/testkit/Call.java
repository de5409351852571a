package dev.layar.testkit;

import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP request as a client sends it, for {@link TrafficSimulator}. Immutable.
 *
 * @param method HTTP method
 * @param scheme {@code http} or {@code https}
 * @param authority the Host header
 * @param path path and query
 * @param headers other headers by lower-case name
 * @param address address that the connection goes to, empty for any
 * @param port port that the connection goes to
 */
public record Call(
    String method,
    String scheme,
    String authority,
    String path,
    Map<String, String> headers,
    String address,
    int port) {

  public Call {
    headers = Collections.unmodifiableMap(new TreeMap<>(headers));
  }

  /** A GET of a URL, connecting to the URL's own port at any address. */
  public static Call get(String url) {
    URI uri = URI.create(url);
    String scheme = uri.getScheme();
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new Call("GET", scheme, uri.getRawAuthority(), path + query, Map.of(), "", port);
  }

  public Call method(String other) {
    return new Call(other, scheme, authority, path, headers, address, port);
  }

  public Call header(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name.toLowerCase(Locale.ROOT), value);
    return new Call(method, scheme, authority, path, more, address, port);
  }

  /** The same request with another Host header. */
  public Call host(String other) {
    return new Call(method, scheme, other, path, headers, address, port);
  }

  /** The same request over a connection to {@code address}, as after name resolution. */
  public Call to(String other) {
    return new Call(method, scheme, authority, path, headers, other, port);
  }

  /** The same request through a proxy or gateway that listens on {@code listenerPort}. */
  public Call through(int listenerPort) {
    return new Call(method, scheme, authority, path, headers, address, listenerPort);
  }

  List<String> header(String name) {
    String key = name.toLowerCase(Locale.ROOT);
    return switch (key) {
      case ":method" -> List.of(method);
      case ":authority", "host" -> List.of(authority);
      case ":path" -> List.of(path);
      case ":scheme" -> List.of(scheme);
      default -> {
        String value = headers.get(key);
        yield value == null ? List.of() : List.of(value);
      }
    };
  }
}

package dev.layar.testkit;

import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One HTTP request as a client sends it, or a connection that carries something else, for {@link
 * TrafficSimulator}. Immutable.
 *
 * @param method HTTP method
 * @param scheme {@code http}, {@code https}, or {@code tcp} for bytes that are neither TLS nor HTTP
 * @param authority the Host header
 * @param path path and query
 * @param headers other headers by lower-case name
 * @param address address that the connection goes to, empty for any
 * @param port port that the connection goes to
 * @param serverName SNI of a TLS connection, empty for none
 * @param alpn application protocols that a TLS connection offers
 * @param identity name in the client certificate, empty for none
 */
public record Call(
    String method,
    String scheme,
    String authority,
    String path,
    Map<String, String> headers,
    String address,
    int port,
    String serverName,
    List<String> alpn,
    String identity) {

  public Call {
    headers = Collections.unmodifiableMap(new TreeMap<>(headers));
    alpn = List.copyOf(alpn);
  }

  /** A GET of a URL, connecting to the URL's own port at any address. */
  public static Call get(String url) {
    URI uri = URI.create(url);
    String scheme = uri.getScheme();
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new Call(
        "GET",
        scheme,
        uri.getRawAuthority(),
        path + query,
        Map.of(),
        "",
        port,
        scheme.equals("https") ? uri.getHost() : "",
        scheme.equals("https") ? List.of("h2", "http/1.1") : List.of(),
        "");
  }

  /** A connection that carries neither TLS nor HTTP. */
  public static Call tcp(String address, int port) {
    return new Call("", "tcp", "", "/", Map.of(), address, port, "", List.of(), "");
  }

  /** A TLS connection whose content is not HTTP. */
  public static Call tls(String serverName, String address, int port) {
    return new Call("", "https", "", "/", Map.of(), address, port, serverName, List.of(), "");
  }

  public boolean isTls() {
    return scheme.equals("https");
  }

  public Call method(String other) {
    return new Call(
        other, scheme, authority, path, headers, address, port, serverName, alpn, identity);
  }

  public Call header(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name.toLowerCase(Locale.ROOT), value);
    return new Call(
        method, scheme, authority, path, more, address, port, serverName, alpn, identity);
  }

  /** The same request with another Host header. */
  public Call host(String other) {
    return new Call(
        method, scheme, other, path, headers, address, port, serverName, alpn, identity);
  }

  /** The same request over a connection to {@code address}, as after name resolution. */
  public Call to(String other) {
    return new Call(
        method, scheme, authority, path, headers, other, port, serverName, alpn, identity);
  }

  /** The same request through a proxy or gateway that listens on {@code listenerPort}. */
  public Call through(int listenerPort) {
    return new Call(
        method,
        scheme,
        authority,
        path,
        headers,
        address,
        listenerPort,
        serverName,
        alpn,
        identity);
  }

  /** The same over TLS with this server name and these application protocols. */
  public Call encrypted(String sni, String... protocols) {
    return new Call(
        method,
        "https",
        authority,
        path,
        headers,
        address,
        port,
        sni,
        List.of(protocols),
        identity);
  }

  /** The same with a client certificate of this name. */
  public Call as(String name) {
    return new Call(
        method, scheme, authority, path, headers, address, port, serverName, alpn, name);
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

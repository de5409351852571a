package dev.layar.samples.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request as read from the wire, its body whole.
 *
 * @param target the request target as sent (origin or absolute form)
 * @param peer the caller's address without the port
 */
public record Request(
    String method, String target, String version, List<Header> headers, byte[] body, String peer) {

  /** First value of a header, by name in any case. */
  public Optional<String> header(String name) {
    return headers.stream().filter(h -> h.is(name)).map(Header::value).findFirst();
  }

  /** The target's path, without scheme, authority and query. */
  public String path() {
    String origin = originForm();
    int query = origin.indexOf('?');
    return query < 0 ? origin : origin.substring(0, query);
  }

  /** The query string without its question mark; empty when there is none. */
  public String query() {
    int query = target.indexOf('?');
    return query < 0 ? "" : target.substring(query + 1);
  }

  /** Decoded query parameters, in order, values of a repeated name together. */
  public Map<String, List<String>> parameters() {
    return form(query());
  }

  /** Decodes {@code a=b&c=d}; malformed percent escapes are kept as written. */
  public static Map<String, List<String>> form(String text) {
    Map<String, List<String>> out = new LinkedHashMap<>();
    for (String pair : text.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      out.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(decode(value));
    }
    return out;
  }

  /** {@code http://host[:port]/path?query} as a caller would write it. */
  public String url() {
    return "http://" + header("Host").orElse("localhost") + originForm();
  }

  private String originForm() {
    int scheme = target.indexOf("://");
    if (scheme < 0 || target.startsWith("/")) {
      return target;
    }
    int slash = target.indexOf('/', scheme + 3);
    return slash < 0 ? "/" : target.substring(slash);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return text;
    }
  }
}

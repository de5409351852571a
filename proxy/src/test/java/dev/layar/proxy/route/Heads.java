package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;

/** Heads for tests, written as {@code GET http://host/path} and {@code name: value} lines. */
public final class Heads {
  private Heads() {}

  /** A request; the target is absolute, https makes the scheme https. */
  public static Head request(String line, String... headers) {
    String[] parts = line.split(" ");
    String scheme = parts[1].substring(0, parts[1].indexOf(':'));
    String rest = parts[1].substring(scheme.length() + 3);
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    String path = slash < 0 ? "/" : rest.substring(slash);
    Head head = new Head(512);
    put(head, parts[0] + " ");
    int pathAt = put(head, path);
    put(head, " HTTP/1.1\r\n");
    byte[] method = Ascii.bytes(parts[0]);
    head.requestLine(Method.of(method, 0, method.length), method.length, pathAt, path.length(), 1);
    head.startLineEnd(head.length());
    head.https(scheme.equals("https"));
    head.append(HeaderName.HOST, Ascii.bytes(authority));
    head.authoritySlice(head.valueStart(0), head.valueLength(0));
    headers(head, headers);
    return head;
  }

  /** A response. */
  public static Head response(int status, String... headers) {
    Head head = new Head(512);
    head.statusLine(status, 1);
    headers(head, headers);
    return head;
  }

  private static void headers(Head head, String... headers) {
    for (String header : headers) {
      int colon = header.indexOf(':', 1);
      String name = header.substring(0, colon);
      byte[] value = Ascii.bytes(header.substring(colon + 1).strip());
      head.append(Ascii.bytes(name), HeaderName.of(name), value, 0, value.length);
    }
  }

  private static int put(Head head, String text) {
    byte[] bytes = Ascii.bytes(text);
    return head.scratch(bytes, 0, bytes.length);
  }
}

package dev.layar.samples.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An answer to write; framing headers are the server's to add. */
public record Response(int status, List<Header> headers, Body body) {

  /** What follows the head. */
  public sealed interface Body {
    /** Known length. */
    record Bytes(byte[] bytes) implements Body {}

    /** Written in chunks as it comes. */
    record Stream(Writer writer) implements Body {}
  }

  /** Writes a body piece by piece; each flush becomes one chunk on the wire. */
  @FunctionalInterface
  public interface Writer {
    void writeTo(OutputStream out) throws IOException;
  }

  public static Response json(String json) {
    return of(200, "application/json", json);
  }

  public static Response text(int status, String text) {
    return of(status, "text/plain; charset=utf-8", text);
  }

  public static Response of(int status, String contentType, String body) {
    return new Response(
        status,
        List.of(new Header("Content-Type", contentType)),
        new Body.Bytes(body.getBytes(StandardCharsets.UTF_8)));
  }

  public Response with(String name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Response(status, more, body);
  }

  /** The same answer with another status. */
  public Response status(int other) {
    return new Response(other, headers, body);
  }

  /** The reason phrase of RFC 9110 §15, or a generic one. */
  public static String reason(int status) {
    return switch (status) {
      case 100 -> "Continue";
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 204 -> "No Content";
      case 206 -> "Partial Content";
      case 301 -> "Moved Permanently";
      case 302 -> "Found";
      case 303 -> "See Other";
      case 304 -> "Not Modified";
      case 307 -> "Temporary Redirect";
      case 308 -> "Permanent Redirect";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 413 -> "Content Too Large";
      case 418 -> "I'm a teapot";
      case 429 -> "Too Many Requests";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "Unknown";
    };
  }
}

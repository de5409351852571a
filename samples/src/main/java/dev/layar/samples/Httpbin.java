package dev.layar.samples;

import dev.layar.samples.http.BadRequest;
import dev.layar.samples.http.Header;
import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The endpoints of httpbin.org that service mesh tutorials call, with its JSON shapes. */
final class Httpbin implements Sample {
  private static final Duration MAX_DELAY = Duration.ofSeconds(10);
  private static final int MAX_BYTES = 100 * 1024;
  private static final int MAX_LINES = 100;

  private final Pod pod;
  private final Clock clock;

  Httpbin(Pod pod, Clock clock) {
    this.pod = pod;
    this.clock = clock;
  }

  @Override
  public HttpServer.AccessLog log() {
    return LogFormat.combined(clock);
  }

  @Override
  public String greeting(String address) {
    return LogFormat.gunicorn(
        clock, "Listening at: http://" + address + " (" + ProcessHandle.current().pid() + ")");
  }

  @Override
  public Response answer(Request request) throws BadRequest {
    String[] parts = request.path().split("/", 4);
    String argument = parts.length > 2 ? parts[2] : "";
    return switch (parts.length > 1 ? parts[1] : "") {
      case "" -> Response.of(200, "text/html; charset=utf-8", INDEX);
      case "headers" -> Response.json(Json.pretty(Map.of("headers", headers(request))));
      case "ip" -> Response.json(Json.pretty(Map.of("origin", origin(request))));
      case "user-agent" ->
          Response.json(Json.pretty(Map.of("user-agent", userAgent(request).orElse(""))));
      case "hostname" -> Response.json(Json.pretty(Map.of("hostname", pod.name())));
      case "uuid" -> Response.json(Json.pretty(Map.of("uuid", UUID.randomUUID().toString())));
      case "get" -> only(request, "GET", () -> Response.json(Json.pretty(get(request))));
      case "post", "put", "patch", "delete" ->
          only(request, parts[1], () -> Response.json(Json.pretty(withBody(request))));
      case "anything" -> Response.json(Json.pretty(anything(request)));
      case "status" -> status(argument);
      case "delay" -> delay(request, argument);
      case "bytes" -> bytes(request, argument);
      case "stream" -> stream(request, argument);
      case "response-headers" -> responseHeaders(request);
      case "cookies" -> Response.json(Json.pretty(Map.of("cookies", cookies(request))));
      default -> notFound();
    };
  }

  private interface Answer {
    Response get() throws BadRequest;
  }

  private static Response only(Request request, String method, Answer answer) throws BadRequest {
    boolean allowed =
        request.method().equalsIgnoreCase(method)
            || (method.equals("GET") && request.method().equals("HEAD"));
    return allowed
        ? answer.get()
        : Response.of(405, "text/html", "Method Not Allowed\n")
            .with("Allow", method.toUpperCase(Locale.ROOT));
  }

  private Map<String, @Nullable Object> get(Request request) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("args", flat(request.parameters()));
    out.put("headers", headers(request));
    out.put("origin", origin(request));
    out.put("url", request.url());
    return out;
  }

  private Map<String, @Nullable Object> withBody(Request request) {
    Map<String, @Nullable Object> out = get(request);
    String text = new String(request.body(), StandardCharsets.UTF_8);
    boolean form =
        request.header("Content-Type").orElse("").startsWith("application/x-www-form-urlencoded");
    out.put("data", form ? "" : text);
    out.put("files", Map.of());
    out.put("form", form ? flat(Request.form(text)) : Map.of());
    out.put("json", form ? null : jsonOrNull(text));
    return out;
  }

  private Map<String, @Nullable Object> anything(Request request) {
    Map<String, @Nullable Object> out = withBody(request);
    out.put("method", request.method());
    return out;
  }

  private static @Nullable Object jsonOrNull(String text) {
    try {
      return text.isBlank() ? null : Json.parse(text);
    } catch (IllegalArgumentException notJson) {
      return null;
    }
  }

  private static Response status(String codes) {
    List<String> choices = List.of(codes.split(","));
    int code;
    try {
      code = Integer.parseInt(choices.get(new SplittableRandom().nextInt(choices.size())).strip());
    } catch (NumberFormatException e) {
      return Response.text(400, "Invalid status code");
    }
    if (code < 200 || code > 599) {
      return Response.text(400, "Invalid status code");
    }
    Response response = Response.of(code, "text/html; charset=utf-8", code == 418 ? TEAPOT : "");
    return code >= 301 && code <= 308 && code != 304 ? response.with("Location", "/get") : response;
  }

  private Response delay(Request request, String seconds) {
    double wanted;
    try {
      wanted = Double.parseDouble(seconds);
    } catch (NumberFormatException e) {
      return notFound();
    }
    long nanos = (long) (Math.clamp(wanted, 0, MAX_DELAY.toSeconds()) * 1e9);
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = deadline - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return Response.json(Json.pretty(withBody(request)));
  }

  private static Response bytes(Request request, String count) {
    int length;
    try {
      length = Math.clamp(Integer.parseInt(count), 0, MAX_BYTES);
    } catch (NumberFormatException e) {
      return notFound();
    }
    List<String> seed = request.parameters().getOrDefault("seed", List.of());
    byte[] body = new byte[length];
    random(seed).nextBytes(body);
    return new Response(
        200,
        List.of(new Header("Content-Type", "application/octet-stream")),
        new Response.Body.Bytes(body));
  }

  private static SplittableRandom random(List<String> seed) {
    return seed.isEmpty()
        ? new SplittableRandom()
        : new SplittableRandom(seed.getFirst().hashCode());
  }

  private Response stream(Request request, String count) {
    int lines;
    try {
      lines = Math.clamp(Integer.parseInt(count), 0, MAX_LINES);
    } catch (NumberFormatException e) {
      return notFound();
    }
    return new Response(
        200,
        List.of(new Header("Content-Type", "application/json")),
        new Response.Body.Stream(out -> writeLines(out, request, lines)));
  }

  private void writeLines(OutputStream out, Request request, int lines) throws java.io.IOException {
    for (int id = 0; id < lines; id++) {
      Map<String, @Nullable Object> line = get(request);
      line.put("id", id);
      out.write((Json.compact(line) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
  }

  private static Response responseHeaders(Request request) {
    Map<String, Object> values = flat(request.parameters());
    Response response = Response.json(Json.pretty(values));
    for (Map.Entry<String, List<String>> entry : request.parameters().entrySet()) {
      for (String value : entry.getValue()) {
        response = response.with(token(entry.getKey()), value.replaceAll("[\r\n]", " "));
      }
    }
    return response;
  }

  private static String token(String name) {
    return name.replaceAll("[^A-Za-z0-9!#$%&'*+.^_`|~-]", "_");
  }

  private static Map<String, Object> cookies(Request request) {
    Map<String, Object> out = new TreeMap<>();
    for (String cookie : request.header("Cookie").orElse("").split(";")) {
      int equals = cookie.indexOf('=');
      if (equals > 0) {
        out.put(cookie.substring(0, equals).strip(), cookie.substring(equals + 1).strip());
      }
    }
    return out;
  }

  private static Response notFound() {
    return Response.of(404, "text/html", NOT_FOUND);
  }

  /** Names in title case, repeated ones joined by a comma, as httpbin prints them. */
  private static Map<String, Object> headers(Request request) {
    Map<String, Object> out = new TreeMap<>();
    for (Header header : request.headers()) {
      out.merge(titleCase(header.name()), header.value(), (a, b) -> a + "," + b);
    }
    return out;
  }

  static String titleCase(String name) {
    StringBuilder out = new StringBuilder(name.length());
    boolean start = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      out.append(start ? Character.toUpperCase(c) : Character.toLowerCase(c));
      start = c == '-';
    }
    return out.toString();
  }

  /** A single value as itself, several as a list. */
  private static Map<String, Object> flat(Map<String, List<String>> values) {
    Map<String, Object> out = new LinkedHashMap<>();
    values.forEach((name, all) -> out.put(name, all.size() == 1 ? all.getFirst() : all));
    return out;
  }

  private static String origin(Request request) {
    return request.header("X-Forwarded-For").orElse(request.peer());
  }

  private static Optional<String> userAgent(Request request) {
    return request.header("User-Agent");
  }

  private static final String INDEX =
      """
      <!DOCTYPE html>
      <html><head><title>httpbin</title></head>
      <body><h1>httpbin</h1><p>/headers /get /post /anything /ip /user-agent /hostname \
      /status/CODE /delay/SECONDS /bytes/N /stream/N /cookies /response-headers</p></body></html>
      """;

  private static final String NOT_FOUND =
      """
      <!DOCTYPE HTML>
      <title>404 Not Found</title>
      <h1>Not Found</h1>
      <p>The requested URL was not found on the server.</p>
      """;

  private static final String TEAPOT =
      """

            ( )  ) (
          ___________
         |           |]
          \\         /
           `-------'
        this is a teapot
      """;
}

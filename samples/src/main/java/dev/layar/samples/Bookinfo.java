package dev.layar.samples;

import dev.layar.samples.http.Header;
import dev.layar.samples.http.HttpClient;
import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The four services of Istio's Bookinfo, with its paths, JSON shapes, timeouts and the headers it
 * passes on from a request to those it causes.
 */
final class Bookinfo {
  private static final List<String> PASSED_ON =
      List.of(
          "x-request-id",
          "traceparent",
          "tracestate",
          "x-b3-traceid",
          "x-b3-spanid",
          "x-b3-parentspanid",
          "x-b3-sampled",
          "x-b3-flags",
          "b3",
          "end-user",
          "user-agent",
          "cookie",
          "authorization");

  private Bookinfo() {}

  /** What the four have in common. */
  abstract static class Service implements Sample {
    final Pod pod;
    private final Clock clock;
    private final String name;

    Service(Pod pod, Clock clock, String name) {
      this.pod = pod;
      this.clock = clock;
      this.name = name;
    }

    @Override
    public HttpServer.AccessLog log() {
      return LogFormat.combined(clock);
    }

    @Override
    public String greeting(String address) {
      return clock.instant() + " " + name + " listens on " + address;
    }

    @Override
    public Response answer(Request request) throws IOException {
      return request.path().equals("/health")
          ? Response.json(Json.compact(Map.of("status", name + " is healthy")))
          : serve(request);
    }

    abstract Response serve(Request request) throws IOException;

    /** The host another service is called by, as Bookinfo's environment variables have it. */
    String host(String service) {
      String variable = service.toUpperCase(java.util.Locale.ROOT) + "_HOSTNAME";
      String domain = pod.variable("SERVICES_DOMAIN", "");
      String host = pod.variable(variable, service);
      return (domain.isEmpty() ? host : host + "." + domain)
          + ":"
          + pod.variable(service.toUpperCase(java.util.Locale.ROOT) + "_SERVICE_PORT", "9080");
    }

    HttpClient.Answer call(Request cause, String url, Duration timeout) throws IOException {
      List<Header> headers =
          cause.headers().stream().filter(h -> PASSED_ON.stream().anyMatch(h::is)).toList();
      try (HttpClient client = new HttpClient(pod.environment(), timeout)) {
        return client.get(url, headers);
      }
    }

    static Response notFound() {
      return Response.json("{\"error\": \"no such page\"}").status(404);
    }
  }

  /** {@code GET /details/ID}. */
  static final class Details extends Service {
    Details(Pod pod, Clock clock) {
      super(pod, clock, "Details");
    }

    @Override
    Response serve(Request request) {
      if (!request.path().startsWith("/details")) {
        return notFound();
      }
      Integer id = id(request);
      if (id == null) {
        return badId();
      }
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("id", id);
      out.put("author", "William Shakespeare");
      out.put("year", 1595);
      out.put("type", "paperback");
      out.put("pages", 200);
      out.put("publisher", "PublisherA");
      out.put("language", "English");
      out.put("ISBN-10", "1234567890");
      out.put("ISBN-13", "123-1234567890");
      return Response.json(Json.compact(out));
    }
  }

  /** {@code GET /ratings/ID}. */
  static final class Ratings extends Service {
    Ratings(Pod pod, Clock clock) {
      super(pod, clock, "Ratings");
    }

    @Override
    Response serve(Request request) {
      if (!request.path().startsWith("/ratings")) {
        return notFound();
      }
      Integer id = id(request);
      if (id == null) {
        return badId();
      }
      Map<String, Object> stars = new LinkedHashMap<>();
      stars.put("Reviewer1", 5);
      stars.put("Reviewer2", 4);
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("id", id);
      out.put("ratings", stars);
      return Response.json(Json.compact(out));
    }
  }

  /** {@code GET /reviews/ID}; v1 has no stars, v2 black ones, v3 red ones. */
  static final class Reviews extends Service {
    private final @Nullable String colour;
    private final Duration ratingsTimeout;

    Reviews(Pod pod, Clock clock, String version) {
      super(pod, clock, "Reviews");
      colour =
          switch (version) {
            case "v1" -> null;
            case "v2" -> "black";
            default -> "red";
          };
      ratingsTimeout = Duration.ofMillis("black".equals(colour) ? 10_000 : 2_500);
    }

    @Override
    Response serve(Request request) {
      if (!request.path().startsWith("/reviews")) {
        return notFound();
      }
      Integer id = id(request);
      if (id == null) {
        return badId();
      }
      Map<?, ?> stars = colour == null ? Map.of() : stars(request, id);
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("id", String.valueOf(id));
      out.put("podname", pod.name());
      out.put("clustername", pod.variable("CLUSTER_NAME", "null"));
      out.put(
          "reviews",
          List.of(
              review("Reviewer1", "Quick wit from the first scene to the last.", stars),
              review("Reviewer2", "Great fun on stage, a little thin on paper.", stars)));
      return Response.json(Json.compact(out));
    }

    private Map<String, Object> review(String reviewer, String text, Map<?, ?> stars) {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("reviewer", reviewer);
      out.put("text", text);
      if (colour != null) {
        out.put("rating", rating(stars.get(reviewer), colour));
      }
      return out;
    }

    private static Map<String, Object> rating(@Nullable Object stars, String colour) {
      Map<String, Object> out = new LinkedHashMap<>();
      if (stars == null) {
        out.put("error", "Ratings service is currently unavailable");
      } else {
        out.put("stars", stars);
        out.put("color", colour);
      }
      return out;
    }

    private Map<?, ?> stars(Request request, int id) {
      String url = "http://" + host("ratings") + "/ratings/" + id;
      try {
        HttpClient.Answer answer = call(request, url, ratingsTimeout);
        if (answer.status() == 200
            && Json.parse(answer.text()) instanceof Map<?, ?> body
            && body.get("ratings") instanceof Map<?, ?> stars) {
          return stars;
        }
        System.err.println("ratings answered " + answer.status());
      } catch (IOException | IllegalArgumentException e) {
        System.err.println("ratings: " + e.getMessage());
      }
      return Map.of();
    }
  }

  /** {@code GET /productpage} and its small API; calls details and reviews. */
  static final class ProductPage extends Service {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final int REVIEW_ATTEMPTS = 2;

    /** What a service answered, or its failure as the status and error of that answer. */
    private record Outcome(int status, Object body) {}

    ProductPage(Pod pod, Clock clock) {
      super(pod, clock, "Product page");
    }

    @Override
    Response serve(Request request) {
      return switch (request.path()) {
        case "/", "/index.html", "/productpage" -> page(request);
        case "/login" -> login(request);
        case "/logout" -> redirect().with("Set-Cookie", "user=; Path=/; Max-Age=0");
        case "/api/v1/products" -> Response.json(Json.compact(List.of(product())));
        case "/api/v1/products/0" -> of(details(request));
        case "/api/v1/products/0/reviews" -> of(reviews(request));
        case "/api/v1/products/0/ratings" -> of(once(request, "ratings"));
        default -> notFound();
      };
    }

    private static Response of(Outcome outcome) {
      return Response.json(Json.compact(outcome.body())).status(outcome.status());
    }

    private Outcome details(Request request) {
      return once(request, "details");
    }

    private Outcome reviews(Request request) {
      Outcome outcome = once(request, "reviews");
      for (int i = 1; i < REVIEW_ATTEMPTS && outcome.status() >= 500; i++) {
        outcome = once(request, "reviews");
      }
      return outcome;
    }

    private Outcome once(Request request, String service) {
      try {
        HttpClient.Answer answer =
            call(request, "http://" + host(service) + "/" + service + "/0", TIMEOUT);
        Object body = answer.status() == 200 ? Json.parse(answer.text()) : null;
        if (body != null) {
          return new Outcome(200, body);
        }
        return failed(service, answer.status());
      } catch (IOException | IllegalArgumentException e) {
        System.err.println(service + ": " + e.getMessage());
        return failed(service, 500);
      }
    }

    private static Outcome failed(String service, int status) {
      String error = "Sorry, product " + service + " are currently unavailable for this book.";
      return new Outcome(status, Map.of("error", error));
    }

    private Response page(Request request) {
      Outcome details = details(request);
      Outcome reviews = reviews(request);
      String html =
          """
          <!DOCTYPE html>
          <html><head><title>Simple Bookstore App</title></head><body>
          <h1>The Comedy of Errors</h1>
          <h2>Book Details</h2><pre>%s</pre>
          <h2>Book Reviews</h2><pre>%s</pre>
          <form method="post" action="/login"><input name="username"><button>Sign in</button></form>
          </body></html>
          """
              .formatted(escape(Json.pretty(details.body())), escape(Json.pretty(reviews.body())));
      return Response.of(200, "text/html; charset=utf-8", html);
    }

    private static Response login(Request request) {
      String body = new String(request.body(), java.nio.charset.StandardCharsets.UTF_8);
      String user = Request.form(body).getOrDefault("username", List.of("")).getFirst();
      String safe = user.replaceAll("[^A-Za-z0-9._@-]", "");
      return redirect().with("Set-Cookie", "user=" + safe + "; Path=/");
    }

    private static Response redirect() {
      return Response.of(302, "text/html", "").with("Location", "/productpage");
    }

    private static Map<String, Object> product() {
      Map<String, Object> out = new LinkedHashMap<>();
      out.put("id", 0);
      out.put("title", "The Comedy of Errors");
      out.put("descriptionHtml", "A comedy of two pairs of twins by William Shakespeare.");
      return out;
    }

    private static String escape(String text) {
      return text.replace("&", "&amp;").replace("<", "&lt;");
    }
  }

  /** The last path segment; 0 when there is none; null when it is not a number. */
  private static @Nullable Integer id(Request request) {
    String[] parts = request.path().split("/");
    if (parts.length < 3) {
      return 0;
    }
    try {
      return Integer.valueOf(parts[2]);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static Response badId() {
    return Response.json("{\"error\": \"please provide numeric product ID\"}").status(400);
  }
}

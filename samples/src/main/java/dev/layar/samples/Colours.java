package dev.layar.samples;

import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers its colour, so that a caller sees which release it reached. */
final class Colours implements Sample {
  private final Pod pod;
  private final Clock clock;
  private final String colour;

  Colours(Pod pod, Clock clock, String colour) {
    this.pod = pod;
    this.clock = clock;
    this.colour = colour;
  }

  @Override
  public HttpServer.AccessLog log() {
    return LogFormat.plain(clock, pod.name(), colour);
  }

  @Override
  public String greeting(String address) {
    return clock.instant() + " " + pod.name() + " " + colour + " listens on " + address;
  }

  @Override
  public Response answer(Request request) {
    return switch (request.path()) {
      case "/", "/colour" -> Response.json(Json.compact(self()) + "\n");
      case "/color" -> Response.json("\"" + colour + "\"");
      default -> Response.text(404, "not found\n");
    };
  }

  private Map<String, Object> self() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("colour", colour);
    out.put("pod", pod.name());
    return out;
  }
}

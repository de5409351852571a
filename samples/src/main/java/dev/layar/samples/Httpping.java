package dev.layar.samples;

import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.time.Clock;

/** Answers {@code pong} at {@code /ping} and says so in its log. */
final class Httpping implements Sample {
  private final Pod pod;
  private final Clock clock;

  Httpping(Pod pod, Clock clock) {
    this.pod = pod;
    this.clock = clock;
  }

  @Override
  public HttpServer.AccessLog log() {
    return LogFormat.plain(clock, pod.name(), "pong");
  }

  @Override
  public String greeting(String address) {
    return clock.instant() + " " + pod.name() + " httpping listens on " + address;
  }

  @Override
  public Response answer(Request request) {
    return switch (request.path()) {
      case "/ping" -> Response.text(200, "pong\n");
      case "/", "/health" -> Response.text(200, "ok\n");
      default -> Response.text(404, "not found\n");
    };
  }
}

package dev.layar.samples;

import dev.layar.samples.http.HttpServer;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The log lines that the real programs behind the samples write. */
final class LogFormat {
  private static final DateTimeFormatter COMMON =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter PLAIN =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

  private LogFormat() {}

  /** gunicorn's default access log: the combined format of web servers. */
  static HttpServer.AccessLog combined(Clock clock) {
    return (request, status, bytes, took) ->
        System.out.println(
            request.peer()
                + " - - ["
                + COMMON.format(clock.instant())
                + "] \""
                + request.method()
                + " "
                + request.target()
                + " "
                + request.version()
                + "\" "
                + status
                + " "
                + bytes
                + " \""
                + request.header("Referer").orElse("-")
                + "\" \""
                + request.header("User-Agent").orElse("-")
                + "\"");
  }

  /** {@code time pod text "METHOD target" status host=…}. */
  static HttpServer.AccessLog plain(Clock clock, String pod, String text) {
    return (request, status, bytes, took) ->
        System.out.println(
            clock.instant()
                + " "
                + pod
                + " "
                + text
                + " \""
                + request.method()
                + " "
                + request.target()
                + "\" "
                + status
                + " host="
                + request.header("Host").orElse("-")
                + " "
                + took.toMillis()
                + "ms");
  }

  /** gunicorn's own log: {@code [time] [pid] [INFO] text}. */
  static String gunicorn(Clock clock, String text) {
    return "["
        + PLAIN.format(clock.instant())
        + "] ["
        + ProcessHandle.current().pid()
        + "] [INFO] "
        + text;
  }
}

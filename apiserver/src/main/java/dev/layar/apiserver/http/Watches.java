package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Watch;
import dev.layar.apiserver.WatchEvent;
import dev.layar.apiserver.WatchOptions;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Watches, as lines of a chunked answer or as text messages over WebSocket, which fabric8 uses.
 * Thread-safe; each watch holds the thread of its request.
 */
final class Watches {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

  /** Kubernetes ends a watch without a timeout after 30 to 60 minutes. */
  private static final long LEAST_SECONDS = 1_800;

  private final Api api;
  private final Rendering rendering;
  private final WebSockets webSockets;

  Watches(Api api, Rendering rendering, WebSockets webSockets) {
    this.api = api;
    this.rendering = rendering;
    this.webSockets = webSockets;
  }

  /** Where events go. */
  private interface Sink {
    void send(ObjectNode event) throws IOException;
  }

  /** Runs until the time is over, the client is gone or the watch has ended. */
  void watch(Request request) throws IOException, InterruptedException {
    View view = View.of(request.exchange().headers("Accept"));
    long end = System.nanoTime() + duration(request.exchange().query()).toNanos();
    try (Watch watch = api.watch(request.objects(), options(request.exchange().query()))) {
      if (request.exchange().wants("websocket")) {
        overWebSocket(request, view, watch, end);
      } else {
        overLines(request, view, watch, end);
      }
    }
  }

  private void overLines(Request request, View view, Watch watch, long end)
      throws IOException, InterruptedException {
    Exchange exchange = request.exchange();
    exchange.onLost(interrupting());
    try (OutputStream out = exchange.stream(200, "application/json")) {
      pump(
          request,
          view,
          watch,
          end,
          event -> out.write((event + "\n").getBytes(StandardCharsets.UTF_8)));
    }
  }

  private void overWebSocket(Request request, View view, Watch watch, long end)
      throws IOException, InterruptedException {
    Upgraded client = webSockets.accept(request.exchange(), "");
    client.onLost(interrupting());
    Thread reader = Thread.ofVirtual().name("watch-reader").start(() -> readToEnd(client));
    try {
      pump(
          request,
          view,
          watch,
          end,
          event -> client.send(new TextWebSocketFrame(event.toString())));
      client.send(new CloseWebSocketFrame(1000, ""));
      client.close(WebSockets.CLOSE_GRACE);
    } finally {
      client.close();
      reader.interrupt();
    }
  }

  /** Clients send nothing but their farewell. */
  private static void readToEnd(Upgraded client) {
    try {
      Object message = client.take();
      while (message instanceof WebSocketFrame frame && !(frame instanceof CloseWebSocketFrame)) {
        ReferenceCountUtil.release(message);
        message = client.take();
      }
      ReferenceCountUtil.release(message);
      client.close();
    } catch (InterruptedException e) {
      LOG.trace("watch is over", e);
    }
  }

  private static Runnable interrupting() {
    Thread self = Thread.currentThread();
    return self::interrupt;
  }

  private void pump(Request request, View view, Watch watch, long end, Sink sink)
      throws IOException, InterruptedException {
    boolean first = true;
    long left = end - System.nanoTime();
    while (left > 0) {
      WatchEvent event = watch.next(Duration.ofNanos(left));
      if (event != null) {
        sink.send(rendering.event(request, event, view, first));
        first = false;
      } else if (watch.ended()) {
        return;
      }
      left = end - System.nanoTime();
    }
  }

  private static Duration duration(Query query) {
    long asked = query.number("timeoutSeconds", 0);
    if (asked > 0) {
      return Duration.ofSeconds(Math.min(asked, 2 * LEAST_SECONDS));
    }
    return Duration.ofSeconds(LEAST_SECONDS + ThreadLocalRandom.current().nextLong(LEAST_SECONDS));
  }

  private static WatchOptions options(Query query) {
    boolean initial = query.flag("sendInitialEvents");
    boolean bookmarks = query.flag("allowWatchBookmarks");
    String match = query.get("resourceVersionMatch");
    String mistake = mistake(initial, bookmarks, match);
    if (mistake != null) {
      throw new StatusException(
          422,
          "Invalid",
          "ListOptions.meta.k8s.io \"\" is invalid: " + mistake,
          StatusException.Details.NONE);
    }
    return new WatchOptions(query.get("resourceVersion"), bookmarks, initial);
  }

  /** k8s.io/apimachinery, meta/internalversion/validation ValidateListOptions. */
  private static @Nullable String mistake(boolean initial, boolean bookmarks, String match) {
    if (initial && !match.equals("NotOlderThan")) {
      return "resourceVersionMatch: Invalid value: \""
          + match
          + "\": must be NotOlderThan with sendInitialEvents";
    }
    if (initial && !bookmarks) {
      return "allowWatchBookmarks: Required value: sendInitialEvents needs bookmarks";
    }
    return null;
  }
}

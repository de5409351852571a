package dev.layar.samples;

import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a sample was asked so far, counted by method, path and Host; answered at {@value #PATH}.
 * This is how a caller can see requests whose answers never come back to it, as mirrored ones.
 */
final class Seen {
  static final String PATH = "/layar/seen";
  private static final int MAX_KEYS = 1000;

  private record Key(String method, String path, String host) {}

  private final Map<Key, LongAdder> counts = new ConcurrentHashMap<>();

  void count(Request request) {
    Key key = new Key(request.method(), request.path(), request.header("Host").orElse(""));
    LongAdder count = counts.get(key);
    if (count == null && counts.size() < MAX_KEYS) {
      count = counts.computeIfAbsent(key, _ -> new LongAdder());
    }
    if (count != null) {
      count.increment();
    }
  }

  Response answer(String pod) {
    List<Map<String, Object>> requests = new ArrayList<>();
    counts.forEach(
        (key, count) -> {
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("method", key.method());
          entry.put("path", key.path());
          entry.put("host", key.host());
          entry.put("count", count.sum());
          requests.add(entry);
        });
    return Response.json(Json.pretty(Map.of("pod", pod, "requests", requests)));
  }
}

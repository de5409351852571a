package dev.layar.samples;

import dev.layar.samples.http.Header;
import dev.layar.samples.http.HttpClient;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Calls a URL many times through the environment's proxy and prints one JSON summary. Stops at the
 * count, at the duration or on SIGTERM, whichever comes first; the summary is printed in each case.
 */
final class Fetch {
  private static final int MAX_SAMPLES = 1_000_000;
  private static final int MAX_KEYS = 1000;
  private static final int MAX_BODY_KEY = 1000;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** What to send. */
  private record Plan(
      String url,
      String method,
      byte[] body,
      List<Header> headers,
      long count,
      int concurrency,
      @Nullable Duration duration,
      double rate,
      @Nullable Duration slow,
      boolean direct,
      String varyName,
      int varyValues) {}

  private final Plan plan;
  private final Map<String, String> environment;
  private final long start = System.nanoTime();
  private final AtomicLong issued = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final Map<String, Long> statuses = new TreeMap<>();
  private final Map<String, Long> pods = new TreeMap<>();
  private final Map<String, Long> bodies = new TreeMap<>();
  private final Map<String, Long> errors = new TreeMap<>();
  private final Map<String, Map<String, Long>> vary = new TreeMap<>();
  private final Map<String, Long> failures = new TreeMap<>();
  private long[] latencies = new long[1024];
  private int samples;
  private long answered;
  private long slow;

  private Fetch(Plan plan, Map<String, String> environment) {
    this.plan = plan;
    this.environment = environment;
  }

  /**
   * Runs to the end and prints the summary. Exit code 0 when every call got an answer, whatever its
   * status; 1 when one got none.
   */
  static int run(List<String> arguments, Map<String, String> environment, PrintStream out) {
    Fetch fetch = new Fetch(parse(arguments), environment);
    CountDownLatch done = new CountDownLatch(1);
    Thread hook =
        Thread.ofPlatform()
            .name("stop")
            .unstarted(
                () -> {
                  fetch.stop.set(true);
                  await(done);
                });
    Runtime.getRuntime().addShutdownHook(hook);
    fetch.runWorkers();
    out.println(Json.compact(fetch.summary()));
    out.flush();
    done.countDown();
    return fetch.errors.isEmpty() ? 0 : 1;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Plan parse(List<String> arguments) {
    String url = "";
    String method = "GET";
    byte[] body = new byte[0];
    List<Header> headers = new ArrayList<>();
    long count = -1;
    int concurrency = 1;
    Duration duration = null;
    double rate = 0;
    Duration slow = null;
    boolean direct = false;
    String varyName = "";
    int varyValues = 0;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("-")) {
        url = argument.contains("://") ? argument : "http://" + argument;
        continue;
      }
      if (argument.equals("--direct")) {
        direct = true;
        continue;
      }
      if (++i == arguments.size()) {
        throw new IllegalArgumentException(argument + " needs a value");
      }
      String value = arguments.get(i);
      switch (argument) {
        case "-n" -> count = positive(value);
        case "-c" -> concurrency = (int) Math.min(positive(value), 1024);
        case "-d" -> duration = duration(value);
        case "--rate" -> rate = Double.parseDouble(value);
        case "--slow" -> slow = duration(value);
        case "-X" -> method = value;
        case "--data" -> body = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        case "-H" -> headers.add(header(value));
        case "--vary-header" -> {
          Header pair = header(value);
          varyName = pair.name();
          varyValues = (int) positive(pair.value());
        }
        default -> throw new IllegalArgumentException("unknown option " + argument);
      }
    }
    if (url.isEmpty()) {
      throw new IllegalArgumentException(
          "usage: fetch [-n N] [-c CONCURRENCY] [-d DURATION] [--rate PER_SECOND] [--slow DURATION]"
              + " [--direct] [-X METHOD] [--data TEXT] [-H 'name: value'] [--vary-header"
              + " NAME:COUNT] URL");
    }
    long limit = count > 0 ? count : duration != null ? Long.MAX_VALUE : Math.max(1, varyValues);
    return new Plan(
        url,
        method,
        body,
        headers,
        limit,
        concurrency,
        duration,
        rate,
        slow,
        direct,
        varyName,
        varyValues);
  }

  private static long positive(String text) {
    long number = Long.parseLong(text);
    if (number <= 0) {
      throw new IllegalArgumentException("not a positive number: " + text);
    }
    return number;
  }

  private static Header header(String text) {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("not name: value: " + text);
    }
    return new Header(text.substring(0, colon).strip(), text.substring(colon + 1).strip());
  }

  /** {@code 500ms}, {@code 10s}, {@code 2m}, or bare seconds. */
  private static Duration duration(String text) {
    if (text.endsWith("ms")) {
      return Duration.ofMillis(positive(text.substring(0, text.length() - 2)));
    }
    char unit = text.charAt(text.length() - 1);
    String number = Character.isDigit(unit) ? text : text.substring(0, text.length() - 1);
    double factor = unit == 'm' ? 60_000 : unit == 'h' ? 3_600_000 : 1000;
    return Duration.ofMillis((long) (Double.parseDouble(number) * factor));
  }

  private void runWorkers() {
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < plan.concurrency(); i++) {
      workers.add(Thread.ofVirtual().start(this::work));
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        stop.set(true);
        Thread.currentThread().interrupt();
      }
    }
  }

  private void work() {
    try (HttpClient client = new HttpClient(plan.direct() ? Map.of() : environment, TIMEOUT)) {
      for (long index = issued.getAndIncrement();
          index < plan.count() && !finished();
          index = issued.getAndIncrement()) {
        pace(index);
        if (!finished()) {
          call(client, index);
        }
      }
    }
  }

  private boolean finished() {
    Duration limit = plan.duration();
    return stop.get() || (limit != null && System.nanoTime() - start >= limit.toNanos());
  }

  private void pace(long index) {
    if (plan.rate() <= 0) {
      return;
    }
    long due = start + (long) (index * 1e9 / plan.rate());
    for (long left = due - System.nanoTime(); left > 0 && !finished(); ) {
      LockSupport.parkNanos(Math.min(left, 50_000_000));
      left = due - System.nanoTime();
    }
  }

  private void call(HttpClient client, long index) {
    List<Header> headers = plan.headers();
    String value = "";
    if (plan.varyValues() > 0) {
      value = "v" + index % plan.varyValues();
      headers = new ArrayList<>(headers);
      headers.add(new Header(plan.varyName(), value));
    }
    long begun = System.nanoTime();
    try {
      HttpClient.Answer answer = client.send(plan.method(), plan.url(), headers, plan.body());
      record(answer, value, System.nanoTime() - begun);
    } catch (IOException e) {
      fail(e);
    }
  }

  private synchronized void record(HttpClient.Answer answer, String value, long nanos) {
    answered++;
    String pod = answer.header("X-Pod").orElse("");
    count(statuses, String.valueOf(answer.status()));
    if (!pod.isEmpty()) {
      count(pods, pod);
    }
    String text = answer.text();
    String body = text.substring(0, Math.min(text.length(), MAX_BODY_KEY)).strip();
    count(bodies, body);
    if (answer.status() >= 400) {
      count(failures, answer.status() + " " + body);
    }
    if (!value.isEmpty()) {
      count(vary.computeIfAbsent(value, _ -> new TreeMap<>()), pod.isEmpty() ? body : pod);
    }
    if (plan.slow() != null && nanos >= plan.slow().toNanos()) {
      slow++;
    }
    if (samples < MAX_SAMPLES) {
      if (samples == latencies.length) {
        latencies = Arrays.copyOf(latencies, samples * 2);
      }
      latencies[samples++] = nanos;
    }
  }

  private synchronized void fail(IOException e) {
    String message = e.getMessage();
    count(errors, message == null ? e.getClass().getSimpleName() : message);
  }

  /** Counts; once {@value #MAX_KEYS} keys are known, further ones go to {@code other}. */
  private static void count(Map<String, Long> counts, String key) {
    boolean room = counts.size() < MAX_KEYS || counts.containsKey(key);
    counts.merge(room ? key : "other", 1L, Long::sum);
  }

  private synchronized Map<String, Object> summary() {
    long[] sorted = Arrays.copyOf(latencies, samples);
    Arrays.sort(sorted);
    Map<String, Object> latency = new LinkedHashMap<>();
    latency.put("p50", millis(sorted, 0.50));
    latency.put("p99", millis(sorted, 0.99));
    latency.put("max", millis(sorted, 1));
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("url", plan.url());
    out.put("answered", answered);
    out.put("elapsed_ms", (System.nanoTime() - start) / 1_000_000);
    out.put("statuses", statuses);
    out.put("pods", pods);
    out.put("bodies", bodies);
    out.put("failures", failures);
    out.put("errors", errors);
    out.put("latency_ms", latency);
    if (plan.slow() != null) {
      out.put("slow", slow);
    }
    if (plan.varyValues() > 0) {
      out.put("vary", vary);
    }
    return out;
  }

  private static double millis(long[] sorted, double quantile) {
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(quantile * sorted.length) - 1;
    return Math.round(sorted[Math.max(0, rank)] / 1e4) / 100.0;
  }
}

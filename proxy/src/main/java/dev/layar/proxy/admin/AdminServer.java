package dev.layar.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.layar.base.Ticker;
import dev.layar.proxy.config.ConfigDumps;
import dev.layar.telemetry.PrometheusText;
import dev.layar.telemetry.Sample;
import dev.layar.telemetry.StatsText;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operator's port, with the paths and formats of Envoy's admin interface. Reads only, except
 * for what {@link Actions} allows. Where a process carries several workloads, {@code ?workload=ID}
 * chooses one; without it the first is shown.
 *
 * <p>A web page must not be able to drive it: requests with an {@code Origin} or from another site
 * are refused, and so are those whose Host is a name, which is how DNS rebinding would come in.
 */
public final class AdminServer implements AutoCloseable {
  /** So that the answer to {@code /quitquitquit} itself still arrives. */
  private static final int LAST_REPLY_SECONDS = 1;

  private static final int BACKLOG = 64;
  private static final String TEXT = "text/plain; charset=UTF-8";
  private static final String JSON = "application/json";

  /** What an operator may ask the process to do; run on the admin thread. */
  public interface Actions {
    /** Does nothing. */
    Actions NONE =
        new Actions() {
          @Override
          public void quit() {}

          @Override
          public void drain() {}
        };

    /** {@code POST /quitquitquit}. */
    void quit();

    /** {@code POST /drain_listeners}. */
    void drain();
  }

  private record Reply(int status, String type, String body) {
    static Reply text(String body) {
      return new Reply(200, TEXT, body);
    }

    static Reply json(String body) {
      return new Reply(200, JSON, body);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final Supplier<List<AdminWorkload>> workloads;
  private final Actions actions;
  private final Ticker ticker;
  private final long startedNanos;

  private AdminServer(
      HttpServer server, Supplier<List<AdminWorkload>> workloads, Actions actions, Ticker ticker) {
    this.server = server;
    this.workloads = workloads;
    this.actions = actions;
    this.ticker = ticker;
    this.startedNanos = ticker.nanos();
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("layar-admin-", 0).factory());
  }

  /**
   * Listens.
   *
   * @param address port 0 lets the system choose
   * @throws IOException when the port cannot be bound
   */
  public static AdminServer start(
      InetSocketAddress address,
      Supplier<List<AdminWorkload>> workloads,
      Actions actions,
      Ticker ticker)
      throws IOException {
    AdminServer admin =
        new AdminServer(HttpServer.create(address, BACKLOG), workloads, actions, ticker);
    admin.server.createContext("/", admin::serve);
    admin.server.setExecutor(admin.threads);
    admin.server.start();
    return admin;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(LAST_REPLY_SECONDS);
    threads.shutdownNow();
  }

  // ---- one request

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply = reply(exchange);
      byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("content-type", reply.type());
      exchange.getResponseHeaders().set("cache-control", "no-cache, max-age=0");
      exchange.getResponseHeaders().set("x-content-type-options", "nosniff");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(reply.status(), head || body.length == 0 ? -1 : body.length);
      if (!head && body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Reply reply(HttpExchange exchange) {
    String refusal = refusal(exchange);
    if (refusal != null) {
      return new Reply(403, TEXT, refusal + "\n");
    }
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    AdminWorkload workload = workload(query.get("workload"));
    if (workload == null) {
      return new Reply(404, TEXT, "no such workload; there are: " + ids() + "\n");
    }
    boolean post = exchange.getRequestMethod().equals("POST");
    try {
      return switch (exchange.getRequestURI().getPath()) {
        case "/ready" -> ready(workload);
        case "/stats" -> stats(workload, query);
        case "/stats/prometheus" -> prometheus(workload, query);
        case "/config_dump" -> Reply.json(dump(workload, query));
        case "/clusters" -> clusters(workload, query);
        case "/listeners" -> listeners(workload, query);
        case "/server_info" -> Reply.json(Json.of(info(workload)));
        case "/chain" -> Reply.text(workload.chains().get());
        case "/quitquitquit" -> act(post, actions::quit);
        case "/drain_listeners" -> act(post, actions::drain);
        case "/", "/help" -> Reply.text(help());
        default -> new Reply(404, TEXT, "invalid path. " + help());
      };
    } catch (PatternSyntaxException e) {
      return new Reply(400, TEXT, "Invalid regex: \"" + e.getMessage() + "\"\n");
    }
  }

  private static Reply act(boolean post, Runnable action) {
    if (!post) {
      return new Reply(405, TEXT, "Method Not Allowed: use POST\n");
    }
    action.run();
    return Reply.text("OK\n");
  }

  /** Why a request is refused; null when it is not. */
  private static @Nullable String refusal(HttpExchange exchange) {
    if (exchange.getRequestHeaders().containsKey("Origin")) {
      return "requests from web pages are refused: send none with an Origin header";
    }
    String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
    if (site != null && !site.equals("none") && !site.equals("same-origin")) {
      return "requests from other sites are refused";
    }
    String host = exchange.getRequestHeaders().getFirst("Host");
    return host == null || !numeric(host)
        ? "the Host header has to be an IP address or localhost"
        : null;
  }

  private static boolean numeric(String authority) {
    int bracket = authority.lastIndexOf(']');
    int colon = authority.lastIndexOf(':');
    String host = colon > bracket ? authority.substring(0, colon) : authority;
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    String bare = host.startsWith("[") && bracket > 0 ? host.substring(1, bracket) : host;
    try {
      return !bare.isEmpty() && !InetAddress.ofLiteral(bare).isMulticastAddress();
    } catch (IllegalArgumentException aName) {
      return false;
    }
  }

  private @Nullable AdminWorkload workload(@Nullable String id) {
    List<AdminWorkload> all = workloads.get();
    for (AdminWorkload workload : all) {
      if (id == null || workload.id().equals(id)) {
        return workload;
      }
    }
    return null;
  }

  private String ids() {
    return String.join(", ", workloads.get().stream().map(AdminWorkload::id).toList());
  }

  // ---- pages

  private static Reply ready(AdminWorkload workload) {
    return workload.ready().getAsBoolean()
        ? Reply.text("LIVE\n")
        : new Reply(503, TEXT, "INITIALIZING\n");
  }

  private Reply stats(AdminWorkload workload, Map<String, String> query) {
    String format = query.getOrDefault("format", "text");
    return switch (format) {
      case "prometheus" -> prometheus(workload, query);
      case "json" -> Reply.json(Json.of(statsJson(workload, query)));
      case "text" ->
          Reply.text(StatsText.of(samples(workload), query.containsKey("usedonly"), filter(query)));
      default -> new Reply(400, TEXT, "usage: /stats?format=text|json|prometheus\n");
    };
  }

  private Reply prometheus(AdminWorkload workload, Map<String, String> query) {
    boolean usedOnly = query.containsKey("usedonly");
    Predicate<String> filter = filter(query);
    List<Sample> samples = new ArrayList<>(samples(workload));
    samples.removeIf(
        sample ->
            usedOnly && unused(sample)
                || !filter.test(sample.statName().isEmpty() ? sample.family() : sample.statName()));
    return new Reply(200, PrometheusText.CONTENT_TYPE, PrometheusText.of(samples));
  }

  private static boolean unused(Sample sample) {
    return switch (sample.value()) {
      case Sample.CounterValue(long total) -> total == 0;
      case Sample.GaugeValue(long level) -> level == 0;
      case Sample.HistogramValue histogram -> histogram.total() == 0;
    };
  }

  private Map<String, Object> statsJson(AdminWorkload workload, Map<String, String> query) {
    boolean usedOnly = query.containsKey("usedonly");
    Predicate<String> filter = filter(query);
    Map<String, Object> values = new TreeMap<>();
    for (Sample sample : samples(workload)) {
      if (sample.statName().isEmpty()
          || usedOnly && unused(sample)
          || !filter.test(sample.statName())) {
        continue;
      }
      switch (sample.value()) {
        case Sample.CounterValue(long total) -> values.put(sample.statName(), total);
        case Sample.GaugeValue(long level) -> values.put(sample.statName(), level);
        case Sample.HistogramValue histogram -> values.put(sample.statName(), histogram.total());
      }
    }
    List<Object> stats = new ArrayList<>();
    values.forEach(
        (name, value) -> {
          Map<String, Object> stat = new LinkedHashMap<>();
          stat.put("name", name);
          stat.put("value", value);
          stats.add(stat);
        });
    return Map.of("stats", stats);
  }

  /** The workload's own samples and what Envoy reports of the process. */
  private List<Sample> samples(AdminWorkload workload) {
    List<Sample> samples = new ArrayList<>(workload.metrics().samples());
    boolean ready = workload.ready().getAsBoolean();
    samples.add(gauge("server.state", ready ? 0 : 2));
    samples.add(gauge("server.live", ready ? 1 : 0));
    samples.add(gauge("server.uptime", uptimeSeconds()));
    samples.add(gauge("listener_manager.workers_started", ready ? 1 : 0));
    Runtime runtime = Runtime.getRuntime();
    samples.add(gauge("server.memory_allocated", runtime.totalMemory() - runtime.freeMemory()));
    samples.add(gauge("server.memory_heap_size", runtime.totalMemory()));
    return samples;
  }

  private static Sample gauge(String name, long level) {
    return new Sample(
        name, "envoy_" + name.replace('.', '_'), List.of(), new Sample.GaugeValue(level));
  }

  private static String dump(AdminWorkload workload, Map<String, String> query) {
    Predicate<String> names = regex(query.get("name_regex"));
    return ConfigDumps.json(
        workload.store(), workload.bootstrap(), query.containsKey("include_eds"), names);
  }

  private static Reply clusters(AdminWorkload workload, Map<String, String> query) {
    var clusters = workload.store().snapshot().clusters().values();
    return "json".equals(query.get("format"))
        ? Reply.json(Json.of(ClusterText.json(clusters)))
        : Reply.text(ClusterText.text(clusters));
  }

  private static Reply listeners(AdminWorkload workload, Map<String, String> query) {
    Map<String, InetSocketAddress> listeners = new TreeMap<>(workload.listeners().get());
    if (!"json".equals(query.get("format"))) {
      StringBuilder out = new StringBuilder();
      listeners.forEach(
          (name, address) -> out.append(name).append("::").append(text(address)).append('\n'));
      return Reply.text(out.toString());
    }
    List<Object> statuses = new ArrayList<>();
    listeners.forEach(
        (name, address) -> {
          Map<String, Object> socket = new LinkedHashMap<>();
          socket.put("address", address.getAddress().getHostAddress());
          socket.put("port_value", address.getPort());
          Map<String, Object> status = new LinkedHashMap<>();
          status.put("name", name);
          status.put("local_address", Map.of("socket_address", socket));
          statuses.add(status);
        });
    return Reply.json(Json.of(Map.of("listener_statuses", statuses)));
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private Map<String, Object> info(AdminWorkload workload) {
    String uptime = uptimeSeconds() + "s";
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("version", "layar/" + version() + "/Clean/RELEASE/JDK" + Runtime.version().feature());
    info.put("state", workload.ready().getAsBoolean() ? "LIVE" : "INITIALIZING");
    info.put("hot_restart_version", "disabled");
    info.put("command_line_options", Map.of());
    info.put("node", Map.of("id", workload.id()));
    info.put("uptime_current_epoch", uptime);
    info.put("uptime_all_epochs", uptime);
    return info;
  }

  private static String version() {
    String version = AdminServer.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  private long uptimeSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(ticker.nanos() - startedNanos);
  }

  private static String help() {
    return """
    admin commands are:
      /chain: the request chain of each listener
      /clusters: clusters and their endpoints (?format=json)
      /config_dump: what was received and what is in effect (?include_eds, ?name_regex=)
      /drain_listeners (POST): stop accepting, let what is under way end
      /help: this text
      /listeners: where it listens (?format=json)
      /quitquitquit (POST): end the process
      /ready: 200 once the first configuration is in effect
      /server_info: version, state, uptime
      /stats: counters, gauges, histograms (?usedonly, ?filter=, ?format=text|json|prometheus)
      /stats/prometheus: the same in Prometheus' text format
    ?workload=ID chooses among several workloads of one process
    """;
  }

  // ---- query strings

  private static Predicate<String> filter(Map<String, String> query) {
    return regex(query.get("filter"));
  }

  private static Predicate<String> regex(@Nullable String regex) {
    if (regex == null || regex.isEmpty()) {
      return name -> true;
    }
    Pattern pattern = Pattern.compile(regex);
    return name -> pattern.matcher(name).find();
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    if (raw == null) {
      return query;
    }
    for (String pair : raw.split("&")) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      query.put(
          decoded(key).toLowerCase(Locale.ROOT),
          equals < 0 ? "" : decoded(pair.substring(equals + 1)));
    }
    return query;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return text;
    }
  }
}

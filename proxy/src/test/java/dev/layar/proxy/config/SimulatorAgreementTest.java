package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.route.Heads;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteMiss;
import dev.layar.proxy.route.RouteTable;
import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The proxy's route tables against the traffic simulator, two readings of Envoy's rules that share
 * no code: every route configuration among the compiler's goldens, asked with the authorities,
 * paths and headers that its own matchers name and with near misses of them.
 */
class SimulatorAgreementTest {
  /** What expressions in the goldens match, and what they do not. */
  private static final List<String> SAMPLES =
      List.of("", "a", "cc", "eee", "x; user=jason; y", "user=jason", "user=jasons", "https://a");

  private static final List<String> PATHS =
      List.of("/", "/other?q=1", "/v1/x", "/v/x", "/regex/42", "/regex/x");

  static Stream<Path> routeGoldens() throws IOException {
    return CompilerGoldenTest.goldens().filter(golden -> golden.toString().endsWith("route.yaml"));
  }

  @ParameterizedTest
  @MethodSource("routeGoldens")
  void everyCallIsDecidedAlike(Path golden) throws IOException {
    for (String yaml : CompilerGoldenTest.resources(golden)) {
      RouteConfiguration config =
          (RouteConfiguration) StoreWorld.parse(RouteConfiguration.newBuilder(), yaml);
      RouteTable table = table(config.getName(), yaml);
      TrafficSimulator plain = simulator(config, false);
      TrafficSimulator terminating = simulator(config, true);
      Set<String> decisions = new TreeSet<>();
      for (Call call : calls(config)) {
        String expected = decided((call.isTls() ? terminating : plain).call(call));
        assertThat(decided(table, call)).as("%s in %s", call, config.getName()).isEqualTo(expected);
        decisions.add(expected);
      }
      assertThat(decisions).hasSizeGreaterThanOrEqualTo(Math.min(2, config.getVirtualHostsCount()));
    }
  }

  private static RouteTable table(String name, String yaml) {
    StoreWorld world = new StoreWorld();
    assertThat(world.push(ResourceType.LISTENER, StoreWorld.listener("l", name))).isEmpty();
    assertThat(world.push(ResourceType.ROUTE, yaml)).isEmpty();
    return Objects.requireNonNull(world.store.snapshot().routes().get(name), name);
  }

  /**
   * @param tls whether the listener terminates TLS, so that requests come by https
   */
  private static TrafficSimulator simulator(RouteConfiguration config, boolean tls) {
    Listener listener =
        (Listener)
            StoreWorld.parse(
                Listener.newBuilder(),
                StoreWorld.listener("l", config.getName()).replace("127.0.0.1", "0.0.0.0"));
    if (tls) {
      Listener.Builder secure = listener.toBuilder();
      secure
          .getFilterChainsBuilder(0)
          .setTransportSocket(
              TransportSocket.newBuilder()
                  .setTypedConfig(Any.pack(DownstreamTlsContext.getDefaultInstance())));
      listener = secure.build();
    }
    return TrafficSimulator.of(List.of(listener, config));
  }

  // ---- the two answers in one form

  private static String decided(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Forwarded to ->
          forwarded(to.trail().route(), to.percentByCluster(), to.timeout(), to.retries());
      case Outcome.Redirected to -> to.status() + " " + to.location();
      case Outcome.Answered with -> with.status() + " " + with.body();
      case Outcome.Refused refused -> Integer.toString(refused.status());
      case Outcome.Tunnelled tunnelled -> throw new AssertionError(tunnelled);
    };
  }

  private static String decided(RouteTable table, Call call) {
    List<String> lines = new ArrayList<>();
    call.headers().forEach((name, value) -> lines.add(name + ": " + value));
    String target = call.scheme() + "://" + call.authority() + call.path();
    Head head = Heads.request(call.method() + " " + target, lines.toArray(String[]::new));
    return switch (table.match(head, head.https(), 0)) {
      case RouteMiss miss -> "404";
      case RouteEntry entry -> decided(entry, head);
    };
  }

  private static String decided(RouteEntry entry, Head head) {
    return switch (entry.action()) {
      case RouteAction.Forward to ->
          forwarded(
              entry.name(),
              percents(to.clusters().targets()),
              Duration.ofNanos(to.timeoutNanos()),
              to.retry() == null ? 0 : to.retry().retries());
      case RouteAction.Redirect to -> {
        ByteSink location = new ByteSink(64);
        to.location(head, location);
        yield to.status() + " " + location;
      }
      case RouteAction.DirectResponse with ->
          with.status() + " " + new String(with.body(), StandardCharsets.UTF_8);
    };
  }

  private static String forwarded(
      String route, Map<String, Double> percents, Duration timeout, int retries) {
    return route + " " + percents + " " + timeout + " " + retries;
  }

  private static Map<String, Double> percents(List<RouteAction.Target> targets) {
    long total = targets.stream().mapToLong(RouteAction.Target::weight).sum();
    Map<String, Double> percents = new TreeMap<>();
    for (RouteAction.Target target : targets) {
      percents.merge(target.cluster(), 100.0 * target.weight() / total, Double::sum);
    }
    return percents;
  }

  // ---- the calls

  private static List<Call> calls(RouteConfiguration config) {
    Set<String> paths = paths(config);
    List<Call> calls = new ArrayList<>();
    for (String authority : authorities(config)) {
      for (String path : paths) {
        Call plain = Call.get("http://host" + path).host(authority).through(0);
        calls.add(plain);
        calls.add(plain.method("POST"));
      }
    }
    String last = config.getVirtualHosts(0).getDomains(0).replace("*", "any");
    for (VirtualHost host : config.getVirtualHostsList()) {
      String authority = host.getDomains(0).replace("*", "any");
      for (Route route : host.getRoutesList()) {
        addHeaderCalls(calls, route, authority, paths);
      }
    }
    calls.add(Call.get("https://host/").host(last).through(0));
    return calls;
  }

  /** Every value of every header that the route asks for, alone and all of them together. */
  private static void addHeaderCalls(
      List<Call> calls, Route route, String authority, Set<String> paths) {
    for (String path : paths) {
      Call plain = Call.get("http://host" + path).host(authority).through(0);
      Call together = plain;
      for (HeaderMatcher matcher : route.getMatch().getHeadersList()) {
        if (matcher.getName().startsWith(":")) {
          continue;
        }
        for (String value : values(matcher.getStringMatch())) {
          calls.add(plain.header(matcher.getName(), value));
        }
        together =
            together.header(matcher.getName(), values(matcher.getStringMatch()).iterator().next());
      }
      calls.add(together);
    }
  }

  private static Set<String> authorities(RouteConfiguration config) {
    Set<String> authorities = new TreeSet<>(List.of("unknown.example", "unknown.example:80"));
    for (VirtualHost host : config.getVirtualHostsList()) {
      for (String domain : host.getDomainsList()) {
        String authority = domain.replace("*", "any");
        authorities.add(authority);
        authorities.add(authority.toUpperCase(Locale.ROOT));
        authorities.add(authority + ":9080");
        authorities.add("x" + authority);
        authorities.add(authority.replaceFirst(":\\d+$", ""));
      }
    }
    return authorities;
  }

  private static Set<String> paths(RouteConfiguration config) {
    Set<String> paths = new TreeSet<>(PATHS);
    for (VirtualHost host : config.getVirtualHostsList()) {
      for (Route route : host.getRoutesList()) {
        String base = route.getMatch().getPrefix() + route.getMatch().getPath();
        if (base.startsWith("/")) {
          paths.addAll(
              List.of(base, base + "x", base + "?q", base.toUpperCase(Locale.ROOT), base + "/sub"));
        }
        for (QueryParameterMatcher query : route.getMatch().getQueryParametersList()) {
          for (String value : values(query.getStringMatch())) {
            paths.add("/?" + query.getName() + "=" + value.replaceAll("[ ;].*", ""));
          }
        }
      }
    }
    return paths;
  }

  private static Collection<String> values(StringMatcher matcher) {
    String named = matcher.getExact() + matcher.getPrefix() + matcher.getSuffix();
    List<String> values = new ArrayList<>(List.of(named, named + "z", "z" + named));
    values.addAll(SAMPLES);
    return values;
  }
}

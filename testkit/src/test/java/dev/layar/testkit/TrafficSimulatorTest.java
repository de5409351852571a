package dev.layar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The simulator's own reading of Envoy's rules, one by one. */
class TrafficSimulatorTest {
  private static Any hcm(RouteConfiguration config) {
    return Any.pack(HttpConnectionManager.newBuilder().setRouteConfig(config).build());
  }

  private static Any tcp(String cluster) {
    return Any.pack(TcpProxy.newBuilder().setCluster(cluster).build());
  }

  private static FilterChain.Builder chain(Any filter) {
    return FilterChain.newBuilder().addFilters(Filter.newBuilder().setTypedConfig(filter));
  }

  private static Listener.Builder listener(String address, int port) {
    return Listener.newBuilder()
        .setName(address + "_" + port)
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder().setAddress(address).setPortValue(port)));
  }

  /** A virtual host whose one route answers 200 with the host's name. */
  private static VirtualHost host(String name, String... domains) {
    return VirtualHost.newBuilder()
        .setName(name)
        .addAllDomains(List.of(domains))
        .addRoutes(answer(RouteMatch.newBuilder().setPrefix("/"), name))
        .build();
  }

  private static Route answer(RouteMatch.Builder match, String body) {
    DirectResponseAction.Builder action = DirectResponseAction.newBuilder().setStatus(200);
    action.getBodyBuilder().setInlineString(body);
    return Route.newBuilder().setMatch(match).setDirectResponse(action).build();
  }

  private static String ask(RouteConfiguration.Builder config, Call call) {
    Listener all = listener("0.0.0.0", 80).addFilterChains(chain(hcm(config.build()))).build();
    return TrafficSimulator.of(List.of(all)).call(call).summary();
  }

  private static String withRoutes(Call call, Route... routes) {
    return ask(
        RouteConfiguration.newBuilder()
            .addVirtualHosts(
                VirtualHost.newBuilder().addDomains("*").addAllRoutes(List.of(routes))),
        call);
  }

  @Test
  void virtualHostsByExactThenSuffixThenPrefixThenAll() {
    RouteConfiguration.Builder config =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(host("all", "*"))
            .addVirtualHosts(host("prefix", "foo.*"))
            .addVirtualHosts(host("suffix", "*.com"))
            .addVirtualHosts(host("longer", "*.foo.com"))
            .addVirtualHosts(host("exact", "foo.com", "bar.foo.com:81"))
            .setIgnorePortInHostMatching(false);

    assertThat(ask(config, Call.get("http://FOO.com/"))).isEqualTo("200 exact");
    assertThat(ask(config, Call.get("http://a.foo.com/"))).isEqualTo("200 longer");
    assertThat(ask(config, Call.get("http://a.com/"))).isEqualTo("200 suffix");
    assertThat(ask(config, Call.get("http://foo.org/"))).isEqualTo("200 prefix");
    assertThat(ask(config, Call.get("http://x.org/"))).isEqualTo("200 all");
    assertThat(ask(config, Call.get("http://bar.foo.com:81/").through(80))).isEqualTo("200 exact");
    assertThat(ask(config, Call.get("http://foo.com:81/").through(80))).isEqualTo("200 prefix");
    config.setIgnorePortInHostMatching(true);
    assertThat(ask(config, Call.get("http://foo.com:81/").through(80))).isEqualTo("200 exact");
  }

  @Test
  void oneVirtualHostIsConsulted() {
    RouteConfiguration.Builder config =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(host("all", "*"))
            .addVirtualHosts(VirtualHost.newBuilder().setName("empty").addDomains("foo.com"));

    assertThat(ask(config, Call.get("http://foo.com/"))).isEqualTo("404 NR");
  }

  @Test
  void pathsAreComparedWithoutTheQuery() {
    Route prefix = answer(RouteMatch.newBuilder().setPrefix("/foo"), "prefix");
    Route path = answer(RouteMatch.newBuilder().setPath("/exact"), "path");
    Route folded =
        answer(
            RouteMatch.newBuilder().setPath("/Folded").setCaseSensitive(BoolValue.of(false)),
            "folded");
    Route regex =
        answer(
            RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("/r[0-9]+")),
            "regex");
    Route segments = answer(RouteMatch.newBuilder().setPathSeparatedPrefix("/seg"), "segments");

    assertThat(withRoutes(Call.get("http://h/foobar"), prefix)).isEqualTo("200 prefix");
    assertThat(withRoutes(Call.get("http://h/exact?q=/foo"), prefix, path)).isEqualTo("200 path");
    assertThat(withRoutes(Call.get("http://h/fOLDED"), path, folded)).isEqualTo("200 folded");
    assertThat(withRoutes(Call.get("http://h/r42"), regex)).isEqualTo("200 regex");
    assertThat(withRoutes(Call.get("http://h/r42x"), regex)).isEqualTo("404 NR");
    assertThat(withRoutes(Call.get("http://h/seg/a"), segments)).isEqualTo("200 segments");
    assertThat(withRoutes(Call.get("http://h/segment"), segments)).isEqualTo("404 NR");
  }

  @Test
  void aMissingHeaderMatchesOnlyWhatAsksForAbsence() {
    StringMatcher exact = StringMatcher.newBuilder().setExact("a").build();
    HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName("x");
    Call without = Call.get("http://h/");
    Call with = without.header("X", "a");

    assertThat(header(with, matcher.clone().setStringMatch(exact))).isTrue();
    assertThat(header(without, matcher.clone().setStringMatch(exact))).isFalse();
    assertThat(header(without, matcher.clone().setStringMatch(exact).setInvertMatch(true)))
        .isFalse();
    assertThat(
            header(
                without,
                matcher
                    .clone()
                    .setStringMatch(exact)
                    .setInvertMatch(true)
                    .setTreatMissingHeaderAsEmpty(true)))
        .isTrue();
    assertThat(header(with, matcher.clone().setPresentMatch(true))).isTrue();
    assertThat(header(without, matcher.clone().setPresentMatch(true).setInvertMatch(true)))
        .isTrue();
    assertThat(header(with, matcher.clone())).isTrue();
  }

  private static boolean header(Call call, HeaderMatcher.Builder matcher) {
    return withRoutes(
            call, answer(RouteMatch.newBuilder().setPrefix("/").addHeaders(matcher), "yes"))
        .equals("200 yes");
  }

  @Test
  void theFirstValueOfAQueryParameterCounts() {
    Route route =
        answer(
            RouteMatch.newBuilder()
                .setPrefix("/")
                .addQueryParameters(
                    QueryParameterMatcher.newBuilder()
                        .setName("a")
                        .setStringMatch(StringMatcher.newBuilder().setExact("1"))),
            "yes");

    assertThat(withRoutes(Call.get("http://h/?b=2&a=1&a=2"), route)).isEqualTo("200 yes");
    assertThat(withRoutes(Call.get("http://h/?a=2&a=1"), route)).isEqualTo("404 NR");
    assertThat(withRoutes(Call.get("http://h/"), route)).isEqualTo("404 NR");
  }

  @Test
  void redirectsKeepWhatTheyDoNotReplace() {
    RedirectAction.Builder action =
        RedirectAction.newBuilder().setPortRedirect(8443).setSchemeRedirect("https");
    Route route =
        Route.newBuilder()
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRedirect(action)
            .build();

    assertThat(withRoutes(Call.get("http://h:80/a?b"), route)).isEqualTo("301 https://h:8443/a?b");
  }

  @Test
  void theMostExactListenerTakesTheConnection() {
    List<Message> resources = new ArrayList<>();
    resources.add(listener("0.0.0.0", 80).addFilterChains(chain(tcp("any"))).build());
    resources.add(listener("10.0.0.1", 80).addFilterChains(chain(tcp("own"))).build());
    resources.add(
        listener("0.0.0.0", 15001)
            .setUseOriginalDst(BoolValue.of(true))
            .addFilterChains(chain(tcp("rest")))
            .build());
    TrafficSimulator simulator = TrafficSimulator.of(resources);

    assertThat(simulator.call(Call.get("http://h/").to("10.0.0.1")).summary()).contains("own");
    assertThat(simulator.call(Call.get("http://h/").to("10.0.0.2")).summary()).contains("any");
    assertThat(simulator.call(Call.get("http://h:81/")).summary()).contains("rest");
  }

  @Test
  void chainsAreMatchedLevelByLevelWithoutGoingBack() {
    Listener listener =
        listener("0.0.0.0", 80)
            .addListenerFilters(
                ListenerFilter.newBuilder()
                    .setTypedConfig(Any.pack(TlsInspector.getDefaultInstance())))
            .addFilterChains(
                chain(tcp("port-tls"))
                    .setFilterChainMatch(
                        FilterChainMatch.newBuilder()
                            .setDestinationPort(com.google.protobuf.UInt32Value.of(80))
                            .setTransportProtocol("tls")))
            .addFilterChains(chain(tcp("no-port")))
            .setDefaultFilterChain(chain(tcp("default")))
            .build();
    TrafficSimulator simulator = TrafficSimulator.of(List.of(listener));

    assertThat(simulator.call(Call.get("https://h/").through(80)).summary()).contains("port-tls");
    assertThat(simulator.call(Call.get("http://h/")).summary())
        .as("the branch of the port hides the chain without one")
        .contains("default");
  }

  @Test
  void whatItDoesNotKnowItDoesNotGuess() {
    RouteMatch.Builder match = RouteMatch.newBuilder().setPrefix("/");
    match
        .getRuntimeFractionBuilder()
        .setDefaultValue(FractionalPercent.newBuilder().setNumerator(5));

    assertThatThrownBy(() -> withRoutes(Call.get("http://h/"), answer(match, "x")))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}

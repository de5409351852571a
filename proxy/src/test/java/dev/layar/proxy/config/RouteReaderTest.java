package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.lb.XxHash64;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.FaultConfig;
import dev.layar.proxy.route.Fraction;
import dev.layar.proxy.route.Heads;
import dev.layar.proxy.route.RetryPolicy;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteMiss;
import dev.layar.proxy.route.RouteResult;
import dev.layar.proxy.route.RouteTable;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Route configurations as they come by xDS, asked with heads as they come from clients. */
class RouteReaderTest {
  private static final byte[] REMOTE = Ascii.bytes("10.9.8.7:5555");
  private static final byte[] LOCAL = Ascii.bytes("10.1.1.1:80");

  private static RouteTable table(String yaml) {
    Problems problems = new Problems("test");
    RouteTable table = read(yaml, problems);
    assertThat(problems.findings()).isEmpty();
    return table;
  }

  private static RouteTable read(String yaml, Problems problems) {
    RouteConfiguration proto =
        (RouteConfiguration) StoreWorld.parse(RouteConfiguration.newBuilder(), yaml);
    SupportedFields.check(RouteConfiguration.getDescriptor(), proto, "", problems);
    return RouteReader.read(proto, problems);
  }

  private static List<Finding> errors(String yaml) {
    Problems problems = new Problems("test");
    read(yaml, problems);
    return problems.findings().stream().filter(Finding::isError).toList();
  }

  /** A table with one virtual host for everything, whose routes are given. */
  private static RouteTable routes(String... routes) {
    return table(
        "{name: t, virtual_hosts: [{name: v, domains: ['*'], routes: ["
            + String.join(",", routes)
            + "]}]}");
  }

  private static String match(String name, String match) {
    return "{name: " + name + ", match: " + match + ", route: {cluster: " + name + "}}";
  }

  private static String decided(RouteTable table, Head head) {
    return decided(table.match(head, head.https(), 0));
  }

  private static String decided(RouteResult result) {
    return switch (result) {
      case RouteEntry entry -> entry.name();
      case RouteMiss miss -> miss.name();
    };
  }

  private static RouteEntry entry(RouteTable table, Head head) {
    return (RouteEntry) table.match(head, head.https(), 0);
  }

  private static RouteAction.Forward forward(RouteTable table, Head head) {
    return (RouteAction.Forward) entry(table, head).action();
  }

  // ---- virtual hosts

  private static final String HOSTS =
      """
      name: hosts
      virtual_hosts:
      - {name: exact, domains: [reviews, 'Reviews.Default:9080'], routes: [{name: exact, match: {prefix: /}, route: {cluster: c}}]}
      - {name: long, domains: ['*.b.example.com'], routes: [{name: long, match: {prefix: /}, route: {cluster: c}}]}
      - {name: short, domains: ['*.example.com', '*-x.example.com'], routes: [{name: short, match: {prefix: /}, route: {cluster: c}}]}
      - {name: prefix, domains: ['api.*', 'api.v1.*'], routes: [{name: prefix, match: {prefix: /}, route: {cluster: c}}]}
      - {name: any, domains: ['*'], routes: [{name: any, match: {prefix: /only}, route: {cluster: c}}]}
      """;

  @ParameterizedTest
  @CsvSource({
    "reviews, exact",
    "REVIEWS, exact",
    "reviews.default:9080, exact",
    "reviews:9080, any",
    "a.b.example.com, long",
    "b.example.com, short",
    "a.example.com, short",
    "q-x.example.com, short",
    ".example.com, any",
    "example.com, any",
    "api.org, prefix",
    "api.v1.org, prefix",
    "api., any"
  })
  void oneVirtualHostIsConsulted(String authority, String host) {
    RouteTable table = table(HOSTS);
    Head head = Heads.request("GET http://" + authority + "/only");
    assertThat(Objects.requireNonNull(table.host(head)).name()).isEqualTo(host);
  }

  @Test
  void aHostWhoseRoutesDoNotMatchIsNotLeftForAnother() {
    assertThat(decided(table(HOSTS), Heads.request("GET http://other/x"))).isEqualTo("NO_ROUTE");
    RouteTable one = table("{name: t, virtual_hosts: [{name: v, domains: [a], routes: []}]}");
    assertThat(decided(one, Heads.request("GET http://b/"))).isEqualTo("NO_VIRTUAL_HOST");
  }

  @Test
  void thePortIsIgnoredWhenTheTableSaysSo() {
    RouteTable table = table(HOSTS + "ignore_port_in_host_matching: true\n");
    assertThat(decided(table, Heads.request("GET http://reviews:9080/"))).isEqualTo("exact");
    assertThat(decided(table, Heads.request("GET http://a.example.com:1/"))).isEqualTo("short");
    assertThat(decided(table, Heads.request("GET http://reviews:x/only"))).isEqualTo("any");
  }

  @Test
  void plainRequestsAreSentToHttpsWhereTlsIsRequired() {
    RouteTable table =
        table(
            "{name: t, virtual_hosts: [{name: v, domains: ['*'], require_tls: ALL, routes: ["
                + match("r", "{prefix: /}")
                + "]}]}");
    Head plain = Heads.request("GET http://bookinfo.com:80/reviews?a=1");
    RouteAction.Redirect redirect = (RouteAction.Redirect) entry(table, plain).action();
    assertThat(redirect.status()).isEqualTo(301);
    assertThat(location(redirect, plain)).isEqualTo("https://bookinfo.com/reviews?a=1");
    assertThat(decided(table, Heads.request("GET https://bookinfo.com/"))).isEqualTo("r");
  }

  // ---- matchers

  @ParameterizedTest
  @CsvSource({
    // specifier; request line; whether it matches
    "'{prefix: /foo}', GET http://h/foobar, true",
    "'{prefix: /foo}', GET http://h/Foo, false",
    "'{prefix: /FOO, case_sensitive: false}', GET http://h/foO/x, true",
    "'{prefix: /}', GET http://h/?q, true",
    "'{prefix: /foo}', GET http://h/?/foo, false",
    "'{path: /foo}', GET http://h/foo?x=1, true",
    "'{path: /foo}', GET http://h/foo#frag, true",
    "'{path: /foo}', GET http://h/foo/, false",
    "'{path: /FOO, case_sensitive: false}', GET http://h/foo, true",
    "'{safe_regex: {regex: ''/a+''}}', GET http://h/aaa?b, true",
    "'{safe_regex: {regex: ''/a+''}}', GET http://h/aaab, false",
    "'{path_separated_prefix: /foo}', GET http://h/foo, true",
    "'{path_separated_prefix: /foo}', GET http://h/foo/bar, true",
    "'{path_separated_prefix: /foo}', GET http://h/foo?x, true",
    "'{path_separated_prefix: /foo}', GET http://h/foobar, false",
    "'{connect_matcher: {}}', CONNECT http://h/, true",
    "'{connect_matcher: {}}', GET http://h/, false",
    "'{prefix: /}', CONNECT http://h/, false"
  })
  void pathsMatch(String specifier, String line, boolean matches) {
    assertThat(decided(routes(match("r", specifier)), Heads.request(line)))
        .isEqualTo(matches ? "r" : "NO_ROUTE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // matcher | headers of the request | whether it matches
        "name: x, string_match: {exact: a} | x: a | true",
        "name: X, string_match: {exact: a} | x: a | true",
        "name: x, string_match: {exact: a} | x: A | false",
        "name: x, string_match: {exact: A, ignore_case: true} | x: a | true",
        "name: x, string_match: {prefix: ab} | x: abc | true",
        "name: x, string_match: {suffix: bc} | x: abc | true",
        "name: x, string_match: {suffix: bc} | x: c | false",
        "name: x, string_match: {contains: b} | x: abc | true",
        "name: x, string_match: {safe_regex: {regex: 'a.c'}} | x: abc | true",
        "name: x, string_match: {safe_regex: {regex: 'a.'}} | x: abc | false",
        "name: x, range_match: {start: 10, end: 20} | x: 19 | true",
        "name: x, range_match: {start: 10, end: 20} | x: 20 | false",
        "name: x, range_match: {start: -5, end: 0} | x: -1 | true",
        "name: x, range_match: {start: 0, end: 9} | x: one | false",
        "name: x, present_match: true | x: | true",
        "name: x, present_match: true | y: 1 | false",
        "name: x, present_match: false | y: 1 | true",
        "name: x, present_match: true, invert_match: true | y: 1 | true",
        "name: x, present_match: false, invert_match: true | x: 1 | true",
        "name: x | x: 1 | true",
        "name: x, string_match: {exact: a}, invert_match: true | x: b | true",
        "name: x, string_match: {exact: a}, invert_match: true | x: a | false",
        "name: x, string_match: {exact: a}, invert_match: true | y: b | false",
        "name: x, string_match: {exact: a}, invert_match: true, treat_missing_header_as_empty: true"
            + " | y: b | true",
        "name: x, string_match: {exact: ''}, treat_missing_header_as_empty: true | y: b | true",
        "name: x, string_match: {exact: b} | x: a,x: b | true",
        "name: x, string_match: {exact: b}, invert_match: true | x: a,x: b | false",
        "name: user-agent, string_match: {prefix: curl} | user-agent: curl/8 | true",
        "name: ':method', string_match: {exact: GET} | y: 1 | true",
        "name: ':authority', string_match: {exact: 'h:80'} | y: 1 | true",
        "name: ':scheme', string_match: {exact: https} | y: 1 | false",
        "name: ':path', string_match: {exact: '/p?q=1'} | y: 1 | true",
        "name: cookie, string_match: {safe_regex: {regex: '^(.*?;)?(user=jason)(;.*)?$'}} | cookie:"
            + " user=jason | true",
        "name: cookie, string_match: {safe_regex: {regex: '^(.*?;)?(user=jason)(;.*)?$'}} | cookie:"
            + " a=b;user=jason;c=d | true",
        "name: cookie, string_match: {safe_regex: {regex: '^(.*?;)?(user=jason)(;.*)?$'}} | cookie:"
            + " user=jasonx | false"
      })
  void headersMatch(String matcher, String headers, boolean matches) {
    RouteTable table = routes(match("r", "{prefix: /, headers: [{" + matcher + "}]}"));
    Head head = Heads.request("GET http://h:80/p?q=1", headers.split(","));
    assertThat(decided(table, head)).isEqualTo(matches ? "r" : "NO_ROUTE");
  }

  @ParameterizedTest
  @CsvSource({
    "'name: a, string_match: {exact: b}', /?a=b, true",
    "'name: a, string_match: {exact: b}', /?x=1&a=b&a=c, true",
    "'name: a, string_match: {exact: c}', /?a=b&a=c, false",
    "'name: a, string_match: {exact: ''b%20c''}', /?a=b%20c, true",
    "'name: a, string_match: {exact: ''''}', /?a, true",
    "'name: a, present_match: true', /?a, true",
    "'name: a, present_match: true', /?aa=1, false",
    "'name: a, present_match: false', /?b, true",
    "'name: a', /, false",
    "'name: a, string_match: {exact: b}', /#?a=b, false"
  })
  void queryParametersMatch(String matcher, String path, boolean matches) {
    RouteTable table = routes(match("r", "{prefix: /, query_parameters: [{" + matcher + "}]}"));
    assertThat(decided(table, Heads.request("GET http://h" + path)))
        .isEqualTo(matches ? "r" : "NO_ROUTE");
  }

  @Test
  void theFirstMatchingRouteDecides() {
    RouteTable table =
        routes(
            match(
                "jason", "{prefix: /, headers: [{name: end-user, string_match: {exact: jason}}]}"),
            match("rest", "{prefix: /}"));
    assertThat(decided(table, Heads.request("GET http://h/", "end-user: jason")))
        .isEqualTo("jason");
    assertThat(decided(table, Heads.request("GET http://h/", "end-user: eve"))).isEqualTo("rest");
  }

  @Test
  void grpcRoutesWantAGrpcContentType() {
    RouteTable table = routes(match("r", "{prefix: /, grpc: {}}"));
    assertThat(
            decided(table, Heads.request("POST http://h/", "content-type: application/grpc+proto")))
        .isEqualTo("r");
    assertThat(decided(table, Heads.request("POST http://h/", "content-type: application/grpcx")))
        .isEqualTo("NO_ROUTE");
  }

  @Test
  void aRuntimeFractionTakesItsShareByTheStreamsRandomValue() {
    RouteTable table =
        routes(
            match(
                "r",
                "{prefix: /, runtime_fraction: {default_value: {numerator: 25, denominator:"
                    + " HUNDRED}}}"));
    Head head = Heads.request("GET http://h/");
    assertThat(decided(table.match(head, false, 124))).isEqualTo("r");
    assertThat(decided(table.match(head, false, 125))).isEqualTo("NO_ROUTE");
  }

  // ---- actions

  @Test
  void weightedClustersOwnHalfOpenIntervals() {
    RouteTable table =
        routes(
            "{match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: a, weight: 10},"
                + " {name: z, weight: 0}, {name: b, weight: 90}]}}}");
    RouteAction.ClusterChoice clusters = forward(table, Heads.request("GET http://h/")).clusters();
    assertThat(clusters.choose(9).cluster()).isEqualTo("a");
    assertThat(clusters.choose(10).cluster()).isEqualTo("b");
    assertThat(clusters.choose(109).cluster()).isEqualTo("a");
    assertThat(clusters.choose(-1).cluster()).isEqualTo("b");
    int a = 0;
    SplitMix64 random = new SplitMix64(8);
    for (int i = 0; i < 10_000; i++) {
      a += clusters.choose(random.next()).cluster().equals("a") ? 1 : 0;
    }
    assertThat(Math.abs(a - 1000)).isLessThan((int) (5 * Math.sqrt(10_000 * 0.1 * 0.9)));
  }

  @ParameterizedTest
  @CsvSource({
    // match; rewrite; path; result
    "'prefix: /foo/', 'prefix_rewrite: /', /foo/bar?x=1, /bar?x=1",
    "'prefix: /foo', 'prefix_rewrite: /', /foo/bar, //bar",
    "'path: /foo', 'prefix_rewrite: /new', /foo?x, /new?x",
    "'safe_regex: {regex: ''/v[0-9]+/.*''}', 'prefix_rewrite: /new', /v1/a?x, /new?x",
    "'prefix: /', 'regex_rewrite: {pattern: {regex: ''^/service/([^/]+)(/.*)$''}, substitution:"
        + " ''\\2/instance/\\1''}', /service/foo/v1/api?q=1, /v1/api/instance/foo?q=1",
    "'prefix: /', 'regex_rewrite: {pattern: {regex: ''one''}, substitution: ''two$''}',"
        + " /xxx/one/yyy/one, /xxx/two$/yyy/two$"
  })
  void pathsAreRewritten(String match, String rewrite, String path, String result) {
    RouteTable table = routes("{match: {" + match + "}, route: {cluster: c, " + rewrite + "}}");
    Head head = Heads.request("GET http://h" + path);
    ByteSink out = new ByteSink(16);
    assertThat(Objects.requireNonNull(forward(table, head).pathRewrite()).apply(head, out))
        .isTrue();
    assertThat(out.toString()).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({
    "'https_redirect: true', http://a.com/x?y, https://a.com/x?y",
    "'https_redirect: true', http://a.com:80/, https://a.com/",
    "'https_redirect: true', http://a.com:8080/, https://a.com:8080/",
    "'scheme_redirect: http', https://a.com:443/, http://a.com/",
    "'host_redirect: b.org', http://a.com:81/x, http://b.org/x",
    "'port_redirect: 8443, https_redirect: true', http://a.com:80/x, https://a.com:8443/x",
    "'path_redirect: /new', http://a.com/x?y=1, http://a.com/new?y=1",
    "'path_redirect: ''/new?z=2''', http://a.com/x?y=1, http://a.com/new?z=2",
    "'prefix_rewrite: /p', http://a.com/x?y=1, http://a.com/p?y=1",
    "'strip_query: true', http://a.com/x?y=1, http://a.com/x"
  })
  void redirectsKeepWhatTheyDoNotChange(String redirect, String url, String location) {
    RouteTable table =
        routes(
            "{match: {path: /x}, redirect: {" + redirect + "}}",
            "{match: {prefix: /}, redirect: {" + redirect + "}}");
    Head head = Heads.request("GET " + url);
    assertThat(location((RouteAction.Redirect) entry(table, head).action(), head))
        .isEqualTo(location);
  }

  private static String location(RouteAction.Redirect redirect, Head head) {
    ByteSink out = new ByteSink(16);
    redirect.location(head, out);
    return out.toString();
  }

  @Test
  void defaultsAreEnvoys() {
    RouteAction.Forward forward =
        forward(routes(match("r", "{prefix: /}")), Heads.request("GET http://h/"));
    assertThat(forward.timeoutNanos()).isEqualTo(15_000_000_000L);
    assertThat(forward.idleTimeoutNanos()).isEqualTo(-1);
    assertThat(forward.retry()).isNull();
    assertThat(forward.clusterNotFoundStatus()).isEqualTo(503);
  }

  @Test
  void aWholeRouteIsRead() {
    RouteTable table =
        routes(
            """
            {
              name: full,
              match: {prefix: /},
              metadata: {filter_metadata: {layar: {kind: VirtualService, namespace: lab, name: httpping, rule: 0, match: 1}}},
              decorator: {operation: 'httpping.lab:80/*'},
              typed_per_filter_config: {
                envoy.filters.http.fault: {
                  '@type': type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault,
                  delay: {fixed_delay: 5s, percentage: {numerator: 100000, denominator: MILLION}},
                  abort: {http_status: 418, percentage: {numerator: 50}}
                }
              },
              route: {
                cluster: c, timeout: 1s, idle_timeout: 0s, host_rewrite_literal: other,
                priority: HIGH, cluster_not_found_response_code: INTERNAL_SERVER_ERROR,
                retry_policy: {
                  retry_on: 'connect-failure, refused-stream,unavailable,nonsense,retriable-status-codes',
                  num_retries: 2, per_try_timeout: 0.25s, retriable_status_codes: [503, 429],
                  retry_host_predicate: [{name: previous_hosts, typed_config: {'@type': type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}}],
                  host_selection_retry_max_attempts: 5
                },
                request_mirror_policies: [{cluster: m, runtime_fraction: {default_value: {numerator: 100}}}]
              }
            }
            """);
    RouteEntry entry = entry(table, Heads.request("GET http://h/"));
    assertThat(Objects.requireNonNull(entry.provenance()).toString())
        .isEqualTo("VirtualService/lab/httpping rule 0 match 1");
    FaultConfig fault = Objects.requireNonNull(entry.fault());
    assertThat(fault.delayNanos()).isEqualTo(5_000_000_000L);
    assertThat(fault.delayShare()).isEqualTo(new Fraction(100_000, 1_000_000));
    assertThat(fault.abortHttpStatus()).isEqualTo(418);
    RouteAction.Forward forward = (RouteAction.Forward) entry.action();
    assertThat(forward.timeoutNanos()).isEqualTo(1_000_000_000L);
    assertThat(forward.idleTimeoutNanos()).isZero();
    assertThat(forward.clusterNotFoundStatus()).isEqualTo(500);
    assertThat(forward.mirrors())
        .singleElement()
        .satisfies(
            mirror -> {
              assertThat(mirror.cluster()).isEqualTo("m");
              assertThat(mirror.appendShadow()).isTrue();
            });
    RetryPolicy retry = Objects.requireNonNull(forward.retry());
    assertThat(retry.has(RetryPolicy.Condition.CONNECT_FAILURE)).isTrue();
    assertThat(retry.has(RetryPolicy.Condition.SERVER_ERROR)).isFalse();
    assertThat(retry.retriesResponse(429, Heads.response(429))).isTrue();
    assertThat(retry.retriesResponse(500, Heads.response(500))).isFalse();
    assertThat(retry.retriesResponse(200, Heads.response(200, "grpc-status: 14"))).isTrue();
    assertThat(retry.retriesReset(RetryPolicy.Reset.CONNECT_FAILURE, false)).isTrue();
    assertThat(retry.retriesReset(RetryPolicy.Reset.REMOTE_RESET, true)).isFalse();
    assertThat(retry.perTryTimeoutNanos()).isEqualTo(250_000_000L);
    assertThat(retry.avoidTriedHosts()).isTrue();
    assertThat(retry.reselections()).isEqualTo(5);
    assertThat(retry.baseIntervalMillis()).isEqualTo(25);
    assertThat(retry.maxIntervalMillis()).isEqualTo(250);
  }

  @Test
  void backOffDoublesUpToItsMaximum() {
    RetryPolicy retry =
        Objects.requireNonNull(
            forward(
                    routes(
                        "{match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: 5xx}}}"),
                    Heads.request("GET http://h/"))
                .retry());
    SplitMix64 random = new SplitMix64(4);
    long[] longest = new long[7];
    for (int i = 0; i < 5000; i++) {
      for (int k = 1; k < longest.length; k++) {
        longest[k] = Math.max(longest[k], retry.backoffMillis(k, random.next()));
      }
    }
    assertThat(longest).containsExactly(0, 24, 49, 99, 199, 249, 249);
  }

  // ---- header edits

  @Test
  void headersAreEditedLevelByLevelOuterLevelsLast() {
    RouteTable table =
        table(
            """
            name: t
            request_headers_to_add:
            - {header: {key: x-level, value: table}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
            virtual_hosts:
            - name: v
              domains: ['*']
              request_headers_to_remove: [X-Secret]
              routes:
              - match: {prefix: /}
                route: {cluster: c}
                request_headers_to_add:
                - {header: {key: x-level, value: route}}
                - {header: {key: x-many, value: two}}
                - {header: {key: x-absent, value: added}, append_action: ADD_IF_ABSENT}
                - {header: {key: x-there, value: 'no'}, append_action: ADD_IF_ABSENT}
                - {header: {key: x-gone, value: 'no'}, append_action: OVERWRITE_IF_EXISTS}
                - {header: {key: x-empty, value: ''}}
                - {header: {key: x-kept, value: ''}, keep_empty_value: true}
                - {header: {key: x-from, value: '%REQ(x-many)%-%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}}
                - {header: {key: x-nothing, value: '%REQ(x-nowhere)%'}}
            """);
    Head head =
        Heads.request(
            "GET http://h/", "x-secret: s", "x-many: one", "x-there: yes", "x-level: app");
    StreamInfo info = new StreamInfo();
    info.request = head;
    info.downstreamRemoteAddress = REMOTE;
    entry(table, head).requestHeaders().apply(head, info, new ByteSink(8));
    assertThat(head.toString().lines().skip(1).toList())
        .containsExactlyInAnyOrder(
            "host: h",
            "x-many: one",
            "x-there: yes",
            "x-many: two",
            "x-absent: added",
            "x-kept: ",
            "x-from: one-10.9.8.7",
            "x-level: table");
  }

  @Test
  void theMostSpecificLevelWinsWhenTheTableSaysSo() {
    RouteTable table =
        table(
            """
            name: t
            most_specific_header_mutations_wins: true
            response_headers_to_add:
            - {header: {key: x-level, value: table}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
            virtual_hosts:
            - name: v
              domains: ['*']
              routes:
              - match: {prefix: /}
                direct_response: {status: 200, body: {inline_string: hello}}
                response_headers_to_add:
                - {header: {key: x-level, value: route}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
            """);
    Head response = Heads.response(200);
    RouteEntry entry = entry(table, Heads.request("GET http://h/"));
    entry.responseHeaders().apply(response, new StreamInfo(), new ByteSink(8));
    assertThat(response.toString()).isEqualTo("200\nx-level: route");
    assertThat(((RouteAction.DirectResponse) entry.action()).body())
        .isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
  }

  // ---- hash policies

  private static PickContext hashed(String policies, Head head) {
    RouteTable table =
        routes("{match: {prefix: /}, route: {cluster: c, hash_policy: [" + policies + "]}}");
    PickContext context = new PickContext();
    context.reset(0, 1);
    forward(table, head).hashPolicies().apply(head, REMOTE, LOCAL, context);
    return context;
  }

  private static long xx(String text) {
    return XxHash64.hash(Ascii.bytes(text));
  }

  @Test
  void hashesComeFromWhatThePoliciesName() {
    Head head =
        Heads.request("GET http://h/p?q=one&q=two", "foo: bar", "cookie: a=1; sid=\"xyz\"; b=2");
    assertThat(hashed("{header: {header_name: foo}}", head).hash()).isEqualTo(xx("bar"));
    assertThat(hashed("{header: {header_name: ':path'}}", head).hash())
        .isEqualTo(xx("/p?q=one&q=two"));
    assertThat(hashed("{cookie: {name: sid}}", head).hash()).isEqualTo(xx("xyz"));
    assertThat(hashed("{query_parameter: {name: q}}", head).hash()).isEqualTo(xx("one"));
    assertThat(hashed("{connection_properties: {source_ip: true}}", head).hash())
        .isEqualTo(xx("10.9.8.7"));
    assertThat(hashed("{header: {header_name: none}}", head).hashed()).isFalse();
    assertThat(hashed("{cookie: {name: none}}", head).hashed()).isFalse();
  }

  @Test
  void severalValuesAreSortedAndChained() {
    Head head = Heads.request("GET http://h/", "foo: b", "foo: a");
    byte[] b = Ascii.bytes("b");
    assertThat(hashed("{header: {header_name: foo}}", head).hash())
        .isEqualTo(XxHash64.hash(b, 0, 1, xx("a")));
  }

  @Test
  void policiesCombineUntilATerminalOneGaveAHash() {
    Head head = Heads.request("GET http://h/?q=1", "foo: bar");
    String foo = "{header: {header_name: foo}%s}";
    String query = "{query_parameter: {name: q}}";
    assertThat(hashed(foo.formatted("") + "," + query, head).hash())
        .isEqualTo(Long.rotateLeft(xx("bar"), 1) ^ xx("1"));
    assertThat(hashed(foo.formatted(", terminal: true") + "," + query, head).hash())
        .isEqualTo(xx("bar"));
    Head without = Heads.request("GET http://h/?q=1");
    assertThat(hashed(foo.formatted(", terminal: true") + "," + query, without).hash())
        .isEqualTo(xx("1"));
  }

  @Test
  void aMissingCookieWithALifetimeIsMade() {
    Head head = Heads.request("GET http://h/");
    PickContext context = hashed("{cookie: {name: sid, ttl: 60s, path: /p}}", head);
    String value = String.format(Locale.ROOT, "%016x", xx("10.9.8.7:555510.1.1.1:80"));
    assertThat(context.hash()).isEqualTo(xx(value));
    assertThat(new String(Objects.requireNonNull(context.setCookie()), StandardCharsets.US_ASCII))
        .isEqualTo("sid=\"" + value + "\"; Max-Age=60; Path=/p; HttpOnly");
    PickContext session = hashed("{cookie: {name: sid, ttl: 0s}}", head);
    assertThat(new String(Objects.requireNonNull(session.setCookie()), StandardCharsets.US_ASCII))
        .isEqualTo("sid=\"" + value + "\"; HttpOnly");
  }

  // ---- refusals

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // a route | path of the finding within the route | part of its message
        "match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: a, weight: 0}]}} |"
            + " route.weighted_clusters | sum",
        "match: {safe_regex: {regex: '('}}, route: {cluster: c} | match.safe_regex.regex | regular"
            + " expression",
        "match: {}, route: {cluster: c} | match | path specifier",
        "match: {prefix: /} | | action",
        "match: {path_separated_prefix: /a/}, route: {cluster: c} | match.path_separated_prefix |"
            + " separated prefix",
        "match: {prefix: /, headers: [{string_match: {exact: a}}]}, route: {cluster: c} |"
            + " match.headers[0].name | name",
        "match: {prefix: /, headers: [{name: x, string_match: {prefix: ''}}]}, route: {cluster: c}"
            + " | match.headers[0].string_match.prefix | empty",
        "match: {prefix: /}, route: {cluster: c}, request_headers_to_add: [{header: {key: host,"
            + " value: a}}] | request_headers_to_add[0].header.key | changed",
        "match: {prefix: /}, route: {cluster: c}, request_headers_to_add: [{header: {key: x, value:"
            + " '%NOPE%'}}] | request_headers_to_add[0].header.value | NOPE",
        "match: {prefix: /}, direct_response: {status: 99} | direct_response.status | status",
        "match: {prefix: /, dynamic_metadata: [{filter: a}]}, route: {cluster: c} |"
            + " match.dynamic_metadata | metadata",
        "match: {prefix: /}, route: {cluster_header: x} | route | cluster"
      })
  void badRoutesAreRefusedWithTheirPath(String route, String path, String message) {
    List<Finding> errors =
        errors("{name: t, virtual_hosts: [{name: v, domains: ['*'], routes: [{" + route + "}]}]}");
    String where = "virtual_hosts[0].routes[0]" + (path == null ? "" : "." + path);
    assertThat(errors)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.path()).isEqualTo(where);
              assertThat(finding.message()).contains(message);
            });
  }

  @Test
  void twoWildcardHostsAreRefusedInEnvoysWords() {
    assertThat(
            errors(
                "{name: t, virtual_hosts: [{name: a, domains: ['*']}, {name: b, domains: ['*']}]}"))
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.message())
                    .isEqualTo("Only a single wildcard domain is permitted in route t"));
  }
}

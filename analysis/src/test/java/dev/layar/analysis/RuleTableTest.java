package dev.layar.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Severity;
import dev.layar.model.DecodeCode;
import dev.layar.model.Decoded;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One row a rule: the spec, and exactly what is found, as {@code code path}. */
class RuleTableTest {
  private static final String ROUTE = "route: [{destination: {host: a}}]";

  /**
   * A row.
   *
   * @param object the YAML of one object
   * @param expected lines of {@code code path}; empty when the object is valid
   */
  record Row(String object, List<String> expected) {
    @Override
    public String toString() {
      return expected + " " + object.lines().skip(5).findFirst().orElse("");
    }
  }

  private static Row row(String kind, String metadata, String spec, String... expected) {
    String version =
        switch (kind) {
          case "Service", "Pod" -> "v1";
          case "Deployment" -> "apps/v1";
          case "PeerAuthentication", "RequestAuthentication", "AuthorizationPolicy" ->
              "security.istio.io/v1";
          case "Telemetry" -> "telemetry.istio.io/v1";
          case "WasmPlugin" -> "extensions.istio.io/v1alpha1";
          case "EnvoyFilter" -> "networking.istio.io/v1alpha3";
          case "ProxyConfig" -> "networking.istio.io/v1beta1";
          default -> "networking.istio.io/v1";
        };
    String text =
        """
        apiVersion: %s
        kind: %s
        metadata: {name: x, namespace: ns%s}
        spec: {%s}
        """
            .formatted(version, kind, metadata, spec);
    return new Row(text, List.of(expected));
  }

  private static Row vs(String spec, String... expected) {
    return row("VirtualService", "", spec, expected);
  }

  private static Row http(String rule, String... expected) {
    return vs("hosts: [a], http: [{%s}]".formatted(rule), under("spec.http[0]", expected));
  }

  private static Row match(String match, String... expected) {
    return vs(
        "hosts: [a], http: [{match: [{%s}], %s}]".formatted(match, ROUTE),
        under("spec.http[0].match[0]", expected));
  }

  private static Row dr(String spec, String... expected) {
    return row("DestinationRule", "", spec, expected);
  }

  private static Row policy(String policy, String... expected) {
    return dr(
        "host: a, trafficPolicy: {%s}".formatted(policy), under("spec.trafficPolicy", expected));
  }

  private static Row lb(String lb, String... expected) {
    return policy(
        "outlierDetection: {}, loadBalancer: {%s}".formatted(lb), under(".loadBalancer", expected));
  }

  private static Row server(String server, String... expected) {
    return row(
        "Gateway", "", "servers: [{%s}]".formatted(server), under("spec.servers[0]", expected));
  }

  private static Row https(String tls, String... expected) {
    return server(
        "port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*'], tls: {%s}".formatted(tls),
        under(".tls", expected));
  }

  private static Row se(String spec, String... expected) {
    return row("ServiceEntry", "", spec, expected);
  }

  /** Expectations start with a code; a path that starts with a dot or bracket goes below. */
  private static String[] under(String prefix, String... expected) {
    return Arrays.stream(expected)
        .map(e -> e.length() == 7 ? e + " " + prefix : e.substring(0, 8) + prefix + e.substring(8))
        .toArray(String[]::new);
  }

  static Stream<Row> rows() {
    return Stream.of(
            shared(),
            virtualServices(),
            httpRules(),
            l4Rules(),
            destinationRules(),
            gateways(),
            serviceEntries(),
            kubernetes(),
            workloads(),
            security(),
            extensions())
        .flatMap(s -> s);
  }

  static Stream<Row> shared() {
    String valid = "hosts: [a], http: [{" + ROUTE + "}]";
    String number65536 = "{destination: {host: a, port: {number: 65536}}}";
    return Stream.of(
        new Row(
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: Not_A_Name, namespace: b.c}
            spec: {hosts: [a], http: [{route: [{destination: {host: a}}]}]}
            """,
            List.of("LYR0201 metadata.name", "LYR0201 metadata.namespace")),
        row(
            "VirtualService",
            ", labels: {a/b/c: d, e: -f}",
            valid,
            "LYR0202 metadata.labels[\"a/b/c\"]",
            "LYR0202 metadata.labels.e"),
        row(
            "VirtualService",
            ", annotations: {istio.io/dry-run: 'true'}",
            valid,
            "LYR0203 metadata.annotations[\"istio.io/dry-run\"]"),
        row(
            "VirtualService",
            ", annotations: {internal.istio.io/parents: 'x'}",
            valid,
            "LYR0203 metadata.annotations[\"internal.istio.io/parents\"]"),
        row(
            "VirtualService",
            ", annotations: {internal.istio.io/route-semantics: gateway}",
            valid,
            "LYR0203 metadata.annotations[\"internal.istio.io/route-semantics\"]"),
        row(
            "VirtualService",
            ", annotations: {layar.dev/sticky: 'cookie=user', layar.dev/merge: 'true',"
                + " layar.dev/retry: idempotent}",
            valid),
        row(
            "VirtualService",
            ", annotations: {layar.dev/sticky: user, layar.dev/merge: 'yes', layar.dev/retry: all}",
            valid,
            "LYR0203 metadata.annotations[\"layar.dev/sticky\"]",
            "LYR0203 metadata.annotations[\"layar.dev/merge\"]",
            "LYR0203 metadata.annotations[\"layar.dev/retry\"]"),
        vs(valid),
        vs("hosts: [a_b], http: [{" + ROUTE + "}]", "LYR0204 spec.hosts[0]"),
        vs("hosts: [A.Example.COM, 10.0.0.1, '*foo.b', c.d.], http: [{" + ROUTE + "}]"),
        vs("hosts: ['*.*.a'], http: [{" + ROUTE + "}]", "LYR0204 spec.hosts[0]"),
        vs("hosts: [1.2.3], http: [{" + ROUTE + "}]", "LYR0204 spec.hosts[0]"),
        http(
            "route: [{destination: {host: a, subset: b_c}}]",
            "LYR0205 .route[0].destination.subset"),
        http("route: [" + number65536 + "]", "LYR0206 .route[0].destination.port.number"),
        http("timeout: 0s, " + ROUTE, "LYR0207 .timeout"),
        http("timeout: 1.5ms, " + ROUTE, "LYR0207 .timeout"),
        http("timeout: 1ms, " + ROUTE),
        policy(
            "outlierDetection: {maxEjectionPercent: 101}",
            "LYR0208 .outlierDetection.maxEjectionPercent"),
        http(
            "fault: {abort: {httpStatus: 500, percentage: {value: 0.00001}}}, " + ROUTE,
            "LYR0209 .fault.abort.percentage.value"),
        http("mirror: {host: b}, mirrorPercentage: {value: 0.00001}, " + ROUTE),
        http(
            "mirror: {host: b}, mirrorPercentage: {value: 100.1}, " + ROUTE,
            "LYR0209 .mirrorPercentage.value"),
        server(
            "port: {number: 80, name: 'a.b', protocol: HTTP}, hosts: ['*']", "LYR0210 .port.name"),
        server(
            "port: {number: 80, name: a, protocol: SCTP}, hosts: ['*']", "LYR0211 .port.protocol"),
        server("port: {number: 80, name: a, protocol: htTP}, hosts: ['*']"),
        vs(
            "hosts: [a], tcp: [{match: [{destinationSubnets: [10.0.0.0/33, 10.0.0.0/8, '::1/64']}],"
                + " "
                + ROUTE
                + "}]",
            "LYR0212 spec.tcp[0].match[0].destinationSubnets[0]"),
        server(
            "port: {number: 0, name: a, protocol: HTTP}, bind: unix://run, hosts: ['*']",
            "LYR0213 .bind"),
        match("uri: {regex: '(?=a)'}", "LYR0214 .uri.regex"),
        match("uri: {regex: ''}", "LYR0214 .uri.regex"),
        match("headers: {a: {regex: '*'}}", "LYR0214 .headers.a.regex"),
        match("withoutHeaders: {a: {regex: '*'}, b: }"),
        match("headers: {cookie: {regex: '^(.*?;)?(user=jason)(;.*)?$'}}"),
        se(
            "hosts: [a.b], resolution: STATIC, workloadSelector: {labels: {a: '*'}}",
            "LYR0215 spec.workloadSelector.labels.a"),
        se(
            "hosts: [a.b], resolution: STATIC, workloadSelector: {}",
            "LYR0216 spec.workloadSelector.labels"),
        vs(valid + ", exportTo: ['~']", "LYR0217 spec.exportTo[0]"),
        vs(valid + ", exportTo: ['.', ns]", "LYR0218 spec.exportTo[1]"),
        vs(valid + ", exportTo: [b, '*']", "LYR0219 spec.exportTo[1]"),
        http("route: [{destination: {host: a}, weight: -1}]", "LYR0220 .route[0].weight"),
        match("authority: {prefix: ''}", "LYR0221 .authority.prefix"),
        match("uri: {prefix: ''}"),
        match("headers: {'a b': {exact: c}, ':path': {exact: d}}", "LYR0222 .headers[\"a b\"]"),
        http(
            "headers: {request: {set: {':path': a}, remove: [host]}}, " + ROUTE,
            "LYR0222 .headers.request.set[\":path\"]",
            "LYR0222 .headers.request.remove[0]"),
        http(
            "headers: {response: {add: {host: a}}}, " + ROUTE,
            "LYR0222 .headers.response.add.host"),
        http(
            "headers: {request: {set: {a: \"b\\nc\", d: '5%', e: '%REQ(x)% %%'}}}, " + ROUTE,
            "LYR0223 .headers.request.set.a",
            "LYR0223 .headers.request.set.d"),
        server(
            "port: {number: 80, name: a, protocol: HTTP}, hosts: [short, 'b/*.c.d', '*d.e', '*']",
            "LYR0224 .hosts[0]",
            "LYR0224 .hosts[2]"));
  }

  static Stream<Row> virtualServices() {
    String rule = "http: [{" + ROUTE + "}]";
    return Stream.of(
        vs("gateways: [g], tcp: [{" + ROUTE + "}]", "LYR0230 spec.gateways", "LYR0230 spec.tcp"),
        vs(rule),
        vs("hosts: [a], gateways: [a/b/c], " + rule, "LYR0231 spec.gateways[0]"),
        vs("hosts: [a], gateways: [./g, b/g, g, mesh], " + rule),
        vs("hosts: [a], gateways: [g.ns.svc.cluster.local], " + rule, "LYR0232 spec.gateways[0]"),
        match(
            "headers: {'@request.auth.claims.sub': {exact: a}}",
            "LYR0233 .headers[\"@request.auth.claims.sub\"]"),
        vs(
            "hosts: [a.b], gateways: [g], http: [{match: [{headers: {'@request.auth.claims.sub':"
                + " {exact: a}}}], "
                + ROUTE
                + "}]"),
        vs("hosts: ['*'], " + rule, "LYR0234 spec.hosts[0]"),
        vs("hosts: ['*'], gateways: [g], " + rule),
        vs(
            "hosts: ['*.com', '*.foo.com', a.com], " + rule,
            "LYR0235 spec.hosts[1]",
            "LYR0235 spec.hosts[2]"),
        vs("hosts: [a]", "LYR0236 spec"),
        vs("hosts: [a], http: [{" + ROUTE + "}, {" + ROUTE + "}]", "LYR0237 spec.http[1]"),
        vs(
            "hosts: [a], http: [{match: [{uri: {prefix: /}}], %s}, {match: [{uri: {exact: /b}}], %s}]"
                .formatted(ROUTE, ROUTE),
            "LYR0237 spec.http[1]"),
        vs(
            "hosts: [a], http: [{match: [{uri: {prefix: /b}}], %s}, {match: [{uri: {prefix: /c}}, {uri: {prefix: /b/d}}], %s}]"
                .formatted(ROUTE, ROUTE),
            "LYR0238 spec.http[1].match[1]"),
        vs(
            "hosts: [a], http: [{match: [{uri: {prefix: /}, headers: {a: {}}}], %s}, {match: [{uri: {prefix: /}}], %s}]"
                .formatted(ROUTE, ROUTE)),
        vs(
            "hosts: [a], http: [{match: [{uri: {prefix: /}}], delegate: {name: d}}, {%s}]"
                .formatted(ROUTE)));
  }

  static Stream<Row> httpRules() {
    return Stream.of(
        http("delegate: {name: d}, " + ROUTE, "LYR0239 .route"),
        vs("http: [{delegate: {name: d}}]", "LYR0240 spec.http[0].delegate"),
        http(
            "redirect: {uri: /b}, fault: {abort: {httpStatus: 500}}, rewrite: {uri: /c}, " + ROUTE,
            "LYR0241 .route",
            "LYR0241 .fault",
            "LYR0241 .rewrite"),
        http("redirect: {uri: /b}, directResponse: {status: 200}", "LYR0241 .directResponse"),
        http("directResponse: {status: 200}, " + ROUTE, "LYR0242 .route"),
        http("name: b", "LYR0243"),
        http(
            "mirror: {host: b}, mirrors: [{destination: {host: c}}], " + ROUTE, "LYR0244 .mirrors"),
        http("mirror: {host: b}, mirrorPercent: 10, " + ROUTE, "LYR0245 .mirrorPercent"),
        http(
            "mirror: {host: b}, mirrorPercent: 101, " + ROUTE,
            "LYR0245 .mirrorPercent",
            "LYR0208 .mirrorPercent"),
        http(
            "rewrite: {authority: b}, headers: {request: {set: {Host: c}}}, " + ROUTE,
            "LYR0246 .headers.request"),
        http(
            "headers: {request: {set: {host: c}, add: {':authority': d}}}, " + ROUTE,
            "LYR0246 .headers.request"),
        http(
            "corsPolicy: {allowMethods: [GET, get]}, " + ROUTE,
            "LYR0247 .corsPolicy.allowMethods[1]"),
        http(
            "corsPolicy: {allowOrigins: [{}, {exact: '*'}], allowHeaders: ['*', 'a b']}, " + ROUTE,
            "LYR0221 .corsPolicy.allowOrigins[0]",
            "LYR0222 .corsPolicy.allowHeaders[1]"),
        http("corsPolicy: {maxAge: 1500ms}, " + ROUTE, "LYR0248 .corsPolicy.maxAge"),
        http("fault: {}, " + ROUTE, "LYR0249 .fault"),
        http("fault: {abort: {percentage: {value: 1}}}, " + ROUTE, "LYR0250 .fault.abort"),
        http("fault: {abort: {http2Error: a}}, " + ROUTE, "LYR0251 .fault.abort.http2Error"),
        http(
            "fault: {delay: {exponentialDelay: 1s}}, " + ROUTE,
            "LYR0251 .fault.delay.exponentialDelay"),
        http("fault: {delay: {percentage: {value: 1}}}, " + ROUTE, "LYR0207 .fault.delay"),
        http("fault: {abort: {httpStatus: 199}}, " + ROUTE, "LYR0252 .fault.abort.httpStatus"),
        http("directResponse: {status: 601}", "LYR0252 .directResponse.status"),
        http("redirect: {uri: /b, redirectCode: 200}", "LYR0252 .redirect.redirectCode"),
        http(
            "fault: {abort: {grpcStatus: unavailable}}, " + ROUTE,
            "LYR0253 .fault.abort.grpcStatus"),
        http(
            "match: [{uri: {prefix: /a}}], redirect: {uri: /b, prefixRewrite: /c}",
            "LYR0254 .redirect.prefixRewrite"),
        http(
            "match: [{uri: {exact: /a}}], redirect: {prefixRewrite: /c}",
            "LYR0255 .redirect.prefixRewrite"),
        http("redirect: {redirectCode: 302}", "LYR0256 .redirect"),
        http("redirect: {derivePort: FROM_REQUEST_PORT}"),
        http("redirect: {scheme: ftp}", "LYR0257 .redirect.scheme"),
        http("redirect: {port: 70000}", "LYR0206 .redirect.port"),
        http(
            "directResponse: {status: 200, body: {string: %s}}"
                .formatted("a".repeat(1 << 20) + "a"),
            "LYR0258 .directResponse.body"),
        http(
            "directResponse: {status: 200, body: {string: %s}}".formatted("a".repeat(200_000)),
            "LYR0259 .directResponse.body"),
        http(
            "rewrite: {uri: /a, uriRegexRewrite: {match: a, rewrite: b}}, " + ROUTE,
            "LYR0260 .rewrite.uriRegexRewrite"),
        http("rewrite: {}, " + ROUTE, "LYR0261 .rewrite"),
        http(
            "rewrite: {uriRegexRewrite: {match: a}}, " + ROUTE, "LYR0262 .rewrite.uriRegexRewrite"),
        http(
            "rewrite: {uriRegexRewrite: {match: '[', rewrite: b}}, " + ROUTE,
            "LYR0214 .rewrite.uriRegexRewrite.match"),
        http("retries: {retryOn: 5xx}, " + ROUTE, "LYR0263 .retries.attempts"),
        http("retries: {}, " + ROUTE),
        http("retries: {attempts: -1}, " + ROUTE, "LYR0220 .retries.attempts"),
        http("retries: {attempts: 1, retryOn: '503, reset'}, " + ROUTE, "LYR0264 .retries.retryOn"),
        http(
            "retries: {attempts: 1, retryOn: 'sometimes,599'}, " + ROUTE,
            "LYR0264 .retries.retryOn",
            "LYR0264 .retries.retryOn"),
        http("route: [{destination: {host: a}}, {destination: {host: b}}]", "LYR0265 .route"),
        http("route: [{destination: {host: a}, weight: 0}]"),
        http("route: [{destination: {host: a}, weight: 3}, {destination: {host: b}}]"),
        http("route: [{destination: {host: '*'}}]", "LYR0266 .route[0].destination.host"));
  }

  static Stream<Row> l4Rules() {
    return Stream.of(
        vs("hosts: [a], tls: [{match: [], " + ROUTE + "}]", "LYR0267 spec.tls[0].match"),
        vs(
            "hosts: [a], tls: [{match: [{sniHosts: []}], " + ROUTE + "}]",
            "LYR0267 spec.tls[0].match[0].sniHosts"),
        vs("hosts: [a], tls: [{match: [{sniHosts: [a]}]}]", "LYR0268 spec.tls[0].route"),
        vs("hosts: [a], tcp: [{}]", "LYR0268 spec.tcp[0].route"),
        vs(
            "hosts: ['*.a'], tls: [{match: [{sniHosts: [b.a, c]}], " + ROUTE + "}]",
            "LYR0269 spec.tls[0].match[0].sniHosts[1]"),
        vs(
            "hosts: [10.0.0.1], tls: [{match: [{sniHosts: [10.0.0.1]}], " + ROUTE + "}]",
            "LYR0270 spec.tls[0].match[0].sniHosts[0]"));
  }

  static Stream<Row> destinationRules() {
    return Stream.of(
        dr(
            "host: a, subsets: [{name: v1}, {name: v1, labels: {a: b}}]",
            "LYR0301 spec.subsets[1].name"),
        policy("", "LYR0302"),
        dr(
            "host: a, subsets: [{name: v1, trafficPolicy: {}}]",
            "LYR0302 spec.subsets[0].trafficPolicy"),
        policy(
            "tunnel: {targetHost: b, targetPort: 1}, proxyProtocol: {}", "LYR0303 .proxyProtocol"),
        policy("portLevelSettings: [{tls: {}}]", "LYR0304 .portLevelSettings[0].port"),
        policy("portLevelSettings: [{port: {number: 80}}]", "LYR0302 .portLevelSettings[0]"),
        policy(
            "outlierDetection: {consecutiveErrors: 5}",
            "LYR0305 .outlierDetection.consecutiveErrors"),
        policy(
            "outlierDetection: {consecutiveLocalOriginFailures: 5}",
            "LYR0306 .outlierDetection.consecutiveLocalOriginFailures"),
        policy("connectionPool: {}", "LYR0307 .connectionPool"),
        policy("connectionPool: {tcp: {idleTimeout: 0s}}"),
        policy(
            "connectionPool: {http: {maxRetries: -1}}", "LYR0220 .connectionPool.http.maxRetries"),
        policy(
            "connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}",
            "LYR0308 .connectionPool.http.useClientProtocol"),
        lb(
            "consistentHash: {httpCookie: {name: '', attributes: [{name: a}, {name: a}]}}",
            "LYR0309 .consistentHash.httpCookie.name",
            "LYR0309 .consistentHash.httpCookie.attributes[1].name"),
        lb(
            "consistentHash: {httpHeaderName: foo, minimumRingSize: 10}",
            "LYR0310 .consistentHash.minimumRingSize"),
        lb(
            "consistentHash: {httpHeaderName: foo, minimumRingSize: 10, ringHash: {}}",
            "LYR0310 .consistentHash.minimumRingSize",
            "LYR0311 .consistentHash.minimumRingSize"),
        lb(
            "consistentHash: {httpHeaderName: foo, maglev: {tableSize: 100}}",
            "LYR0312 .consistentHash.maglev.tableSize"),
        lb(
            "consistentHash: {httpHeaderName: foo, maglev: {}}",
            "LYR0312 .consistentHash.maglev.tableSize"),
        lb("consistentHash: {httpHeaderName: foo, maglev: {tableSize: 65537}}"),
        lb(
            "simple: RANDOM, localityLbSetting: {}, zoneAwareLbSetting: {}",
            "LYR0313 .zoneAwareLbSetting"),
        lb(
            "warmup: {duration: 1s, minimumPercent: 101, aggression: 0}",
            "LYR0314 .warmup.minimumPercent",
            "LYR0314 .warmup.aggression"),
        lb(
            "localityLbSetting: {distribute: [{from: a, to: {b: 100}}], failover: [{from: a, to:"
                + " b}]}",
            "LYR0315 .localityLbSetting.failover"),
        lb(
            "localityLbSetting: {failover: [{from: a, to: b}], failoverPriority:"
                + " [topology.kubernetes.io/zone]}",
            "LYR0316 .localityLbSetting.failoverPriority[0]"),
        lb(
            "zoneAwareLbSetting: {failoverPriority: [topology.istio.io/subzone=a]}",
            "LYR0316 .zoneAwareLbSetting.failoverPriority[0]"),
        lb(
            "localityLbSetting: {distribute: [{from: a, to: {b: 60, c: 30}}, {from: d, to: {e: 0,"
                + " f: 100}}]}",
            "LYR0317 .localityLbSetting.distribute[0].to",
            "LYR0317 .localityLbSetting.distribute[1].to.e"),
        lb(
            "localityLbSetting: {distribute: [{from: 'a/*', to: {b: 100}}, {from: a/c, to: {'*b':"
                + " 100}}]}",
            "LYR0318 .localityLbSetting.distribute[1].from",
            "LYR0318 .localityLbSetting.distribute[1].to[\"*b\"]"),
        policy(
            "loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}",
            "LYR0319 .loadBalancer.localityLbSetting"),
        lb(
            "localityLbSetting: {failover: [{from: a, to: a}, {from: a/b, to: c}]}",
            "LYR0320 .localityLbSetting.failover[0]",
            "LYR0320 .localityLbSetting.failover[1]"),
        policy("tls: {mode: MUTUAL}", "LYR0321 .tls.clientCertificate", "LYR0321 .tls.privateKey"),
        policy("tls: {mode: MUTUAL, credentialName: a}"),
        policy(
            "tls: {mode: SIMPLE, credentialName: a, caCertificates: b}",
            "LYR0322 .tls.credentialName"),
        policy(
            "tls: {mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a]}",
            "LYR0323 .tls.insecureSkipVerify"),
        policy(
            "tls: {mode: SIMPLE, credentialName: 'configmap://other/a'}",
            "LYR0324 .tls.credentialName"),
        policy(
            "tunnel: {protocol: PUT, targetHost: a_b, targetPort: 0}",
            "LYR0325 .tunnel.protocol",
            "LYR0325 .tunnel.targetHost",
            "LYR0206 .tunnel.targetPort"),
        dr(
            "host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: ['*']",
            "LYR0326 spec.exportTo"),
        dr("host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: [ns]"),
        policy(
            "outlierDetection: {outlierDetectionHttpErrorCodes: [500, 600]}",
            "LYR0327 .outlierDetection.outlierDetectionHttpErrorCodes[1]"),
        policy("retryBudget: {percent: 101}", "LYR0328 .retryBudget.percent"));
  }

  static Stream<Row> gateways() {
    String http = "port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']";
    return Stream.of(
        row("Gateway", "", "servers: []", "LYR0340 spec.servers"),
        row(
            "Gateway",
            "",
            "servers: [{" + http + "}, {" + http + "}]",
            "LYR0341 spec.servers[1].port.name"),
        server(
            "port: {number: 80, name: http, protocol: HTTP, targetPort: 8080}, hosts: ['*']",
            "LYR0342 .port.targetPort"),
        server("bind: here, " + http, "LYR0343 .bind"),
        server("bind: unix:///run/a, " + http, "LYR0343 .port.number"),
        server("port: {number: 80, name: http, protocol: HTTP}, hosts: []", "LYR0344 .hosts"),
        server("port: {number: 443, name: a, protocol: HTTPS}, hosts: ['*']", "LYR0345"),
        server("tls: {mode: SIMPLE, credentialName: a}, " + http, "LYR0346 .tls"),
        server("tls: {httpsRedirect: true}, " + http),
        https("mode: SIMPLE, credentialName: a, httpsRedirect: true", "LYR0347 .httpsRedirect"),
        https(
            "mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_0",
            "LYR0348 .minProtocolVersion"),
        https(
            "mode: SIMPLE, credentialName: a, cipherSuites: [AES128-SHA, AES128-SHA, X]",
            "LYR0349 .cipherSuites[1]",
            "LYR0349 .cipherSuites[2]"),
        https("mode: ISTIO_MUTUAL, credentialName: a", "LYR0350"),
        https("mode: PASSTHROUGH, credentialName: a", "LYR0351"),
        https("mode: SIMPLE, credentialName: a, serverCertificate: b, privateKey: c", "LYR0352"),
        https("mode: SIMPLE", "LYR0353 .serverCertificate", "LYR0353 .privateKey"),
        https("mode: SIMPLE, serverCertificate: /tmp/tls.crt, privateKey: /tmp/tls.key"),
        https("mode: MUTUAL, serverCertificate: a, privateKey: b", "LYR0354 .caCertificates"),
        https("mode: SIMPLE, credentialNames: [a, b, c]", "LYR0355 .credentialNames"),
        https("mode: SIMPLE, serverCertificate: a, privateKey: b, caCrl: c", "LYR0356 .caCrl"));
  }

  static Stream<Row> serviceEntries() {
    String tcp = "ports: [{number: 1, name: a, protocol: TCP}]";
    return Stream.of(
        se(
            "hosts: [a.b], resolution: STATIC, workloadSelector: {labels: {a: b}}, endpoints:"
                + " [{address: 10.0.0.1}]",
            "LYR0370 spec.endpoints"),
        se("hosts: []", "LYR0344 spec.hosts"),
        se("hosts: ['*']", "LYR0371 spec.hosts[0]"),
        se("hosts: ['*a.b']", "LYR0372 spec.hosts[0]"),
        se("hosts: [a.b], resolution: DNS, addresses: [10.0.0.0/8]", "LYR0373 spec.addresses[0]"),
        se(
            "hosts: [a.b], ports: [{number: 1, name: a}, {number: 1, name: a}]",
            "LYR0341 spec.ports[1].name",
            "LYR0374 spec.ports[1].number"),
        row(
            "ServiceEntry",
            ", labels: {networking.istio.io/enable-autoallocate-ip: 'false'}",
            "hosts: [a.b], " + tcp,
            "LYR0375 spec.ports[0]"),
        se("hosts: [a.b], endpoints: [{address: 10.0.0.1}]", "LYR0376 spec.endpoints"),
        se("hosts: [a.b], workloadSelector: {labels: {a: b}}", "LYR0377 spec.workloadSelector"),
        se(
            "hosts: [a.b], resolution: STATIC, endpoints: [{address: c.d}, {}]",
            "LYR0378 spec.endpoints[0].address",
            "LYR0378 spec.endpoints[1].address"),
        se(
            "hosts: [a.b], resolution: DNS, endpoints: [{address: unix:///a}]",
            "LYR0378 spec.endpoints[0].address"),
        se(
            "hosts: [a.b], resolution: STATIC, ports: [{number: 1, name: a}], endpoints: [{address:"
                + " 10.0.0.1, ports: {b: 2}}]",
            "LYR0379 spec.endpoints[0].ports.b"),
        se("hosts: ['*.b'], resolution: DNS", "LYR0380 spec.hosts[0]"),
        se(
            "hosts: [a.b], resolution: DNS_ROUND_ROBIN, endpoints: [{address: c.d}, {address:"
                + " e.f}]",
            "LYR0381 spec.endpoints"),
        se(
            "hosts: [a.b, c.d], resolution: DNS, addresses: [10.0.0.1], " + tcp,
            "LYR0382 spec.addresses",
            "LYR0384 spec.ports[0]"),
        se(
            "hosts: [a.b], resolution: DYNAMIC_DNS, addresses: [10.0.0.1], " + tcp,
            "LYR0383 spec.addresses",
            "LYR0383 spec.hosts",
            "LYR0383 spec.ports"),
        se(
            "hosts: ['*.b'], resolution: DYNAMIC_DNS, ports: [{number: 80, name: a, protocol:"
                + " HTTP}]"),
        se("hosts: [a.b, c.d], resolution: STATIC, " + tcp, "LYR0384 spec.ports[0]"),
        se(
            "hosts: [a.b], resolution: STATIC, endpoints: [{address: 'unix:///a', ports: {a: 1}}],"
                + " ports: [{number: 1, name: a}]",
            "LYR0385 spec.endpoints[0].ports"),
        se("hosts: [a.b], exportTo: ['~']"));
  }

  static Stream<Row> kubernetes() {
    return Stream.of(
        row(
            "Deployment",
            "",
            "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}, spec:"
                + " {containers: [{name: a}]}}",
            "LYR0280 spec.selector"),
        row(
            "Service",
            "",
            "ports: [{port: 80}, {port: 81, name: a}, {port: 82, name: a}]",
            "LYR0281 spec.ports[0]",
            "LYR0281 spec.ports[2]"),
        row("Service", "", "ports: [{port: 80}]"),
        row("Pod", "", "containers: [{name: a}, {name: a}]", "LYR0282 spec.containers[1].name"),
        mesh("accessLogFile: /dev/stdout"),
        mesh("accesLogFile: x", "LYR0470 data.mesh.accesLogFile"),
        mesh(
            "{connectTimeout: 2h, trustDomainAliases: [a/b]}",
            "LYR0470 data.mesh.connectTimeout",
            "LYR0470 data.mesh.trustDomain"));
  }

  private static Row mesh(String settings, String... expected) {
    return new Row(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: istio, namespace: istio-system}
        data: {mesh: "%s"}
        """
            .formatted(settings),
        List.of(expected));
  }

  private static Row sidecar(String spec, String... expected) {
    return row("Sidecar", "", spec, expected);
  }

  private static Row ap(String spec, String... expected) {
    return row("AuthorizationPolicy", "", spec, expected);
  }

  private static Row rule(String rule, String... expected) {
    return ap("rules: [{%s}]".formatted(rule), under("spec.rules[0]", expected));
  }

  private static Row jwt(String rule, String... expected) {
    return row(
        "RequestAuthentication",
        "",
        "jwtRules: [{%s}]".formatted(rule),
        under("spec.jwtRules[0]", expected));
  }

  private static Row patch(String patch, String... expected) {
    String[] all = Arrays.copyOf(under("spec.configPatches[0]", expected), expected.length + 1);
    all[expected.length] = "LYR0460 spec";
    return row("EnvoyFilter", "", "configPatches: [{%s}]".formatted(patch), all);
  }

  static Stream<Row> workloads() {
    String ingress = "{port: {number: 80, protocol: HTTP, name: a}%s}";
    String tls = "ingress: [{port: {number: 443, protocol: %s, name: a}, tls: {%s}}]";
    return Stream.of(
        row("WorkloadEntry", "", "address: 10.0.0.1, ports: {http: 80}, labels: {a: b}"),
        row("WorkloadEntry", "", "address: vm.example.com"),
        row("WorkloadEntry", "", "address: unix:///run/x"),
        row("WorkloadEntry", "", "weight: 1", "LYR0390 spec.address"),
        row("WorkloadEntry", "", "address: a_b", "LYR0390 spec.address"),
        row("WorkloadEntry", "", "network: n", "LYR0391 spec.address"),
        row(
            "WorkloadEntry",
            "",
            "address: unix://x, ports: {a: 1}",
            "LYR0213 spec.address",
            "LYR0385 spec.ports"),
        row(
            "WorkloadEntry",
            "",
            "address: 10.0.0.1, ports: {a_b: 0}",
            "LYR0210 spec.ports.a_b",
            "LYR0206 spec.ports.a_b"),
        row("WorkloadGroup", "", "template: {}"),
        row("WorkloadGroup", "", "template: {}, probe: {grpc: {port: 80}}"),
        row("WorkloadGroup", "", "template: {}, probe: {periodSeconds: 1}", "LYR0392 spec.probe"),
        row(
            "WorkloadGroup",
            "",
            "template: {}, probe: {exec: {command: []}}",
            "LYR0392 spec.probe.exec.command"),
        row(
            "WorkloadGroup",
            "",
            "template: {}, probe: {httpGet: {port: 0, scheme: ftp}}",
            "LYR0206 spec.probe.httpGet.port",
            "LYR0257 spec.probe.httpGet.scheme"),
        row(
            "ProxyConfig",
            "",
            "concurrency: 0, selector: {matchLabels: {}}",
            "LYR0216 spec.selector.matchLabels"),
        sidecar("egress: [{hosts: [./*, istio-system/*, '~/*', '*/a.example.com', '~b/*']}]"),
        sidecar("", "LYR0393 spec"),
        sidecar(
            "workloadSelector: {labels: {}}, egress: [{hosts: [./*]}]",
            "LYR0216 spec.workloadSelector.labels"),
        sidecar(
            "egress: [{hosts: [./*]}, {port: {number: 80, protocol: HTTP}, hosts: [./*]}]",
            "LYR0394 spec.egress[0]"),
        sidecar("egress: [{hosts: []}]", "LYR0344 spec.egress[0].hosts"),
        sidecar(
            "egress: [{hosts: [reviews, ./reviews, 'a_/*', './*foo.com']}]",
            "LYR0224 spec.egress[0].hosts[0]",
            "LYR0224 spec.egress[0].hosts[1]",
            "LYR0224 spec.egress[0].hosts[2]",
            "LYR0224 spec.egress[0].hosts[3]"),
        sidecar(
            "egress: [{hosts: [./*, ./a.b, a/b.c, a/b.c]}]",
            "LYR0396 spec.egress[0].hosts[1]",
            "LYR0396 spec.egress[0].hosts[3]"),
        sidecar(
            "egress: [{port: {number: 0, protocol: HTTP}, bind: x, hosts: [./*]}]",
            "LYR0206 spec.egress[0].port.number",
            "LYR0343 spec.egress[0].bind"),
        sidecar(
            "egress: [{port: {number: 0, protocol: HTTP}, bind: 'unix:///x', hosts: [./*]},"
                + " {port: {number: 0, protocol: HTTP}, bind: 'unix:///x', hosts: [./*]}]",
            "LYR0395 spec.egress[1].bind"),
        sidecar(
            "ingress: ["
                + ingress.formatted(", defaultEndpoint: '127.0.0.1:80'")
                + ", "
                + ingress.formatted(", defaultEndpoint: '10.0.0.1:80'")
                + "]",
            "LYR0395 spec.ingress[1].port.number",
            "LYR0397 spec.ingress[1].defaultEndpoint"),
        sidecar(
            "ingress: [" + ingress.formatted(", defaultEndpoint: '0.0.0.0:70000'") + "]",
            "LYR0397 spec.ingress[0].defaultEndpoint"),
        sidecar(tls.formatted("TLS", "mode: SIMPLE, serverCertificate: a, privateKey: b")),
        sidecar(
            tls.formatted("HTTP", "mode: SIMPLE, credentialName: c"),
            "LYR0398 spec.ingress[0].tls",
            "LYR0398 spec.ingress[0].tls"),
        sidecar(
            "outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number:"
                + " 80}}}"),
        sidecar(
            "outboundTrafficPolicy: {egressProxy: {host: a.b}}",
            "LYR0399 spec.outboundTrafficPolicy.egressProxy",
            "LYR0399 spec.outboundTrafficPolicy.egressProxy"));
  }

  static Stream<Row> security() {
    String dryRun = ", annotations: {istio.io/dry-run: \"%s\"}";
    return Stream.of(
        row("PeerAuthentication", "", "mtls: {mode: STRICT}"),
        row("PeerAuthentication", "", "selector: {matchLabels: {a: b}}, portLevelMtls: {'80': {}}"),
        row(
            "PeerAuthentication",
            "",
            "portLevelMtls: {'0': {mode: DISABLE}}",
            "LYR0430 spec.portLevelMtls",
            "LYR0206 spec.portLevelMtls[\"0\"]"),
        jwt("issuer: a, jwksUri: 'https://a/b', timeout: 1s"),
        jwt("issuer: ''", "LYR0432 .issuer"),
        jwt("issuer: a, jwksUri: 'ftp://a'", "LYR0434 .jwksUri"),
        jwt(
            "issuer: a, audiences: [''], fromHeaders: [{name: ''}], outputClaimToHeaders: [{header:"
                + " 'a b', claim: c}]",
            "LYR0433 .audiences[0]",
            "LYR0433 .fromHeaders[0]",
            "LYR0433 .outputClaimToHeaders[0]"),
        row(
            "RequestAuthentication",
            "",
            "selector: {matchLabels: {a: b}}, targetRefs: [{group: gateway.networking.k8s.io, kind:"
                + " Gateway, name: g}]",
            "LYR0431 spec.targetRefs"),
        row(
            "RequestAuthentication",
            "",
            "targetRefs: [{kind: Pod, name: p}]",
            "LYR0431 spec.targetRefs[0]"),
        ap("action: ALLOW"),
        ap("rules: [{}]"),
        ap("action: DENY", "LYR0437 spec.rules"),
        ap("action: CUSTOM", "LYR0435 spec"),
        ap("provider: {name: a}", "LYR0435 spec.provider"),
        ap(
            "action: CUSTOM, provider: {name: a}, rules: [{from: [{source: {namespaces: [a]}}],"
                + " when: [{key: source.principal, values: [a]}]}]",
            "LYR0436 spec.rules[0].from[0].source",
            "LYR0436 spec.rules[0].when[0]"),
        ap("action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]", "LYR0443 spec.rules[0]"),
        ap("action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['80']}}]}]"),
        rule(
            "from: [{source: {}}], to: [{}]",
            "LYR0438 .from[0].source",
            "LYR0438 .to[0].operation"),
        rule(
            "from: [{source: {ipBlocks: [1.2.3.4/40], principals: ['']}}]",
            "LYR0212 .from[0].source",
            "LYR0440 .from[0].source"),
        rule("from: [{source: {serviceAccounts: [a, b/c]}}]"),
        rule(
            "from: [{source: {serviceAccounts: [a*]}}, {source: {serviceAccounts: [a], namespaces:"
                + " [b]}}]",
            "LYR0439 .from[0].source.serviceAccounts",
            "LYR0439 .from[1].source.serviceAccounts"),
        rule("from: [{source: {trustDomains: [a*, '*.b', c]}}]"),
        rule(
            "from: [{source: {trustDomains: [a*b]}}, {source: {trustDomains: [a/b]}}]",
            "LYR0444 .from[0].source.trustDomains",
            "LYR0444 .from[1].source.trustDomains"),
        rule("to: [{operation: {paths: ['/a/{*}/b/{**}', /c*], ports: ['80']}}]"),
        rule(
            "to: [{operation: {paths: ['/a/{**}/{*}', '/{x}'], ports: [http]}}]",
            "LYR0441 .to[0].operation.paths",
            "LYR0441 .to[0].operation.paths",
            "LYR0206 .to[0].operation.ports"),
        rule(
            "when: [{key: 'request.headers[a]', values: [b]}, {key: 'request.auth.claims[a][b]',"
                + " notValues: [c]}, {key: destination.port, values: ['80']}]"),
        rule(
            "when: [{key: destination.labels, values: [a]}, {key: source.ip}, {key: source.ip,"
                + " values: [a]}]",
            "LYR0442 .when[0]",
            "LYR0442 .when[1]",
            "LYR0212 .when[2]"),
        row("AuthorizationPolicy", dryRun.formatted("true"), "rules: [{}]"),
        row(
            "AuthorizationPolicy",
            dryRun.formatted("maybe"),
            "rules: [{}]",
            "LYR0203 metadata.annotations[\"istio.io/dry-run\"]"),
        row(
            "AuthorizationPolicy",
            dryRun.formatted("true"),
            "action: AUDIT",
            "LYR0203 metadata.annotations[\"istio.io/dry-run\"]"));
  }

  static Stream<Row> extensions() {
    return Stream.of(
        row(
            "Telemetry",
            "",
            "tracing: [{randomSamplingPercentage: 10, customTags: {a: {literal:"
                + " {value: b}}}}], accessLogging: [{providers: [{name: envoy}]}]"),
        row(
            "Telemetry",
            "",
            "tracing: [{providers: [{name: a}, {name: b}],"
                + " randomSamplingPercentage: 101}, {}]",
            "LYR0450 spec.tracing",
            "LYR0450 spec.tracing[0].providers",
            "LYR0209 spec.tracing[0].randomSamplingPercentage"),
        row(
            "Telemetry",
            "",
            "accessLogging: [{providers: [{name: ''}]}]",
            "LYR0451 spec.accessLogging[0].providers[0]"),
        row(
            "Telemetry",
            "",
            "tracing: [{customTags: {a: {header: {name: ''}}}}], metrics:"
                + " [{overrides: [{match: {customMetric: ''}, tagOverrides: {x: {operation: REMOVE,"
                + " value: a}, y: {}}}]}]",
            "LYR0452 spec.tracing[0].customTags.a",
            "LYR0453 spec.metrics[0].overrides[0].match.customMetric",
            "LYR0452 spec.metrics[0].overrides[0].tagOverrides.x",
            "LYR0452 spec.metrics[0].overrides[0].tagOverrides.y"),
        row("WasmPlugin", "", "url: 'oci://a/b'"),
        row(
            "WasmPlugin",
            "",
            "url: 'ftp://a', sha256: A, vmConfig: {env: [{name: a, valueFrom:"
                + " HOST, value: b}, {name: a, value: c}]}",
            "LYR0454 spec.url",
            "LYR0455 spec.sha256",
            "LYR0456 spec.vmConfig.env[0]",
            "LYR0456 spec.vmConfig.env[1]"),
        patch(
            "applyTo: CLUSTER, match: {cluster: {service: a}}, patch: {operation: MERGE, value:"
                + " {}}"),
        patch("applyTo: CLUSTER, patch: {operation: REMOVE}"),
        patch("patch: {operation: ADD}", "LYR0461 .applyTo", "LYR0461 .patch.value"),
        patch("applyTo: CLUSTER", "LYR0461 .patch"),
        patch(
            "applyTo: CLUSTER, match: {listener: {name: a}}, patch: {operation: REMOVE}",
            "LYR0462 .match"),
        patch(
            "applyTo: NETWORK_FILTER, match: {proxy: {proxyVersion: '('}, listener: {filterChain:"
                + " {filter: {subFilter: {name: a}}}}}, patch: {operation: REMOVE}",
            "LYR0214 .match.proxy.proxyVersion",
            "LYR0463 .match.listener.filterChain.filter",
            "LYR0463 .match.listener.filterChain.filter.subFilter"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void findsExactly(Row row) {
    Decoded decoded =
        Validator.decodeAndValidate("t.yaml", row.object().getBytes(StandardCharsets.UTF_8));
    List<String> found = new ArrayList<>();
    decoded.findings().stream()
        .filter(f -> !f.code().equals(DecodeCode.UNSUPPORTED_KIND.id()))
        .forEach(f -> found.add(f.code() + " " + f.path()));
    assertThat(found)
        .as(decoded.findings().toString())
        .containsExactlyInAnyOrderElementsOf(row.expected());
    boolean refused = decoded.findings().stream().anyMatch(Finding::isError);
    assertThat(decoded.resources()).hasSize(refused ? 0 : 1);
    assertThat(decoded.findings())
        .allMatch(
            f -> f.location().line() >= 3 || f.code().equals(DecodeCode.UNSUPPORTED_KIND.id()));
  }

  @Test
  void everyRuleHasARow() {
    Set<Rule> untested = EnumSet.complementOf(EnumSet.of(Rule.TOO_MANY));
    rows()
        .flatMap(r -> r.expected().stream())
        .forEach(e -> untested.removeIf(r -> e.startsWith(r.id())));
    assertThat(untested).isEmpty();
  }

  @Test
  void findingsAreBoundedAndTheObjectStaysRefused() {
    String text = vs("hosts: [" + "a_b,".repeat(5_000) + "], http: [{" + ROUTE + "}]").object();
    Decoded decoded = Validator.decodeAndValidate("t", text.getBytes(StandardCharsets.UTF_8));
    assertThat(decoded.findings()).hasSize(201);
    assertThat(decoded.findings()).extracting(Finding::code).contains(Rule.TOO_MANY.id());
    assertThat(decoded.resources()).isEmpty();
  }

  @Test
  void codesAreUnique() {
    assertThat(Arrays.stream(Rule.values()).map(Rule::id)).doesNotHaveDuplicates();
    assertThat(Arrays.stream(Rule.values())).noneMatch(r -> r.severity() == Severity.INFO);
  }

  @Test
  void pointsAtTheValue() {
    String text =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata:
          name: x
        spec:
          host: a_b
        """;
    Finding finding =
        Validator.decodeAndValidate("f.yaml", text.getBytes(StandardCharsets.UTF_8))
            .findings()
            .getFirst();
    assertThat(finding.location()).isEqualTo(new Location("f.yaml", 6, 9));
  }
}

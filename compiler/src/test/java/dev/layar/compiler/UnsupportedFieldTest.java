package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.compiler.build.Support;
import dev.layar.compiler.build.UnsupportedField;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each declared limit is reported when, and only when, the field is set so. */
class UnsupportedFieldTest {
  private static final String APP = TestMesh.app("app", "default", "{name: http, port: 80}", "v1");

  @ParameterizedTest
  @EnumSource
  void settingTheFieldWarnsWithItsPathAndEffect(UnsupportedField field) {
    assertThat(findings(object(field, true)))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo(Support.UNSUPPORTED);
              assertThat(finding.isError()).isFalse();
              assertThat(finding.path().replaceAll("\\[\\d+]", "") + ".")
                  .contains("." + field.field() + ".");
              assertThat(finding.message()).endsWith(field.effect());
            });
  }

  @ParameterizedTest
  @EnumSource
  void theSameObjectWithoutItIsSilent(UnsupportedField field) {
    assertThat(findings(object(field, false))).isEmpty();
  }

  private static List<Finding> findings(String object) {
    return TestMesh.of(APP, object).compiler().compileFindings().values().stream()
        .flatMap(List::stream)
        .toList();
  }

  private static String object(UnsupportedField field, boolean set) {
    return switch (field) {
      case EXPONENTIAL_DELAY ->
          route("fault: {delay: {%s}}".formatted(set ? "exponentialDelay: 1s" : "fixedDelay: 1s"));
      case HTTP2_ERROR ->
          route("fault: {abort: {%s}}".formatted(set ? "http2Error: x" : "httpStatus: 500"));
      case REDIRECT_CODE ->
          rules("http: [{redirect: {uri: /x, redirectCode: %d}}]".formatted(set ? 304 : 307));
      case CLAIM ->
          route(
              "match: [{headers: {\"%s\": {exact: x}}}]"
                  .formatted(set ? "@request.auth.claims.sub" : "x-user"));
      case WITHOUT_CLAIM ->
          route(
              "match: [{withoutHeaders: {\"%s\": {exact: x}}}]"
                  .formatted(set ? "@request.auth.claims.sub" : "x-user"));
      case SOURCE_SUBNET ->
          rules(
              "tcp: [{match: [{port: 80%s}], route: [{destination: {host: app}}]}]"
                  .formatted(set ? ", sourceSubnet: 10.0.0.0/8" : ""));
      case ZONE_AWARE ->
          policy(
              "loadBalancer: {simple: RANDOM%s}"
                  .formatted(set ? ", zoneAwareLbSetting: {enabled: true}" : ""));
      case CONSECUTIVE_ERRORS ->
          policy(
              "outlierDetection: {%s: 3}"
                  .formatted(set ? "consecutiveErrors" : "consecutive5xxErrors"));
      case ERROR_CODES ->
          policy(
              "outlierDetection: {interval: 1s%s}"
                  .formatted(set ? ", outlierDetectionHttpErrorCodes: [429]" : ""));
      case CLIENT_CREDENTIAL ->
          policy("tls: {mode: SIMPLE%s}".formatted(set ? ", credentialName: secret" : ""));
      case BUDGET_INTERVAL ->
          policy("retryBudget: {percent: 20%s}".formatted(set ? ", budgetInterval: 1s" : ""));
      case DEFAULT_ENDPOINT -> gateway("HTTP", set ? "defaultEndpoint: 127.0.0.1:80" : "");
      case UNIX_BIND -> gateway("HTTP", "bind: %s".formatted(set ? "unix:///x" : "10.0.0.1"));
      case DYNAMIC_DNS -> entry("resolution: %s".formatted(set ? "DYNAMIC_DNS" : "NONE"));
      case UNIX_ENDPOINT ->
          entry(
              "resolution: STATIC\n  endpoints: [{address: \"%s\"}]"
                  .formatted(set ? "unix:///x" : "10.1.2.3"));
      case NETWORK ->
          entry(
              "resolution: STATIC\n  endpoints: [{address: 10.1.2.3%s}]"
                  .formatted(set ? ", network: n2" : ""));
      case SIDECAR_INGRESS ->
          object(
              "Sidecar",
              set
                  ? "ingress: [{port: {number: 80, protocol: HTTP, name: a}}]"
                  : "egress: [{hosts: [\"*/*\"]}]");
      case INBOUND_POOL ->
          object("Sidecar", set ? "inboundConnectionPool: {http: {maxRetries: 1}}" : "egress: []");
      case EGRESS_PORT -> egress(set ? "port: {number: 80, protocol: HTTP, name: a}" : "");
      case EGRESS_BIND -> egress(set ? "bind: 127.0.0.2" : "");
      case EGRESS_CAPTURE -> egress("captureMode: " + (set ? "NONE" : "DEFAULT"));
      case CUSTOM_ACTION -> authorization(set ? "CUSTOM, provider: {name: p}" : "DENY");
      case REQUEST_PRINCIPALS ->
          authorization(
              "DENY",
              "from: [{source: {%s: [\"*\"]}}]"
                  .formatted(set ? "requestPrincipals" : "principals"));
      case NOT_REQUEST_PRINCIPALS ->
          authorization(
              "DENY",
              "from: [{source: {%s: [\"*\"]}}]"
                  .formatted(set ? "notRequestPrincipals" : "notPrincipals"));
      case TOKEN_CONDITION ->
          authorization(
              "DENY",
              "when: [{key: \"%s\", values: [a]}]"
                  .formatted(set ? "request.auth.claims[group]" : "source.namespace"));
      case INFRASTRUCTURE -> kubeGateway(set ? "infrastructure: {labels: {a: b}}" : "", "");
      case GATEWAY_ADDRESS ->
          kubeGateway(
              "addresses: [{type: %s, value: a}]".formatted(set ? "IPAddress" : "Hostname"), "");
      case FRONTEND_VALIDATION ->
          kubeGateway("", set ? "frontendValidation: {caCertificateRefs: []}" : "options: {}");
      case TLS_OPTIONS -> kubeGateway("", set ? "options: {a: b}" : "options: {}");
      case PATCH_TARGETS ->
          envoyFilter(
              set ? "targetRefs: [{kind: Service, name: app}]" : "priority: 1", "applyTo: CLUSTER");
      case PATCH_APPLY_TO ->
          envoyFilter("priority: 1", "applyTo: " + (set ? "EXTENSION_CONFIG" : "CLUSTER"));
      case PATCH_METADATA ->
          envoyFilter(
              "priority: 1",
              "applyTo: CLUSTER, match: {proxy: {%s}}"
                  .formatted(set ? "metadata: {a: b}" : "proxyVersion: '1.*'"));
      case PATCH_PORT_NAME ->
          envoyFilter(
              "priority: 1",
              "applyTo: LISTENER, match: {listener: {%s: x}}".formatted(set ? "portName" : "name"));
      case PATCH_WAYPOINT ->
          envoyFilter(
              "priority: 1",
              "applyTo: CLUSTER, match: {%s: {}}".formatted(set ? "waypoint" : "cluster"));
      case PATCH_CLASS ->
          envoyFilter("priority: 1", "applyTo: CLUSTER")
              .replace("REMOVE", "REMOVE, filterClass: " + (set ? "AUTHZ" : "UNSPECIFIED"));
      case TELEMETRY_TARGET ->
          telemetry(set ? "targetRef: {kind: Service, name: app}" : "selector: {}");
      case TELEMETRY_TARGETS ->
          telemetry(set ? "targetRefs: [{kind: Service, name: app}]" : "selector: {}");
      case METRICS -> telemetry(set ? "metrics: [{overrides: [{disabled: true}]}]" : "metrics: []");
      case LOG_EXPRESSION ->
          telemetry(
              "accessLogging: [{filter: {expression: \"%s\"}}]"
                  .formatted(set ? "request.path == '/x'" : "response.code >= 400"));
      case TAG_FORMATTER ->
          telemetry(
              "tracing: [{customTags: {a: {%s: {value: x}}}}]"
                  .formatted(set ? "formatter" : "literal"));
      case TRACE_REQUEST_ID ->
          telemetry("tracing: [{useRequestIdForTraceSampling: %s}]".formatted(!set));
      case TRACE_CONTEXT -> telemetry("tracing: [{disableContextPropagation: %s}]".formatted(set));
    };
  }

  private static String authorization(String action) {
    return authorization(action, "");
  }

  private static String authorization(String action, String rule) {
    return """
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: x, namespace: default}
    spec: {rules: [{%s}], action: %s}
    """
        .formatted(rule, action);
  }

  private static String rules(String body) {
    return object("VirtualService", "hosts: [app]\n  " + body);
  }

  private static String route(String body) {
    return rules("http: [{route: [{destination: {host: app}}], " + body + "}]");
  }

  private static String policy(String body) {
    return object("DestinationRule", "host: app\n  trafficPolicy: {" + body + "}");
  }

  private static String gateway(String protocol, String body) {
    return object(
        "Gateway",
        "servers: [{port: {number: 8080, name: p, protocol: %s}, hosts: [\"*\"], %s}]"
            .formatted(protocol, body));
  }

  private static String egress(String body) {
    return object("Sidecar", "egress: [{hosts: [\"*/*\"], " + body + "}]");
  }

  private static String envoyFilter(String body, String patch) {
    return object(
            "EnvoyFilter",
            body + "\n  configPatches: [{" + patch + ", patch: {operation: REMOVE}}]")
        .replace("networking.istio.io/v1", "networking.istio.io/v1alpha3");
  }

  private static String kubeGateway(String body, String tls) {
    return object(
            "Gateway",
            "gatewayClassName: istio\n  "
                + "listeners: [{name: l, port: 80, protocol: TLS, tls: {mode: Passthrough"
                + (tls.isEmpty() ? "" : ", " + tls)
                + "}}]\n  "
                + body)
        .replace("networking.istio.io", "gateway.networking.k8s.io");
  }

  private static String telemetry(String body) {
    return object("Telemetry", body).replace("networking", "telemetry");
  }

  private static String entry(String body) {
    return object(
        "ServiceEntry",
        "hosts: [out.example]\n  ports: [{number: 80, name: http, protocol: HTTP}]\n  " + body);
  }

  private static String object(String kind, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: %s
    metadata: {name: subject, namespace: default}
    spec:
      %s
    """
        .formatted(kind, spec);
  }
}

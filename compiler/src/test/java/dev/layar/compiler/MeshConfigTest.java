package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.base.Finding;
import dev.layar.model.Resource;
import dev.layar.testkit.Call;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What ConfigMap {@code istio} says of the whole mesh. */
class MeshConfigTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2");
  private static final String FAR = TestMesh.app("client", "far", "{name: http, port: 8080}", "v1");

  private static String mesh(String settings) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio, namespace: istio-system}
    data:
      mesh: |
    %s
    """
        .formatted(settings.indent(4));
  }

  private static ByteString body(TestMesh mesh, String proxy, ResourceType type, String name) {
    return Objects.requireNonNull(mesh.resources(proxy).all(type).get(name)).body().getValue();
  }

  private static Cluster cluster(TestMesh mesh, String proxy, String name)
      throws InvalidProtocolBufferException {
    return Cluster.parseFrom(body(mesh, proxy, ResourceType.CLUSTER, name));
  }

  private static HttpConnectionManager http(TestMesh mesh, String proxy, String listener)
      throws InvalidProtocolBufferException {
    Listener found = Listener.parseFrom(body(mesh, proxy, ResourceType.LISTENER, listener));
    for (FilterChain chain : found.getFilterChainsList()) {
      for (Filter filter : chain.getFiltersList()) {
        Any config = filter.getTypedConfig();
        if (config.is(HttpConnectionManager.class)) {
          return config.unpack(HttpConnectionManager.class);
        }
      }
    }
    throw new AssertionError("no HTTP in " + found);
  }

  @Test
  void theMapIsObeyedFromTheMomentItIsThereUntilItGoes() {
    List<Resource<?>> map = TestMesh.objects(mesh("outboundTrafficPolicy: {mode: REGISTRY_ONLY}"));
    TestMesh mesh = TestMesh.of(APP);
    MeshCompiler compiler = mesh.compiler();
    Call unknown = Call.get("http://else.example/");
    assertThat(mesh.call("app-v1", unknown).summary()).isEqualTo("PassthroughCluster");

    compiler.update(compiler.state().with(map));
    assertThat(mesh.call("app-v1", unknown).summary()).isEqualTo("502");

    compiler.update(compiler.state().without(List.of(map.getFirst().key())));
    assertThat(mesh.call("app-v1", unknown).summary()).isEqualTo("PassthroughCluster");
  }

  @Test
  void aMapThatCannotBeReadIsReportedAndChangesNothing() {
    TestMesh mesh = TestMesh.of(APP, mesh("outboundTrafficPolicy: {mode: NOTHING}"));
    assertThat(mesh.call("app-v1", Call.get("http://else.example/")).summary())
        .isEqualTo("PassthroughCluster");
    assertThat(mesh.compiler().compileFindings().values().stream().flatMap(List::stream))
        .anySatisfy(
            finding -> {
              assertThat(finding.isError()).isTrue();
              assertThat(finding.path()).isEqualTo("data.mesh.outboundTrafficPolicy.mode");
            });
  }

  @Test
  void exportToOfTheMeshStandsWhereAnObjectSaysNothing() {
    String rules =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: r, namespace: default}
        spec: {hosts: [app.default.svc.cluster.local], http: [{directResponse: {status: 201}}]}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: d, namespace: default}
        spec: {host: app, subsets: [{name: v1, labels: {version: v1}}]}
        """;
    Call call = Call.get("http://app.default/");
    assertThat(TestMesh.of(APP, FAR, rules).call("client-v1.far", call).summary()).isEqualTo("201");
    TestMesh closed =
        TestMesh.of(
            APP,
            FAR,
            rules,
            mesh("defaultVirtualServiceExportTo: [.]\ndefaultDestinationRuleExportTo: [.]"));
    assertThat(closed.call("client-v1.far", call).summary())
        .isEqualTo("outbound|80||app.default.svc.cluster.local");
    assertThat(closed.call("app-v1", call).summary()).isEqualTo("201");
    String subset = "outbound|80|v1|app.default.svc.cluster.local";
    assertThat(closed.resources("client-v1.far").all(ResourceType.CLUSTER))
        .doesNotContainKey(subset);
    assertThat(closed.resources("app-v1").all(ResourceType.CLUSTER)).containsKey(subset);
    assertThat(
            TestMesh.of(APP, FAR, mesh("defaultServiceExportTo: [.]"))
                .call("client-v1.far", call)
                .summary())
        .isEqualTo("tcp PassthroughCluster");
  }

  @Test
  void accessLogsAreTextOrJson() throws InvalidProtocolBufferException {
    TestMesh text =
        TestMesh.of(APP, mesh("accessLogFile: /var/log/own.log\naccessLogFormat: \"%PROTOCOL%\""));
    FileAccessLog file = log(text);
    assertThat(file.getPath()).isEqualTo("/var/log/own.log");
    assertThat(file.getLogFormat().getTextFormatSource().getInlineString())
        .isEqualTo("%PROTOCOL%\n");

    FileAccessLog json = log(TestMesh.of(APP, mesh("accessLogEncoding: JSON")));
    assertThat(json.getLogFormat().getJsonFormat().getFieldsMap()).containsKey("response_code");
    FileAccessLog own =
        log(
            TestMesh.of(
                APP, mesh("accessLogEncoding: JSON\naccessLogFormat: '{\"p\": \"%PROTOCOL%\"}'")));
    assertThat(own.getLogFormat().getJsonFormat().getFieldsMap()).containsOnlyKeys("p");

    TestMesh none = TestMesh.of(APP, mesh("accessLogFile: ''"));
    assertThat(http(none, "app-v1", "0.0.0.0_80").getAccessLogList()).isEmpty();
  }

  private static FileAccessLog log(TestMesh mesh) throws InvalidProtocolBufferException {
    return http(mesh, "app-v1", "0.0.0.0_80")
        .getAccessLog(0)
        .getTypedConfig()
        .unpack(FileAccessLog.class);
  }

  @Test
  @Semantics(39)
  void theMeshsPolicyFillsWholeBlocksThatARuleLeavesOut() throws InvalidProtocolBufferException {
    String settings =
        mesh(
            """
            connectTimeout: 3s
            tcpKeepalive: {time: 60s}
            defaultTrafficPolicy:
              connectionPool: {tcp: {maxConnections: 7}, http: {maxRetries: 2}}
              outlierDetection: {consecutive5xxErrors: 4}
            """);
    String rule =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: d, namespace: default}
        spec: {host: app, trafficPolicy: {connectionPool: {http: {maxRetries: 5}}}}
        """;
    String name = "outbound|80||app.default.svc.cluster.local";
    Cluster filled = cluster(TestMesh.of(APP, settings), "app-v1", name);
    assertThat(filled.getConnectTimeout().getSeconds()).isEqualTo(3);
    assertThat(filled.getCircuitBreakers().getThresholds(0).getMaxConnections().getValue())
        .isEqualTo(7);
    assertThat(filled.getOutlierDetection().getConsecutive5Xx().getValue()).isEqualTo(4);
    assertThat(
            filled.getUpstreamConnectionOptions().getTcpKeepalive().getKeepaliveTime().getValue())
        .isEqualTo(60);

    Cluster ruled = cluster(TestMesh.of(APP, settings, rule), "app-v1", name);
    assertThat(ruled.getCircuitBreakers().getThresholds(0).getMaxConnections().getValue())
        .as("the rule's block counts as a whole")
        .isEqualTo(-1);
    assertThat(ruled.getCircuitBreakers().getThresholds(0).getMaxRetries().getValue()).isEqualTo(5);
    assertThat(ruled.getOutlierDetection().getConsecutive5Xx().getValue()).isEqualTo(4);
    assertThat(ruled.getUpstreamConnectionOptions().getTcpKeepalive().getKeepaliveTime().getValue())
        .isEqualTo(60);
  }

  @Test
  void aliasesOfTheTrustDomainAreTheMeshToo() throws InvalidProtocolBufferException {
    TestMesh mesh = TestMesh.of(APP, mesh("trustDomain: new.example\ntrustDomainAliases: [old]"));
    String cluster =
        cluster(mesh, "app-v1", "outbound|80||app.default.svc.cluster.local").toString();
    assertThat(cluster)
        .contains("spiffe://new.example/ns/default/sa/")
        .contains("spiffe://old/ns/default/sa/");
    Listener inbound =
        Listener.parseFrom(body(mesh, "app-v1", ResourceType.LISTENER, "virtualInbound"));
    assertThat(inbound.toString()).contains("spiffe://new.example/").contains("spiffe://old/");
  }

  @Test
  void headersAndPathsAreAsTheMeshSays() throws InvalidProtocolBufferException {
    TestMesh mesh =
        TestMesh.of(
            APP,
            mesh(
                """
                pathNormalization: {normalization: MERGE_SLASHES}
                defaultConfig:
                  proxyHeaders: {requestId: {disabled: true}, server: {value: mine}}
                """));
    HttpConnectionManager outbound = http(mesh, "app-v1", "0.0.0.0_80");
    assertThat(outbound.getMergeSlashes()).isTrue();
    assertThat(outbound.getGenerateRequestId().getValue()).isFalse();
    assertThat(http(mesh, "app-v1", "virtualInbound").getServerName()).isEqualTo("mine");
  }

  @Test
  void retriesOfTheMeshStandWhereARuleHasNone() {
    TestMesh mesh = TestMesh.of(APP, mesh("defaultHttpRetryPolicy: {attempts: 5, retryOn: 5xx}"));
    assertThat(body(mesh, "app-v1", ResourceType.ROUTE, "80").toStringUtf8()).contains("5xx");
    TestMesh off = TestMesh.of(APP, mesh("defaultHttpRetryPolicy: {attempts: 0}"));
    assertThat(body(off, "app-v1", ResourceType.ROUTE, "80").toStringUtf8())
        .doesNotContain("connect-failure");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotImplementedIsReported(UnsupportedSetting setting) {
    assertThat(findings(written(setting)))
        .anySatisfy(
            finding -> {
              assertThat(finding.code()).isEqualTo(UnsupportedSetting.CODE);
              assertThat(finding.path()).isEqualTo("data.mesh." + setting.field());
              assertThat(finding.message()).endsWith(setting.effect());
            });
  }

  @Test
  void ordinarySettingsAreNotReported() {
    assertThat(
            findings(
                """
                accessLogFile: /dev/stdout
                defaultConfig: {discoveryAddress: "istiod.istio-system.svc:15012"}
                enablePrometheusMerge: true
                rootNamespace: istio-system
                trustDomain: cluster.local
                """))
        .isEmpty();
  }

  private static List<Finding> findings(String settings) {
    return TestMesh.of(APP, mesh(settings)).compiler().compileFindings().values().stream()
        .flatMap(List::stream)
        .toList();
  }

  /** The field as a tree of YAML with a value that counts. */
  private static String written(UnsupportedSetting setting) {
    String value =
        switch (setting) {
          case ACCESS_LOG_SERVICE -> "true";
          case DYNAMIC_DNS -> "ALLOW_ANY_DYNAMIC_DNS";
          case INBOUND_LOCALHOST -> "{mode: LOCALHOST}";
          case INBOUND_STAT, OUTBOUND_STAT -> "x";
          case CONFIG_SOURCES, CA_CERTIFICATES, SERVICE_SETTINGS, SERVICE_SCOPES -> "[{}]";
          case DISCOVERY_SELECTORS -> "[{matchLabels: {a: b}}]";
          case CURVES, PROXY_AUTHORITIES, PROXY_TAGS -> "[X25519]";
          case PROXY_RUNTIME -> "{a: b}";
          case PROXY_INTERCEPTION -> "TPROXY";
          case HEADER_CASE -> "true";
          default -> "{}";
        };
    List<String> path = List.of(setting.field().split("\\."));
    return Stream.of(path)
        .map(parts -> parts.stream().collect(Collectors.joining(": {", "", ": ")))
        .map(text -> text + value + "}".repeat(path.size() - 1))
        .findFirst()
        .orElseThrow();
  }
}

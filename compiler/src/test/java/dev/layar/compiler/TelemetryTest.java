package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.build.Support;
import dev.layar.compiler.telemetry.LogCondition;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What proxies log and trace by Telemetry. */
class TelemetryTest {
  private static final String OUTBOUND = "0.0.0.0_80";
  private static final String INBOUND = "virtualInbound";
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2");
  private static final String MESH =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: istio, namespace: istio-system}
      data:
        mesh: |
          extensionProviders:
          - name: file
            envoyFileAccessLog: {path: /var/log/own.log, logFormat: {labels: {code: "%RESPONSE_CODE%"}}}
          - name: jaeger
            zipkin: {service: trace/zipkin.trace.svc.cluster.local, port: 9411}
          - name: otel
            opentelemetry: {service: otel.trace.svc.cluster.local, port: 4317}
      """;

  private static String telemetry(String name, String namespace, String spec) {
    return """
    apiVersion: telemetry.istio.io/v1
    kind: Telemetry
    metadata: {name: %s, namespace: %s}
    spec:
    %s
    """
        .formatted(name, namespace, spec.indent(2));
  }

  private static HttpConnectionManager http(TestMesh mesh, String proxy, String listener)
      throws InvalidProtocolBufferException {
    XdsResource found =
        Objects.requireNonNull(mesh.resources(proxy).all(ResourceType.LISTENER).get(listener));
    for (FilterChain chain : Listener.parseFrom(found.body().getValue()).getFilterChainsList()) {
      for (Filter filter : chain.getFiltersList()) {
        Any config = filter.getTypedConfig();
        if (config.is(HttpConnectionManager.class)) {
          return config.unpack(HttpConnectionManager.class);
        }
      }
    }
    throw new AssertionError("no HTTP in " + listener);
  }

  private static List<String> paths(TestMesh mesh, String proxy, String listener)
      throws InvalidProtocolBufferException {
    List<String> paths = new ArrayList<>();
    for (AccessLog log : http(mesh, proxy, listener).getAccessLogList()) {
      paths.add(log.getTypedConfig().unpack(FileAccessLog.class).getPath());
    }
    return paths;
  }

  @Test
  void aNarrowerTelemetryIsOverAWiderOne() throws InvalidProtocolBufferException {
    String root = telemetry("all", "istio-system", "accessLogging: [{providers: [{name: file}]}]");
    String namespace = telemetry("ns", "default", "accessLogging: [{disabled: true}]");
    String workload =
        telemetry(
            "one",
            "default",
            """
            selector: {matchLabels: {version: v1}}
            accessLogging: [{providers: [{name: envoy}]}]
            """);
    assertThat(paths(TestMesh.of(APP, MESH), "app-v1", OUTBOUND)).containsExactly("/dev/stdout");
    assertThat(paths(TestMesh.of(APP, MESH, root), "app-v1", OUTBOUND))
        .containsExactly("/var/log/own.log");
    TestMesh all = TestMesh.of(APP, MESH, root, namespace, workload);
    assertThat(paths(all, "app-v2", OUTBOUND)).isEmpty();
    assertThat(paths(all, "app-v1", OUTBOUND)).containsExactly("/dev/stdout");
    assertThat(paths(all, "app-v1", INBOUND)).containsExactly("/dev/stdout");
  }

  @Test
  void theModeSaysWhichSideIsMeant() throws InvalidProtocolBufferException {
    TestMesh mesh =
        TestMesh.of(
            APP,
            MESH,
            telemetry("t", "default", "accessLogging: [{match: {mode: SERVER}, disabled: true}]"));
    assertThat(paths(mesh, "app-v1", OUTBOUND)).containsExactly("/dev/stdout");
    assertThat(paths(mesh, "app-v1", INBOUND)).isEmpty();
  }

  @Test
  void onlyCallsThatFulfilTheConditionAreLogged() throws InvalidProtocolBufferException {
    TestMesh mesh =
        TestMesh.of(
            APP,
            MESH,
            telemetry(
                "t", "default", "accessLogging: [{filter: {expression: response.code >= 500}}]"));
    AccessLog log = http(mesh, "app-v1", OUTBOUND).getAccessLog(0);
    assertThat(log.getFilter().getStatusCodeFilter().getComparison().getValue().getDefaultValue())
        .isEqualTo(500);
  }

  @ParameterizedTest
  @CsvSource({
    "response.code == 404, status_code_filter",
    "response.code>=400 && response.code < 500, and_filter",
    "(response.code != 200) || request.duration > duration('5s'), or_filter",
    "request.duration >= duration(\"250ms\"), duration_filter"
  })
  void conditionsThatEnvoyCanSay(String expression, String filter) {
    assertThat(LogCondition.of(expression).orElseThrow().toString()).startsWith(filter);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "response.code",
        "response.code >= duration('1s')",
        "request.duration > 5",
        "(response.code == 1",
        "response.code == 1 &&",
        "response.code == 1 response.code == 2",
        "request.path == '/'"
      })
  void conditionsThatEnvoyCannotSay(String expression) {
    assertThat(LogCondition.of(expression)).isEmpty();
  }

  @Test
  void spansGoToTheProviderWithTheirTags() throws InvalidProtocolBufferException {
    TestMesh mesh =
        TestMesh.of(
            APP,
            MESH,
            telemetry(
                "t",
                "istio-system",
                """
                tracing:
                - providers: [{name: jaeger}]
                  randomSamplingPercentage: 25
                  customTags: {a: {literal: {value: x}}, b: {header: {name: x-b, defaultValue: y}}}
                """),
            telemetry(
                "ns", "default", "tracing: [{match: {mode: SERVER}, disableSpanReporting: true}]"));
    HttpConnectionManager.Tracing tracing = http(mesh, "app-v1", OUTBOUND).getTracing();
    assertThat(tracing.getRandomSampling().getValue()).isEqualTo(25);
    assertThat(tracing.getCustomTagsList())
        .extracting(tag -> tag.getTag())
        .contains("a", "b", "istio.canonical_service");
    ZipkinConfig zipkin = tracing.getProvider().getTypedConfig().unpack(ZipkinConfig.class);
    assertThat(zipkin.getCollectorCluster())
        .isEqualTo("outbound|9411||zipkin.trace.svc.cluster.local");
    assertThat(http(mesh, "app-v1", INBOUND).hasTracing()).isFalse();
  }

  @Test
  void spansOfOpenTelemetryCarryTheWorkloadsName() throws InvalidProtocolBufferException {
    TestMesh mesh =
        TestMesh.of(APP, MESH, telemetry("t", "default", "tracing: [{providers: [{name: otel}]}]"));
    HttpConnectionManager.Tracing tracing = http(mesh, "app-v1", INBOUND).getTracing();
    assertThat(tracing.getRandomSampling().getValue()).as("Istio's own").isEqualTo(1);
    OpenTelemetryConfig otel =
        tracing.getProvider().getTypedConfig().unpack(OpenTelemetryConfig.class);
    assertThat(otel.getServiceName()).isEqualTo("app.default");
    assertThat(otel.getGrpcService().getEnvoyGrpc().getClusterName())
        .isEqualTo("outbound|4317||otel.trace.svc.cluster.local");
  }

  @Test
  void theMeshsOwnZipkinNeedsNoTelemetry() throws InvalidProtocolBufferException {
    String settings = "defaultConfig: {tracing: {sampling: 50, zipkin: {address: \"z.ns:9411\"}}}";
    String map = MESH.substring(0, MESH.indexOf("    extension")) + "    %s\n";
    HttpConnectionManager on = http(TestMesh.of(APP, map.formatted(settings)), "app-v1", OUTBOUND);
    assertThat(on.getTracing().getRandomSampling().getValue()).isEqualTo(50);
    HttpConnectionManager off =
        http(
            TestMesh.of(APP, map.formatted(settings + "\n    enableTracing: false")),
            "app-v1",
            OUTBOUND);
    assertThat(off.hasTracing()).isFalse();
  }

  @Test
  void aProviderThatIsNotDefinedIsReported() {
    TestMesh mesh =
        TestMesh.of(
            APP,
            MESH,
            telemetry(
                "t",
                "default",
                """
                accessLogging: [{providers: [{name: nothing}, {name: file}]}]
                tracing: [{providers: [{name: file}]}]
                """));
    assertThat(mesh.compiler().compileFindings().values().stream().flatMap(List::stream))
        .extracting(finding -> finding.code() + " " + finding.path())
        .containsExactly(
            Support.UNKNOWN_PROVIDER + " spec.accessLogging[0].providers[0].name",
            Support.UNKNOWN_PROVIDER + " spec.tracing[0].providers[0].name");
  }
}

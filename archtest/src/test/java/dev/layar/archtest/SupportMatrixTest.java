package dev.layar.archtest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.analysis.Validator;
import dev.layar.archtest.ApiFields.ApiField;
import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.compiler.MeshCompiler;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.OfflineMesh;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.ProxyResources;
import dev.layar.compiler.build.UnsupportedField;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Kind;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.proxy.config.ConfigStore;
import dev.layar.telemetry.MetricRegistry;
import dev.layar.xds.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The support matrix says what the code does, and the file is what the code says. */
class SupportMatrixTest {
  private static final Path FILE = SourceTree.rootDirectory().resolve("docs/support-matrix.md");
  private static final Map<String, String> REFUSED =
      Map.of(
          "Delay.exponentialDelay",
          object(
              "VirtualService",
              "hosts: [app], http: [{route: [{destination: {host: app}}],"
                  + " fault: {delay: {exponentialDelay: 1s, percentage: {value: 1}}}}]"),
          "Abort.http2Error",
          object(
              "VirtualService",
              "hosts: [app], http: [{route: [{destination: {host: app}}],"
                  + " fault: {abort: {http2Error: x, percentage: {value: 1}}}}]"),
          "Port.targetPort",
          object(
              "Gateway",
              "servers: [{port: {number: 80, name: h, protocol: HTTP, targetPort: 81},"
                  + " hosts: [\"*\"]}]"));

  private static final String APP =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: app, namespace: default}
      spec: {selector: {app: app}, ports: [{name: http, port: 80}]}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: app, namespace: default}
      spec:
        replicas: 1
        selector: {matchLabels: {app: app}}
        template:
          metadata: {labels: {app: app}}
          spec: {containers: [{name: app, image: app}]}
      ---
      """;

  @Test
  void theFileIsCurrent() throws IOException {
    String text = SupportMatrix.text();
    if ("write".equals(System.getProperty("layar.docs"))) {
      Files.writeString(FILE, text);
    }
    assertThat(Files.exists(FILE) ? Files.readString(FILE) : "")
        .as("refresh it with: " + SupportMatrix.REFRESH)
        .isEqualTo(text);
  }

  @Test
  void whatIsCalledSupportedIsReadByTheCompiler() {
    Set<String> unread = new TreeSet<>();
    for (Kind kind : SupportMatrix.KINDS) {
      SupportMatrix.reached(kind).values().stream()
          .flatMap(List::stream)
          .filter(field -> !ApiFields.isRead(field))
          .filter(
              field ->
                  Set.of("supported", "partly")
                      .contains(SupportMatrix.standing(kind, field).word()))
          .map(ApiField::id)
          .forEach(unread::add);
    }
    assertThat(unread).as("declare what happens to it, or implement it").isEmpty();
  }

  @Test
  void everyDeclarationIsAboutAFieldThatExists() {
    Set<String> ids = new TreeSet<>();
    for (Kind kind : SupportMatrix.KINDS) {
      ApiFields.of(kind).values().stream()
          .flatMap(List::stream)
          .forEach(field -> ids.add(kind.kind() + " " + field.id()));
    }
    for (ProxyLimit limit : ProxyLimit.ALL) {
      limit.fields().forEach(field -> assertThat(ids).contains(limit.kind().kind() + " " + field));
    }
    for (QuietField quiet : QuietField.ALL) {
      quiet.fields().forEach(field -> assertThat(ids).contains(quiet.kind().kind() + " " + field));
    }
    for (UnsupportedField limit : UnsupportedField.values()) {
      assertThat(ids)
          .anyMatch(id -> id.endsWith(" " + limit.message().getSimpleName() + "." + limit.field()));
    }
    assertThat(REFUSED.keySet()).isEqualTo(SupportMatrix.REFUSED.keySet());
  }

  @Test
  void whatIsCalledRefusedIsRefused() {
    SupportMatrix.REFUSED.forEach(
        (field, rule) -> {
          String yaml = Objects.requireNonNull(REFUSED.get(field));
          assertThat(Validator.validate(Decoder.decode("test", yaml).resources().getFirst()))
              .filteredOn(Finding::isError)
              .extracting(Finding::code)
              .as(field)
              .contains(rule.id());
        });
  }

  @ParameterizedTest
  @FieldSource("dev.layar.archtest.ProxyLimit#ALL")
  void theProxyDoesAsTheMatrixSays(ProxyLimit limit) {
    ConfigStore store = store();
    give(store, resources(object(limit.kind().kind(), limit.spec())));

    assertThat(store.findings())
        .anySatisfy(
            finding -> {
              assertThat(finding.path()).endsWith(limit.xdsPath());
              assertThat(finding.isError()).isEqualTo(limit.refused());
            });
    assertThat(store.findings().stream().anyMatch(Finding::isError)).isEqualTo(limit.refused());
  }

  private static String object(String kind, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: %s
    metadata: {name: subject, namespace: default}
    spec: {%s}
    """
        .formatted(kind, spec);
  }

  private static ProxyResources resources(String object) {
    Decoded decoded = Decoder.decode("test", APP + object);
    assertThat(decoded.findings()).isEmpty();
    OfflineMesh mesh =
        OfflineMesh.of(decoded.resources(), MeshSettings.defaults(), new Capture.HttpProxy(15001));
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    compiler.update(mesh.state());
    return switch (mesh.proxy("app")) {
      case Result.Ok<ProxyIdentity> ok -> compiler.resources(ok.value());
      case Result.Rejected<ProxyIdentity> no -> throw new AssertionError(no.findings());
    };
  }

  private static ConfigStore store() {
    return new ConfigStore(
        new ClusterSet.World(
            1,
            Ticker.system(),
            new SplitMix64(1),
            host -> CompletableFuture.failedFuture(new IllegalStateException(host)),
            new MetricRegistry(),
            List.of()),
        snapshot -> {});
  }

  private static void give(ConfigStore store, ProxyResources resources) {
    for (ResourceType type :
        List.of(
            ResourceType.CLUSTER,
            ResourceType.ENDPOINT,
            ResourceType.LISTENER,
            ResourceType.ROUTE)) {
      store.update(type, List.copyOf(resources.all(type).values()), Set.of());
    }
  }
}

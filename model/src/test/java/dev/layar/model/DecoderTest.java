package dev.layar.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.MeshConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One row a mistake: the text, and exactly what is said about it. */
class DecoderTest {
  private static final String VS =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n";
  private static final String DR =
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec:\n";

  /**
   * A row.
   *
   * @param expected lines of {@code line:col code path}, each optionally followed by {@code | } and
   *     a part of the one-line form of the finding
   */
  record Row(String text, List<String> expected) {
    @Override
    public String toString() {
      return expected.toString();
    }
  }

  private static Row row(String text, String... expected) {
    return new Row(text, List.of(expected));
  }

  static Stream<Row> rows() {
    return Stream.of(documents(), kinds(), fields(), scalars(), seeds()).flatMap(s -> s);
  }

  static Stream<Row> documents() {
    String namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    return Stream.of(
        row(""),
        row("---\n# nothing\n---\n...\n%YAML 1.2\n---\n"),
        row("\uFEFF" + namespace),
        row(namespace + "---\n" + namespace.replace("{name: a}", "{name: b}")),
        row("3", "1:1 LYR0104 | not an object"),
        row("- a: b", "1:1 LYR0104 | separate objects with a line `---`"),
        row("a: b", "1:1 LYR0104 | no `kind`"),
        row("apiVersion: v1\nKind: Pod", "1:1 LYR0104 | did you mean `kind` instead of `Kind`?"),
        row("apiVersion: v1\nkind: Namespace", "1:1 LYR0111 metadata"),
        row("apiVersion: v1\nkind: Namespace\nmetadata: {}", "3:11 LYR0111 metadata.name"),
        row(
            "{\n"
                + "\t\"apiVersion\": \"v1\", \"kind\": \"Namespace\",\n"
                + "\t\"metadata\": {\"name\": \"\\u0061\\/\"}}"),
        row("{apiVersion: v1, kind: Namespace, metadata: {name: a}}"),
        row("{\"apiVersion\": \"v1\" \"kind\"}", "1:21 LYR0102 | not valid JSON"),
        row(
            "apiVersion: v1\n"
                + "kind: List\n"
                + "items:\n"
                + "- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n"
                + "- 3\n",
            "5:3 LYR0104 items[1]"),
        row("apiVersion: v1\nkind: List\nitems: {}", "3:8 LYR0110 items"),
        row("apiVersion: v1\nkind: NamespaceList\nitems:\n- metadata: {name: a}\n"),
        row(namespace + "metadata: {name: b}\n", "4:1 LYR0109 metadata | line 3"),
        row("a: [b\n---\n" + namespace, "2:1 LYR0102 | bracket"),
        row("kind: Pod\n\tx: 3", "2:1 LYR0102 | a tab cannot indent YAML; use spaces"),
        row("kind: a\n  b: c", "2:4 LYR0102 | indented further"),
        row("a:\n- b\n c: d", "3:3 LYR0102 | indented further than its neighbours"),
        row("a: %b", "1:4 LYR0102 | cannot start with `%`"),
        row("a: \"b", "1:6 LYR0102 | not closed"),
        row("a\nb: c", "2:2 LYR0102"),
        row("a: \u0007", "1:4 LYR0102 | U+0007"),
        row("a: *b", "1:4 LYR0102 | anchor"),
        row("a: &b [*b]", "1:8 LYR0102 | anchor"),
        row("? [a]\n: b", "1:3 LYR0102 | field name"),
        row("a: !mine b", "1:4 LYR0102 | tag !mine"),
        row("[".repeat(100), "1:65 LYR0103 | 64 levels"),
        row("{\"a\":" + "[".repeat(100), "1:68 LYR0103 | nested"),
        row(bomb(), "7:34 LYR0103 | unfold"),
        row("a: " + "b".repeat(Limits.DOCUMENT_CHARS), "1:1 LYR0103 | characters"));
  }

  /** Nine levels of nine aliases would unfold to 387 million values. */
  private static String bomb() {
    StringBuilder text = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 10; i++) {
      text.append("a%d: &a%d [".formatted(i, i));
      text.append("*a%d,".formatted(i - 1).repeat(9)).append("x]\n");
    }
    return text.toString();
  }

  static Stream<Row> kinds() {
    return Stream.of(
        row(
            "apiVersion: networking.istio.io/v1\nkind: VirtualServce",
            "2:7 LYR0105 kind | did you mean `VirtualService`?"),
        row(
            "apiVersion: networking.istio.io/v1\nkind: vs",
            "2:7 LYR0105 kind | did you mean `VirtualService`?"),
        row("apiVersion: v1\nkind: Xyzzy", "2:7 LYR0105 kind | there is no kind"),
        row(
            "apiVersion: networking.istio.io/v2\nkind: Gateway\nmetadata: {name: a}\nspec: {}",
            "1:13 LYR0107 apiVersion | networking.istio.io/v1"),
        row("kind: Namespace\nmetadata: {name: a}", "1:1 LYR0107 apiVersion | no `apiVersion`"),
        row(
            "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\nspec:\n"
                + "  selector: {}\n  template: {spec: {containers: []}}",
            "1:13 LYR0107 apiVersion | apps/v1"),
        row("apiVersion: extensions.istio.io/v1\nkind: TrafficExtension", "2:7 LYR0106 kind"),
        row(
            "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: a}\n"
                + "spec: {url: oci://a/b}",
            "2:7 LYR0106 kind | warning"),
        row(
            "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\nspec: {}",
            "1:13 LYR0107 apiVersion | networking.k8s.io/v1"),
        row("apiVersion: apps/v1\nkind: StatefulSet", "2:7 LYR0106 kind | does not run"),
        row("apiVersion: v1\nkind: LimitRange", "2:7 LYR0106 kind | warning"),
        row("apiVersion: cert-manager.io/v1\nkind: Issuer", "2:7 LYR0106 kind | warning"),
        row(
            "apiVersion: config.istio.io/v1alpha2\nkind: RouteRule",
            "2:7 LYR0106 kind | write a VirtualService instead"));
  }

  static Stream<Row> fields() {
    return Stream.of(
        row(VS + "  host: [a]", "5:3 LYR0108 spec.host | did you mean `hosts`?"),
        row(VS + "  hosts: []\nhosts: []", "6:1 LYR0108 hosts | indent it below `spec:`"),
        row(VS + "  {}\nlabels: {}", "6:1 LYR0108 labels | indent it below `metadata:`"),
        row(VS + "  {}\nsepc: {}", "6:1 LYR0108 sepc | expected: spec"),
        row(VS + "  {}\nstatus: {conditions: [{type: a}]}"),
        row(
            VS + "  http: [{match: [{path: {exact: /}}]}]",
            "5:20 LYR0108 spec.http[0].match[0].path | write `uri: "),
        row(
            VS + "  http: [{route: [{host: b}]}]",
            "5:20 LYR0108 spec.http[0].route[0].host | expected: destination: {host: b}"),
        row(VS + "  http: [{xyzzyxyzzy: 3}]", "5:11 LYR0108 spec.http[0].xyzzyxyzzy | retries"),
        row(
            VS + "  http: [{match: [{uri: {exct: a}}]}]",
            "5:26 LYR0108 spec.http[0].match[0].uri.exct | did you mean `exact`?"),
        row(VS + "  hosts: [a]\n  hosts: [b]", "6:3 LYR0109 spec.hosts | line 5"),
        row(
            VS + "  http: [{match: [{headers: {a: {exact: b}, a: {}}}]}]",
            "5:45 LYR0109 spec.http[0].match[0].headers.a"),
        row(
            VS + "  http: [{match: [{uri: {exact: a, prefix: b}}]}]",
            "5:36 LYR0112 spec.http[0].match[0].uri.prefix | `prefix` and `exact`"),
        row(
            VS + "  http: [{redirect: {port: 80, derivePort: FROM_REQUEST_PORT}}]",
            "5:32 LYR0112 spec.http[0].redirect.derivePort"),
        row(
            DR
                + "  host: a\n"
                + "  trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp:"
                + " true}}}",
            "6:50 LYR0112 spec.trafficPolicy.loadBalancer.consistentHash"),
        row(DR + "  subsets: []", "5:3 LYR0111 spec.host | Service the rule is for"),
        row(DR + "  host:", "5:3 LYR0111 spec.host | empty"),
        row(VS + "  # nothing", "1:1 LYR0111 spec"),
        row(VS + "  hosts: a", "5:10 LYR0110 spec.hosts | put `- ` before each element"),
        row(VS + "  hosts: [a, ]\n  http: [{}, ~]", "6:14 LYR0110 spec.http[1] | nothing in it"),
        row(
            VS + "  http: [{match: [{uri: /a}]}]",
            "5:25 LYR0110 spec.http[0].match[0].uri | expected: uri: {exact: /a}"),
        row(
            VS + "  http: [{mirrorPercentage: 50}]",
            "5:29 LYR0110 spec.http[0].mirrorPercentage | expected: mirrorPercentage: {value: 50}"),
        row(
            VS + "  http: [{route: [{destination: [{host: a}]}]}]",
            "5:33 LYR0110 spec.http[0].route[0].destination | remove the `- `"),
        row(DR + "  host: [a]", "5:9 LYR0110 spec.host | takes one value: remove the `- `"),
        row(
            VS + "  http: [{match: [{headers: {a: }}]}]",
            "5:30 LYR0110 spec.http[0].match[0].headers.a | has no value"),
        row(VS + "  http: [{match: [{withoutHeaders: {a: }}]}]"),
        row(
            VS
                + "  http: &r [{route: [{destination: {host: a}}]}]\n"
                + "  tcp: [{route: [{destination: &d {host: b}}]}]\n"
                + "  tls: [{match: [{sniHosts: [a]}], route: [{destination: {<<: *d, subset:"
                + " c}}]}]"),
        row(
            "apiVersion: apps/v1\n"
                + "kind: Deployment\n"
                + "metadata: {name: a}\n"
                + "spec:\n"
                + "  replicsa: 3\n"
                + "  paused: true\n"
                + "  selector: {}\n"
                + "  template: {spec: {containers: [{name: a, volumeMounts: []}]}}",
            "5:3 LYR0120 spec.replicsa | did you mean `replicas`?"));
  }

  static Stream<Row> scalars() {
    String weight = VS + "  http: [{route: [{destination: {host: a}, weight: %s}]}]";
    String weightAt = "5:52 LYR0110 spec.http[0].route[0].weight | ";
    String timeout = VS + "  http: [{timeout: %s}]";
    String timeoutAt = "5:20 LYR0113 spec.http[0].timeout | ";
    return Stream.of(
        row(weight.formatted("10%"), weightAt + "write 10 "),
        row(weight.formatted("'10'"), weightAt + "without quotes"),
        row(weight.formatted("10.5"), weightAt + "whole number"),
        row(weight.formatted("ten"), weightAt + "is a number"),
        row(weight.formatted("yes"), weightAt + "is a number"),
        row(weight.formatted("1e1")),
        row(weight.formatted("0x1f")),
        row(weight.formatted("99999999999"), "5:52 LYR0114 spec.http[0].route[0].weight"),
        row(
            VS + "  http: [{mirrorPercentage: {value: .inf}}]",
            "5:37 LYR0110 spec.http[0].mirrorPercentage.value"),
        row(timeout.formatted("1h30m")),
        row(timeout.formatted("1.5s")),
        row(timeout.formatted("5"), timeoutAt + "write 5s"),
        row(timeout.formatted("2 seconds"), timeoutAt + "write 2s"),
        row(timeout.formatted("1d"), timeoutAt + "write 24h"),
        row(timeout.formatted("100msec"), timeoutAt + "write 100ms"),
        row(timeout.formatted("soon"), timeoutAt + "such as 1.5s"),
        row(timeout.formatted("[]"), "5:20 LYR0110 spec.http[0].timeout"),
        row(VS + "  http: [{match: [{ignoreUriCase: yes}]}]"),
        row(
            VS + "  http: [{match: [{ignoreUriCase: 'yes'}]}]",
            "5:35 LYR0110 spec.http[0].match[0].ignoreUriCase | expected: true"),
        row(
            VS + "  http: [{match: [{ignoreUriCase: 1}]}]",
            "5:35 LYR0110 spec.http[0].match[0].ignoreUriCase | true or false"),
        row(DR + "  host: on", "5:9 LYR0110 spec.host | expected: \"on\""),
        row(DR + "  host: 1.0", "5:9 LYR0110 spec.host | expected: \"1.0\""),
        row(
            DR + "  host: a\n  trafficPolicy: {loadBalancer: {simple: round-robin}}",
            "6:42 LYR0115 spec.trafficPolicy.loadBalancer.simple | did you mean ROUND_ROBIN?"),
        row(
            DR + "  host: a\n  trafficPolicy: {loadBalancer: {simple: 2}}",
            "6:42 LYR0115 spec.trafficPolicy.loadBalancer.simple | did you mean RANDOM?"),
        row(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, creationTimestamp: 2024-13-01}",
            "3:40 LYR0117 metadata.creationTimestamp"),
        row(
            "apiVersion: v1\n"
                + "kind: Namespace\n"
                + "metadata: {name: a, creationTimestamp: 2024-01-07T00:57:14Z, labels: {v: 1}}",
            "3:74 LYR0110 metadata.labels.v | expected: \"1\""),
        row(
            VS + "  http: [{directResponse: {status: 200, body: {bytes: '$'}}}]",
            "5:55 LYR0118 spec.http[0].directResponse.body.bytes"));
  }

  /** The malformed YAML of tutorials, as they have it. */
  static Stream<Row> seeds() {
    return Stream.of(
        row(
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata:
              name: reviews
            spec:
              hosts:
              - reviews
              http:
                route:
                - destination:
                    host: reviews
                    subset: v2
                  weight: 10%
                - route:
                    - destination:
                        host: reviews
                        subset: v1
            """,
            "9:5 LYR0110 spec.http | put `- ` before the first field of each element, here `-"
                + " route:`",
            "13:15 LYR0110 spec.http.route[0].weight | write 10 ",
            "14:7 LYR0108 spec.http.route[1].route | it belongs to HttpRoute, further out"),
        row(
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: DestinationRule
            metadata:
              name: foo-ext
            spec:
              name: foo.com
              trafficPolicy:
                tls:
                  mode: MUTUAL
            """,
            "6:3 LYR0108 spec.name | write `host: foo.com`"),
        row(
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: Gateway
            metadata:
            name: bookinfo-gateway
            spec:
            servers:
            - port:
            number: 443
            name: https
            protocol: HTTPS
            hosts:
            - bookinfo.com
            """,
            "3:1 LYR0116 | indent what belongs below them"),
        row(
            "apiVersion: networking.istio.io/v1alpha3 kind: VirtualService metadata: name: httpbin"
                + " spec:",
            "1:46 LYR0116 | on one line"));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void saysExactly(Row row) {
    Decoded decoded = Decoder.decode("t.yaml", row.text());
    assertThat(decoded.findings()).as(decoded.findings().toString()).hasSameSizeAs(row.expected());
    for (int i = 0; i < row.expected().size(); i++) {
      Finding finding = decoded.findings().get(i);
      String[] parts = row.expected().get(i).split(" \\| ", 2);
      String place = finding.location().line() + ":" + finding.location().column();
      assertThat((place + " " + finding.code() + " " + finding.path()).strip())
          .as(finding.line())
          .isEqualTo(parts[0].strip());
      assertThat(finding.line() + " ").contains(parts.length > 1 ? parts[1] : "");
    }
  }

  /** What {@code kubectl get -o yaml} prints is taken back as it is. */
  @Test
  void takesWhatKubectlPrints() {
    String text =
        """
        apiVersion: v1
        items:
        - apiVersion: networking.istio.io/v1
          kind: VirtualService
          metadata:
            annotations:
              kubectl.kubernetes.io/last-applied-configuration: |
                {"apiVersion":"networking.istio.io/v1alpha3","kind":"VirtualService"}
            creationTimestamp: "2024-01-07T00:57:14Z"
            generation: 2
            managedFields:
            - apiVersion: networking.istio.io/v1
              fieldsV1: {f:spec: {}}
            name: httpbin
            namespace: prod
            resourceVersion: "289751"
            uid: 5a5e1c6e-0d5f-4d0c-9a86-6f1c3b6c1f11
          spec:
            hosts:
            - httpbin
            http:
            - mirror:
                host: httpbin
                subset: v2
              mirrorPercentage:
                value: 100
              route:
              - destination:
                  host: httpbin
                  subset: v1
                weight: 100
          status:
            observedGeneration: "2"
        kind: List
        metadata:
          resourceVersion: ""
        """;
    Decoded decoded = Decoder.decode("t.yaml", text);
    assertThat(decoded.findings()).isEmpty();
    Resource<?> read = decoded.resources().getFirst();
    assertThat(read.key()).hasToString("VirtualService prod/httpbin");
    assertThat(read.metadata().generation()).isEqualTo(2);
    assertThat(read.sources().value("spec.http[0].route[0].weight").line()).isEqualTo(31);
    assertThat(read.sources().key("spec.http[0].timeout").line()).isEqualTo(22);
  }

  /** Where something is written does not make an object another one. */
  @Test
  void equalityLeavesPlacesOut() {
    Resource<?> one = Decoder.decode("a", VS + "  hosts: [a]").resources().getFirst();
    Resource<?> other =
        Decoder.decode("b", "# moved\n" + VS + "  hosts:\n  - a").resources().getFirst();
    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(one.sources()).isNotEqualTo(other.sources());
  }

  @Test
  void oneBadObjectDoesNotHideTheOthers() {
    String good = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n";
    String text =
        good.formatted("a") + "---\n}{\n---\n" + VS + "  hots: []\n---\n" + good.formatted("b");
    Decoded decoded = Decoder.decode("t.yaml", text);
    assertThat(decoded.resources()).extracting(r -> r.metadata().name()).containsExactly("a", "b");
    assertThat(decoded.findings()).hasSize(2);
    assertThat(decoded.hasErrors()).isTrue();
  }

  @Test
  void notUtf8IsLocated() {
    byte[] text = "a: b\nc: X".getBytes(StandardCharsets.UTF_8);
    text[text.length - 1] = (byte) 0xFF;
    assertThat(Decoder.decode("t.yaml", text).findings())
        .singleElement()
        .satisfies(f -> assertThat(f.line()).startsWith("t.yaml:2:4: error LYR0101"));
    byte[] utf16 = "a: b".getBytes(StandardCharsets.UTF_16);
    assertThat(Decoder.decode("t.yaml", utf16).findings().getFirst().message()).contains("UTF-16");
  }

  @Test
  void findingsAreBounded() {
    String text = VS + "  a: 3\n".repeat(1) + "  http:\n" + "  - {x: 1}\n".repeat(5_000);
    List<Finding> findings = Decoder.decode("t.yaml", text).findings();
    assertThat(findings).hasSize(Limits.FINDINGS + 1);
    assertThat(findings).anyMatch(f -> f.code().equals("LYR0119"));
  }

  @Test
  void theGroupTellsTheTwoGatewaysApart() {
    String gateway =
        """
        kind: Gateway
        metadata: {name: a}
        spec: {gatewayClassName: istio, listeners: []}
        """;
    Decoded kubernetes =
        Decoder.decode("t", "apiVersion: gateway.networking.k8s.io/v1\n" + gateway);
    assertThat(kubernetes.resources().getFirst().kind()).isSameAs(Kinds.KUBE_GATEWAY);
    Decoded istio =
        Decoder.decode(
            "t",
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\nspec: {}");
    assertThat(istio.resources().getFirst().kind()).isSameAs(Kinds.GATEWAY);
  }

  @Test
  void aPatchKeepsWhatEverItHolds() {
    Decoded decoded =
        Decoder.decode(
            "t",
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: EnvoyFilter
            metadata: {name: a}
            spec:
              configPatches:
                - applyTo: CLUSTER
                  patch:
                    operation: MERGE
                    value:
                      name: x
                      "@type": type.googleapis.com/x
                      list: [1, 2.5, a, true, null, [b]]
                      inner: {nothing: ~}
            """);
    EnvoyFilter filter = (EnvoyFilter) decoded.resources().getFirst().spec();
    EnvoyFilter.Patch patch = requireNonNull(filter.configPatches().getFirst().patch());
    assertThat(requireNonNull(patch.value()).json())
        .isEqualTo(
            "{\"@type\":\"type.googleapis.com/x\",\"inner\":{\"nothing\":null},"
                + "\"list\":[1,2.5,\"a\",true,null,[\"b\"]],\"name\":\"x\"}");
  }

  @Test
  void aSecretDoesNotPrintItsValues() {
    Decoded decoded =
        Decoder.decode(
            "t",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: a}
            data: {tls.key: c2VjcmV0}
            stringData: {word: hidden}
            """);
    assertThat(decoded.resources().getFirst().spec().toString())
        .contains("tls.key", "word")
        .doesNotContain("c2VjcmV0", "hidden");
  }

  @Test
  void meshConfigIsARecordByItself() {
    MeshConfig config =
        ok(
            Decoder.record(
                "mesh",
                """
                accessLogFile: /dev/stdout
                outboundTrafficPolicy: {mode: REGISTRY_ONLY}
                extensionProviders:
                  - name: opa
                    envoyExtAuthzGrpc: {service: opa.default.svc.cluster.local, port: 9191}
                defaultConfig: {holdApplicationUntilProxyStarts: true}
                """,
                MeshConfig.class));
    assertThat(config.accessLogFile()).isEqualTo("/dev/stdout");
    assertThat(requireNonNull(config.outboundTrafficPolicy()).mode())
        .isEqualTo(MeshConfig.MeshOutboundMode.REGISTRY_ONLY);
    assertThat(config.extensionProviders().getFirst().provider())
        .isInstanceOf(MeshConfig.Provider.ExtAuthzGrpc.class);
    assertThat(ok(Decoder.record("mesh", "", MeshConfig.class)).enableAutoMtls()).isNull();
    assertThat(Decoder.record("mesh", "accesLogFile: x", MeshConfig.class).findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("accessLogFile"));
    assertThat(Decoder.record("mesh", "- a", MeshConfig.class)).isInstanceOf(Result.Rejected.class);
  }

  private static <T> T ok(Result<T> result) {
    assertThat(result).isInstanceOf(Result.Ok.class);
    return ((Result.Ok<T>) result).value();
  }
}

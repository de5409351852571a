package dev.layar.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.model.Decoded;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One row a doubt: the objects, and exactly what is said of them. */
class AnalyzerTest {
  private static final String REVIEWS =
      "Service n/reviews {selector: {app: r}, ports: [{port: 80, name: http}]}";
  private static final String PODS =
      "Deployment n/r {selector: {matchLabels: {app: r}}, template: {metadata: {labels: {app: r,"
          + " version: v1}}, spec: {containers: [{name: a}]}}}";
  private static final String RULE =
      "DestinationRule n/reviews {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}";

  /**
   * A row.
   *
   * @param objects {@code Kind namespace/name spec} each
   * @param expected {@code code name path} each
   */
  record Row(List<String> objects, List<String> expected) {
    Row(String expected, String... objects) {
      this(List.of(objects), expected.isEmpty() ? List.of() : List.of(expected.split("; ")));
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row(
            "",
            REVIEWS,
            PODS,
            RULE,
            "Gateway n/g {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts:"
                + " [a.com]}]}",
            "VirtualService n/v {hosts: [reviews], http: ["
                + to("host: reviews, subset: v1")
                + "]}",
            "VirtualService n/w {hosts: [a.com], gateways: [g], http: ["
                + to("host: reviews.n.svc.cluster.local")
                + "]}"),
        new Row(
            "IST0101 v spec.http[0].route[0].destination.host",
            REVIEWS,
            "VirtualService n/v {hosts: [a], http: [" + to("host: review") + "]}"),
        new Row(
            "IST0101 v spec.http[0].route[0].destination.host",
            REVIEWS,
            "VirtualService other/v {hosts: [a], http: [" + to("host: reviews") + "]}"),
        new Row(
            "IST0101 v spec.http[0].route[0].destination.subset",
            REVIEWS,
            RULE,
            "VirtualService n/v {hosts: [a], http: [" + to("host: reviews, subset: v2") + "]}"),
        new Row(
            "IST0101 v spec.http[0].mirror.subset",
            REVIEWS,
            "VirtualService n/v {hosts: [a], http: [{mirror: {host: reviews, subset: v2}, route:"
                + " [{destination: {host: reviews}}]}]}"),
        new Row(
            "IST0101 v spec.gateways[0]",
            REVIEWS,
            "VirtualService n/v {hosts: [a.b], gateways: [other/g, mesh], http: ["
                + to("host: reviews")
                + "]}"),
        new Row(
            "IST0101 v spec.http[0].delegate",
            "VirtualService n/v {hosts: [a.b], http: [{delegate: {name: w}}]}"),
        new Row(
            "IST0132 v spec.hosts[0]",
            REVIEWS,
            "Gateway n/g {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts:"
                + " [x/a.com]}]}",
            "VirtualService n/v {hosts: [a.com], gateways: [g], http: ["
                + to("host: reviews")
                + "]}"),
        new Row(
            "IST0112 v spec.tcp[0].route[0].destination",
            "Service n/db {ports: [{port: 1, name: tcp-a}, {port: 2, name: tcp-b}]}",
            "VirtualService n/v {hosts: [a], tcp: [" + to("host: db") + "]}"),
        new Row(
            "IST0109 w spec.hosts[0]",
            REVIEWS,
            "VirtualService n/v {hosts: [reviews], http: [" + to("host: reviews") + "]}",
            "VirtualService n/w {hosts: [reviews.n.svc.cluster.local], http: ["
                + to("host: reviews")
                + "]}"),
        new Row(
            "",
            REVIEWS,
            "VirtualService n/v {hosts: [a], http: [" + to("host: reviews") + "]}",
            "VirtualService n/v {hosts: [a], http: ["
                + to("host: reviews, port: {number: 80}")
                + "]}"),
        new Row(
            "",
            REVIEWS,
            "VirtualService n/v {hosts: [x.y], exportTo: ['.'], http: ["
                + to("host: reviews")
                + "]}",
            "VirtualService o/w {hosts: [x.y], http: ["
                + to("host: reviews.n.svc.cluster.local")
                + "]}"),
        new Row("IST0118 a spec.ports[0]", "Service n/a {ports: [{port: 80, name: web}]}"),
        new Row("", "Service n/a {ports: [{port: 80, appProtocol: http}]}"),
        new Row("IST0173 reviews spec.subsets[0]", REVIEWS, PODS.replace("v1", "v2"), RULE),
        new Row("IST0174 reviews spec.host", RULE),
        new Row(
            "",
            "ServiceEntry n/e {hosts: ['*.foo.com'], ports: [{number: 80, name: http}]}",
            "VirtualService n/v {hosts: [a], http: [" + to("host: x.foo.com") + "]}",
            "DestinationRule n/d {host: '*.foo.com'}"));
  }

  private static String to(String destination) {
    return "{route: [{destination: {" + destination + "}}]}";
  }

  @ParameterizedTest
  @MethodSource("rows")
  void saysExactly(Row row) {
    String text = row.objects().stream().map(AnalyzerTest::object).collect(Collectors.joining());
    Decoded decoded = Validator.decodeAndValidate("t", text.getBytes(StandardCharsets.UTF_8));
    assertThat(decoded.findings()).isEmpty();
    List<Finding> found = Analyzer.analyze(decoded.resources());
    assertThat(found).noneMatch(Finding::isError).noneMatch(f -> f.location().line() == 0);
    List<String> names = Arrays.asList(text.split("\n"));
    assertThat(found.stream().map(f -> f.code() + " " + name(names, f) + " " + f.path()))
        .as(found.toString())
        .containsExactlyElementsOf(row.expected());
  }

  private static String object(String line) {
    String[] parts = line.split("[ /]", 4);
    String version =
        switch (parts[0]) {
          case "Service" -> "v1";
          case "Deployment" -> "apps/v1";
          default -> "networking.istio.io/v1";
        };
    return "apiVersion: %s\nkind: %s\nmetadata: {namespace: %s, name: %s}\nspec: %s\n---\n"
        .formatted(version, parts[0], parts[1], parts[2], parts[3]);
  }

  /** The name is on the line above the spec. */
  private static String name(List<String> lines, Finding finding) {
    String metadata = lines.get(finding.location().line() - 2);
    return metadata
        .substring(metadata.indexOf("name: ", 12 + 10) + 6, metadata.length() - 1)
        .replaceAll(".*name: ", "");
  }
}

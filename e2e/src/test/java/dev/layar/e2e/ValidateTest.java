package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** {@code ./layar validate}, above all on the manifests that the seeds themselves get wrong. */
class ValidateTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path home;

  @Test
  void theExamplesAreValid() throws Exception {
    Command.at(home).run(LIMIT, "validate", "-R", "-f", Repository.root() + "/examples").exited(0);
  }

  @Test
  void aPercentSignInAWeight() throws Exception {
    String out =
        rejected(
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata:
              name: reviews
            spec:
              hosts:
              - reviews
              http:
              - route:
                - destination:
                    host: reviews
                    subset: v2
                  weight: 10%
                - destination:
                    host: reviews
                    subset: v1
                  weight: 90
            """);
    assertThat(out)
        .containsPattern("-:13:\\d+: error \\S+ spec\\.http\\[0\\]\\.route\\[0\\]\\.weight");
    assertThat(out).contains("10%").contains("10");
  }

  @Test
  void aMapWhereRulesAreAList() throws Exception {
    String out =
        rejected(
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
            """);
    assertThat(out).containsPattern("-:[89]:\\d+: error \\S+ spec\\.http").contains("- ");
  }

  @Test
  void aNameWhereADestinationRuleHasAHost() throws Exception {
    String out =
        rejected(
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
                  clientCertificate: /etc/certs/myclientcert.pem
                  privateKey: /etc/certs/client_private_key.pem
                  caCertificates: /etc/certs/rootcacerts.pem
            """);
    assertThat(out).containsPattern("-:6:\\d+: error \\S+ spec\\.name").contains("host");
  }

  @Test
  void findingsAsJson() throws Exception {
    Command.Ended ended =
        Command.at(home)
            .runWithInput(
                LIMIT,
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
                 "metadata": {"name": "x"}, "spec": {"host": "x", "subsets": [{"nam": "v1"}]}}
                """,
                "validate",
                "-f",
                "-",
                "-o",
                "json")
            .exited(1);
    JsonNode report = new ObjectMapper().readTree(ended.out());
    assertThat(report.toString()).contains("spec.subsets[0].nam").contains("\"line\"");
  }

  @Test
  void aMissingFileIsAnErrorThatNamesIt() throws Exception {
    Command.Ended ended =
        Command.at(home).run(LIMIT, "validate", "-f", home.resolve("absent.yaml").toString());
    assertThat(ended.exitCode()).isNotZero();
    assertThat(ended.err() + ended.out()).contains("absent.yaml");
  }

  @Test
  void noFileAtAllIsAUsageError() throws Exception {
    Command.at(home).run(LIMIT, "validate").exited(2);
  }

  private String rejected(String yaml) throws Exception {
    return Command.at(home).runWithInput(LIMIT, yaml, "validate", "-f", "-").exited(1).out();
  }
}

package dev.layar.local.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageCatalogueTest {
  private final ImageCatalogue catalogue =
      new ImageCatalogue(
          Map.of(
              "my/app", List.of("java", "-jar", "app.jar"),
              "my/app:v2", List.of("java", "-jar", "app2.jar"),
              "docker.io/kennethreitz/httpbin:mine", List.of("my-httpbin")));

  @ParameterizedTest
  @CsvSource({
    "docker.io/kennethreitz/httpbin, httpbin 80",
    "kennethreitz/httpbin:latest, httpbin 80",
    "docker.io/kong/httpbin@sha256:12ab, httpbin 80",
    "docker.io/istio/examples-bookinfo-productpage-v1:1.20.3, productpage 9080",
    "istio/examples-bookinfo-details-v1:1.16.2, details 9080",
    "docker.io/istio/examples-bookinfo-ratings-v1, ratings 9080",
    "docker.io/istio/examples-bookinfo-reviews-v1:1.20.3, reviews-v1 9080",
    "docker.io/istio/examples-bookinfo-reviews-v2:1.20.3, reviews-v2 9080",
    "docker.io/istio/examples-bookinfo-reviews-v3:1.20.3, reviews-v3 9080",
    "httpping:v1, httpping 8080",
    "registry.example.com:5000/team/httpping:v2, httpping 8080",
    "argoproj/rollouts-demo:blue, colour blue 8080",
    "docker.io/argoproj/rollouts-demo:green, colour green 8080",
    "curlimages/curl, sleep",
    "docker.io/curlimages/curl:8.5.0, sleep",
    "docker.io/istio/proxyv2:1.24.0, gateway",
    "auto, gateway",
    "my/app:v1, java -jar app.jar",
    "my/app:v2, java -jar app2.jar",
    "kennethreitz/httpbin:mine, my-httpbin",
    "nginx:1.27, unknown",
    "'', unknown"
  })
  void imagesMeanPrograms(String image, String expected) {
    assertThat(describe(catalogue.lookup(image, List.of(), List.of()))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io/kennethreitz/httpbin, gunicorn --access-logfile - -b 0.0.0.0:80 httpbin:app, httpbin"
        + " 80",
    "curlimages/curl, /bin/sleep 3650d, sleep",
    "curlimages/curl, /bin/sh -c true, /bin/sh -c true",
    "istio/examples-bookinfo-productpage-v1, python productpage.py 9080, productpage 9080",
    "kennethreitz/httpbin, /bin/sleep infinity, sleep",
    "nginx, nginx -g daemon, unknown"
  })
  void commandsOfKnownImagesAreUnderstood(String image, String command, String expected) {
    Result<Program> result = catalogue.lookup(image, List.of(command.split(" ")), List.of());
    assertThat(describe(result)).isEqualTo(expected);
  }

  @Test
  void argumentsFollowTheUsersCommand() {
    Result<Program> result = catalogue.lookup("my/app:v9", List.of(), List.of("--debug"));
    assertThat(describe(result)).isEqualTo("java -jar app.jar --debug");
  }

  @Test
  void anUnknownImageSaysHowToAddIt() {
    Result<Program> result = catalogue.lookup("team/shop:1", List.of(), List.of());
    assertThat(result.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo("ErrImageNotFound");
              assertThat(finding.message()).contains("\"team/shop: COMMAND\"", "images.yaml");
              assertThat(finding.value()).isEqualTo("team/shop:1");
            });
  }

  @Test
  void theUsersFileIsRead(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("images.yaml");
    assertThat(ImageCatalogue.read(file)).isEqualTo(new Result.Ok<>(Map.of(), List.of()));
    Files.writeString(file, "my/shop: ./shop --port $PORT\nmy/list:1: [a, b]\n");
    assertThat(ImageCatalogue.read(file))
        .isEqualTo(
            new Result.Ok<>(
                Map.of(
                    "my/shop", List.of("/bin/sh", "-c", "exec ./shop --port $PORT"),
                    "my/list:1", List.of("a", "b")),
                List.of()));
  }

  @ParameterizedTest
  @CsvSource({"- a", "'a: {b: c}'", "'a:'", "'a: [b'"})
  void aBrokenFileIsAFinding(String text, @TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("images.yaml"), text);
    assertThat(ImageCatalogue.read(file).findings()).singleElement().matches(Finding::isError);
  }

  private static String describe(Result<Program> result) {
    return switch (result) {
      case Result.Rejected<Program> _ -> "unknown";
      case Result.Ok<Program>(Program program, var _) ->
          switch (program) {
            case Program.Sample(String name, Map<String, String> environment, int port) ->
                String.join(" ", name, String.join("", environment.values()), "" + port)
                    .replace("  ", " ");
            case Program.Nothing() -> "nothing";
            case Program.Sleep() -> "sleep";
            case Program.Proxy() -> "gateway";
            case Program.Command(List<String> command) -> String.join(" ", command);
          };
    };
  }
}

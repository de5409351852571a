package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.xds.ResourceType;
import dev.layar.xds.client.Rejection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The proxy accepts what the compiler emits: its golden files, resource by resource. */
class CompilerGoldenTest {
  private static final Path GOLDENS = root().resolve("compiler/src/test/golden");

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("compiler"))) {
      at = Objects.requireNonNull(at.getParent(), "the repository's root");
    }
    return at;
  }

  static Stream<Path> goldens() throws IOException {
    try (Stream<Path> files = Files.walk(GOLDENS)) {
      return files
          .filter(file -> file.getFileName().toString().matches("out\\..*\\.yaml"))
          .map(GOLDENS::relativize)
          .sorted()
          .toList()
          .stream();
    }
  }

  /** The documents of a golden file. */
  static String[] resources(Path golden) throws IOException {
    return Stream.of(Files.readString(GOLDENS.resolve(golden)).split("(?m)^--- .*$"))
        .filter(document -> !document.isBlank())
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void everyGoldenResourceIsAccepted(Path golden) throws IOException {
    String[] parts = golden.getFileName().toString().split("\\.");
    ResourceType type = ResourceType.valueOf(parts[parts.length - 2].toUpperCase(Locale.ROOT));
    String[] resources = resources(golden);
    assertThat(resources).isNotEmpty();
    for (Rejection rejection : new StoreWorld().push(type, resources)) {
      assertThat(rejection.findings())
          .filteredOn(Finding::isError)
          .extracting(Finding::path)
          .as("only files that this machine lacks")
          .allMatch(CompilerGoldenTest::isOfCertificates);
    }
  }

  /** The last is a server's whole context, which without its certificate is none. */
  private static boolean isOfCertificates(String path) {
    return path.contains("tls_certificates")
        || path.contains("trusted_ca")
        || path.endsWith("common_tls_context");
  }
}

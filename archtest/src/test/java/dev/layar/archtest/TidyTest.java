package dev.layar.archtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rules of the house that no compiler checks, each with its reason. */
class TidyTest {
  private static final String SELF = "TidyTest.java";

  @Test
  void nothingIsLeftForLater() throws IOException {
    assertThat(hits("\\b(TODO|FIXME|XXX)\\b|@Disabled|assumeTrue\\("))
        .as("finish it, declare it unsupported, or leave it out")
        .isEmpty();
  }

  @Test
  void nothingSleeps() throws IOException {
    assertThat(hits("Thread\\.sleep\\(|TimeUnit\\.\\w+\\.sleep\\("))
        .as("wait for the condition itself, or pass a Ticker")
        .isEmpty();
  }

  @Test
  void noTestBindsAFixedPort() throws IOException {
    assertThat(hits("new ServerSocket\\([1-9]|\\.bind\\([1-9][0-9]{3,4}\\)"))
        .as("port 0 and ask which one it became")
        .isEmpty();
  }

  @Test
  void noFailureIsSwallowed() throws IOException {
    assertThat(hits("catch \\([A-Za-z| ]+ \\w+\\) *\\{ *\\}"))
        .as("say why it is harmless, or handle it")
        .isEmpty();
  }

  @Test
  void everyPackageSaysWhatItIsAndIsNullMarked() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path file : SourceTree.javaFiles()) {
      if (SourceTree.isTest(file)) {
        continue;
      }
      Path info = file.resolveSibling("package-info.java");
      if (!Files.exists(info) || !Files.readString(info).contains("@NullMarked")) {
        missing.add(SourceTree.relative(info));
      }
    }
    assertThat(missing.stream().distinct()).isEmpty();
  }

  private static List<String> hits(String regex) throws IOException {
    Pattern pattern = Pattern.compile(regex);
    List<String> hits = new ArrayList<>();
    for (Path file : SourceTree.javaFiles()) {
      if (file.endsWith(SELF)) {
        continue;
      }
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (pattern.matcher(lines.get(i)).find()) {
          hits.add(SourceTree.relative(file) + ":" + (i + 1) + ": " + lines.get(i).strip());
        }
      }
    }
    return hits;
  }
}

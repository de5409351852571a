package dev.layar.archtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that the build's compiler settings reject a null dereference: a checker that is silently
 * off looks exactly like clean code. The arguments are read from the parent POM, so that this test
 * fails when they are weakened there.
 */
class NullnessCanaryTest {
  private static final Pattern ARG = Pattern.compile("<arg>(.*?)</arg>", Pattern.DOTALL);

  @TempDir Path directory;

  @Test
  void aPossiblyNullDereferenceDoesNotCompile() throws Exception {
    Compilation result = compile("return name.length();");
    assertThat(result.exitCode()).as(result.output()).isNotZero();
    assertThat(result.output()).contains("[NullAway]");
  }

  @Test
  void theSameCodeWithACheckCompiles() throws Exception {
    Compilation result = compile("return name == null ? 0 : name.length();");
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  private record Compilation(int exitCode, String output) {}

  private Compilation compile(String body) throws IOException, InterruptedException {
    Path source = directory.resolve("Canary.java");
    Files.writeString(
        source,
        """
        import org.jspecify.annotations.NullMarked;
        import org.jspecify.annotations.Nullable;

        @NullMarked
        final class Canary {
          private Canary() {}

          static int length(@Nullable String name) {
            %s
          }
        }
        """
            .formatted(body));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "javac").toString());
    command.addAll(compilerArguments());
    command.addAll(
        List.of(
            "-proc:none",
            "-cp",
            testClassPath(),
            "-processorpath",
            testClassPath(),
            "-d",
            directory.toString(),
            source.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Compilation(process.waitFor(), output);
  }

  /** Surefire may start the JVM from one manifest jar; it then names the real class path itself. */
  private static String testClassPath() {
    return System.getProperty(
        "surefire.test.class.path", System.getProperty("java.class.path", ""));
  }

  private static List<String> compilerArguments() throws IOException {
    String pom = Files.readString(SourceTree.rootDirectory().resolve("pom.xml"));
    String section = pom.substring(pom.indexOf("<compilerArgs>"), pom.indexOf("</compilerArgs>"));
    List<String> arguments = new ArrayList<>();
    Matcher matcher = ARG.matcher(section);
    while (matcher.find()) {
      arguments.add(matcher.group(1).strip());
    }
    assertThat(arguments).anyMatch(argument -> argument.startsWith("-Xplugin:ErrorProne"));
    return arguments;
  }
}

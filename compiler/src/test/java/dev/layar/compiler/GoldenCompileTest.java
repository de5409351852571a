package dev.layar.compiler;

import dev.layar.base.Finding;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.testkit.Golden;
import dev.layar.xds.ResourceType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every directory of golden cases: {@code in.yaml} and what it compiles to. A comment {@code #
 * golden: POD.NAMESPACE CAPTURE TYPE…} in the input says which proxy's resources are written out.
 */
class GoldenCompileTest {
  private static final String DIRECTIVE = "# golden: ";

  private record Wanted(String proxy, Capture capture, List<ResourceType> types) {
    static Wanted parse(String line) {
      String[] words = line.substring(DIRECTIVE.length()).split(" ");
      return new Wanted(
          words[0],
          words[1].equals("http_proxy") ? TestMesh.HTTP_PROXY : TestMesh.REDIRECT,
          Arrays.stream(words).skip(2).map(ResourceType::valueOf).toList());
    }

    String file(ResourceType type) {
      String capture = capture() instanceof Capture.HttpProxy ? ".http_proxy" : "";
      return "out." + proxy() + capture + "." + type.name().toLowerCase(Locale.ROOT) + ".yaml";
    }
  }

  @TestFactory
  Stream<DynamicTest> cases() {
    return Golden.cases(Golden.directory("compiler"))
        .map(dir -> DynamicTest.dynamicTest(dir.getFileName().toString(), () -> check(dir)));
  }

  private static void check(Path directory) {
    String input = Golden.read(directory.resolve("in.yaml"));
    List<AssertionError> failures = new ArrayList<>();
    for (String line : input.lines().filter(l -> l.startsWith(DIRECTIVE)).toList()) {
      Wanted wanted = Wanted.parse(line);
      TestMesh mesh = TestMesh.of(MeshSettings.defaults(), wanted.capture(), input);
      ProxyResources resources = mesh.resources(wanted.proxy());
      for (ResourceType type : wanted.types()) {
        compare(directory.resolve(wanted.file(type)), ConfigDump.yaml(resources, type), failures);
      }
      compare(directory.resolve("out.findings.txt"), findings(mesh), failures);
    }
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  private static void compare(Path file, String actual, List<AssertionError> failures) {
    try {
      Golden.check(file, actual);
    } catch (AssertionError e) {
      failures.add(e);
    }
  }

  private static String findings(TestMesh mesh) {
    StringBuilder out = new StringBuilder();
    mesh.compiler()
        .compileFindings()
        .forEach(
            (key, findings) -> {
              out.append(key).append('\n');
              findings.stream()
                  .map(Finding::line)
                  .forEach(l -> out.append("  ").append(l).append('\n'));
            });
    return out.isEmpty() ? "(none)\n" : out.toString();
  }
}

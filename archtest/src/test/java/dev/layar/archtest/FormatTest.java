package dev.layar.archtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every Java file is as google-java-format leaves it. It runs here, on the build's own JDK, because
 * Maven itself may run on an older one whose parser does not know Java 25 (ADR 5). {@code mvn -pl
 * archtest -am verify -Dlayar.format=write} formats instead of checking.
 */
class FormatTest {
  private static final boolean WRITE = "write".equals(System.getProperty("layar.format"));

  @Test
  void everyFileIsFormatted() throws IOException, FormatterException {
    Formatter formatter = new Formatter();
    List<String> unformatted = new ArrayList<>();
    for (Path file : SourceTree.javaFiles()) {
      String source = Files.readString(file);
      String formatted = format(formatter, source, file);
      if (!formatted.equals(source)) {
        unformatted.add(SourceTree.relative(file));
        if (WRITE) {
          Files.writeString(file, formatted);
        }
      }
    }
    if (!WRITE) {
      assertThat(unformatted).as("run: mvn -pl archtest -am verify -Dlayar.format=write").isEmpty();
    }
  }

  private static String format(Formatter formatter, String source, Path file)
      throws FormatterException {
    try {
      String tidyImports =
          ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(source), JavaFormatterOptions.Style.GOOGLE);
      return formatter.formatSource(tidyImports);
    } catch (FormatterException e) {
      throw new AssertionError("cannot parse " + file, e);
    }
  }
}

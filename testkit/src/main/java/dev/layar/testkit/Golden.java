package dev.layar.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Golden files: what a piece of code printed when somebody last looked at it.
 *
 * <p>A comparison that fails names the first line that differs. With the system property {@code
 * layar.goldens=write} the files are written instead, and the test still fails, saying so: a run
 * that refreshed anything is never a run that passed.
 */
public final class Golden {
  private static final String PROPERTY = "layar.goldens";

  private Golden() {}

  /**
   * The directory of a module's golden files, {@code MODULE/src/test/golden}, found from the system
   * property {@code layar.root} that the build sets, or else from the working directory.
   */
  public static Path directory(String module) {
    String root = System.getProperty("layar.root");
    Path base = root == null ? Path.of("").toAbsolutePath().resolve("..") : Path.of(root);
    return base.resolve(module).resolve("src/test/golden");
  }

  /** The immediate subdirectories of a directory, in the order of their names. */
  public static Stream<Path> cases(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a file. */
  public static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Compares {@code actual} with the file.
   *
   * @throws AssertionError when they differ, when there is no such file, or when it was just
   *     written
   */
  public static void check(Path file, String actual) {
    check(file, actual, "write".equals(System.getProperty(PROPERTY)));
  }

  static void check(Path file, String actual, boolean write) {
    String expected = Files.exists(file) ? read(file) : null;
    if (actual.equals(expected)) {
      return;
    }
    if (write) {
      replace(file, actual);
      throw new AssertionError(
          "wrote " + file + "; look at the difference and run again without -D" + PROPERTY);
    }
    throw new AssertionError(
        (expected == null
                ? "no golden file " + file
                : file + " differs at " + firstDifference(expected, actual))
            + "\nTo accept what the code does now, run with -D"
            + PROPERTY
            + "=write. It printed:\n"
            + actual);
  }

  private static void replace(Path file, String text) {
    try {
      Path parent = file.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String firstDifference(String expected, String actual) {
    String[] left = expected.split("\n", -1);
    String[] right = actual.split("\n", -1);
    int line = 0;
    while (line < left.length && line < right.length && left[line].equals(right[line])) {
      line++;
    }
    return "line "
        + (line + 1)
        + "\n  expected: "
        + (line < left.length ? left[line] : "(end)")
        + "\n  actual:   "
        + (line < right.length ? right[line] : "(end)");
  }
}

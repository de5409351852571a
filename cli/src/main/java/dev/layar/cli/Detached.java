package dev.layar.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A command in a process of its own that may outlive the one the user started. The first process
 * passes on what the second says until that one lets go with an exit code, then ends with it. Both
 * ends are this class.
 */
final class Detached {
  private static final String PROPERTY = "layar.detached";

  /** Ends what is passed on; never part of a text. */
  private static final char LET_GO = '\u0004';

  private Detached() {}

  /** Whether this process is the one that may outlive its parent. */
  static boolean inside() {
    return Boolean.getBoolean(PROPERTY);
  }

  /** Called in the second process: everything is said, the first may end with {@code code}. */
  static void letGo(Console console, int code) {
    console.err().println(LET_GO);
    console.err().flush();
    console.out().println(LET_GO + String.valueOf(code));
    console.out().flush();
  }

  /**
   * Runs {@code arguments} as a second process until it lets go or ends.
   *
   * @return its exit code
   */
  static int run(Console console, List<String> arguments) throws InterruptedException {
    try {
      Process child = builder(console, arguments).start();
      ShutdownHook hook = ShutdownHook.closing(() -> stop(child));
      CompletableFuture<Integer> err =
          CompletableFuture.supplyAsync(() -> relay(child.getErrorStream(), console.err()));
      int code = relay(child.getInputStream(), console.out());
      err.join();
      hook.close();
      return code >= 0 ? code : child.waitFor();
    } catch (IOException e) {
      throw UserError.failed("cannot start a second process (" + e.getMessage() + ").");
    }
  }

  private static ProcessBuilder builder(Console console, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-D" + PROPERTY + "=true");
    command.add("-D" + Console.INTERACTIVE + "=" + console.interactive());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
  }

  private static void stop(Process child) {
    child.destroy();
    child.onExit().join();
  }

  /** The code that came with the end mark, -1 when the stream ended without one. */
  private static int relay(InputStream from, PrintStream to) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.indexOf(LET_GO) == 0) {
          return line.length() > 1 ? Integer.parseInt(line.substring(1)) : 0;
        }
        to.println(line);
        to.flush();
      }
      return -1;
    } catch (IOException e) {
      to.println("layar: lost the second process (" + e.getMessage() + ").");
      return -1;
    }
  }
}

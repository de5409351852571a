package dev.layar.local.process;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command beside a container, with its streams in the caller's hands and, if wanted, a terminal.
 * Thread-safe. It ends with this JVM, within a second.
 */
public final class Command implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Command.class);
  private static final Path SCRIPT_PROGRAM = Path.of("/usr/bin/script");
  private static final String SCRIPT = ContainerProcess.script("command.sh");

  private final Process process;
  private final boolean tty;
  private final Path terminal;

  private Command(Process process, boolean tty, Path terminal) {
    this.process = process;
    this.tty = tty;
    this.terminal = terminal;
  }

  /** Whether this machine can give commands a terminal: {@code script(1)} of util-linux. */
  public static boolean canHaveTerminal() {
    return Files.isExecutable(SCRIPT_PROGRAM)
        && System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT).contains("linux");
  }

  /**
   * Starts it.
   *
   * @param scratch a directory for a file while a terminal is open
   */
  public static Command start(
      List<String> words,
      Map<String, String> environment,
      Path directory,
      boolean tty,
      Path scratch,
      Grouping grouping)
      throws IOException {
    List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT, "layar-exec"));
    line.add(Long.toString(ProcessHandle.current().pid()));
    line.add(grouping.word());
    Path terminal = scratch.resolve("no terminal");
    if (tty) {
      Files.createDirectories(scratch);
      terminal = Files.createTempFile(scratch, "terminal", "");
      line.addAll(
          List.of(SCRIPT_PROGRAM.toString(), "-qefc", inTerminal(words, terminal), "/dev/null"));
    } else {
      line.addAll(words);
    }
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(tty);
    builder.environment().clear();
    builder.environment().putAll(environment);
    if (tty) {
      builder.environment().putIfAbsent("TERM", "xterm");
      builder.environment().put("SHELL", "/bin/sh");
    }
    builder.directory(directory.toFile());
    return new Command(builder.start(), tty, terminal);
  }

  /** Leaves the terminal's name in a file, for {@link #resize}. */
  private static String inTerminal(List<String> words, Path terminal) {
    String command = words.stream().map(Command::quoted).collect(Collectors.joining(" "));
    return "tty >" + quoted(terminal.toString()) + "; exec " + command;
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /**
   * What the command reads. With a terminal its end is what a person would type, Ctrl-D: {@code
   * script} never ends when its own input does.
   */
  public OutputStream stdin() {
    OutputStream input = process.getOutputStream();
    return tty ? new Typed(input) : input;
  }

  /** Input that goes on after it was closed. */
  private static final class Typed extends FilterOutputStream {
    private static final int END_OF_TRANSMISSION = 4;
    private boolean ended;

    Typed(OutputStream terminal) {
      super(terminal);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (!ended) {
        ended = true;
        out.write(END_OF_TRANSMISSION);
        out.flush();
      }
    }
  }

  public InputStream stdout() {
    return process.getInputStream();
  }

  public InputStream stderr() {
    return process.getErrorStream();
  }

  /** Gives the terminal another size; nothing happens without one. */
  public void resize(int columns, int rows) {
    if (!Files.exists(terminal)) {
      return;
    }
    // The terminal's name may not be written yet when the first size comes.
    String line =
        "n=0; while [ ! -s \"$1\" ] && [ $n -lt 40 ]; do n=$((n+1)); sleep 0.05; done;"
            + " exec stty -F \"$(cat \"$1\")\" rows \"$2\" cols \"$3\"";
    List<String> words =
        List.of(
            "/bin/sh",
            "-c",
            line,
            "layar-resize",
            terminal.toString(),
            Integer.toString(rows),
            Integer.toString(columns));
    try {
      Process resizing =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      resizing.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("cannot resize a terminal", e);
    }
  }

  /** The exit code, 128 + signal number when a signal ended it. */
  public int await() throws InterruptedException {
    return process.waitFor();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      Files.deleteIfExists(terminal);
    } catch (IOException e) {
      LOG.debug("cannot remove {}", terminal, e);
    }
  }
}

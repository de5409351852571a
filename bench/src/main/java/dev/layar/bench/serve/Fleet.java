package dev.layar.bench.serve;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The other process, with the simulated proxies. One thread. */
final class Fleet implements AutoCloseable {
  private final Process process;
  private final PrintStream out;
  private final BufferedReader in;

  private Fleet(Process process) {
    this.process = process;
    this.out = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    this.in =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static Fleet start(InetSocketAddress server, int namespaces) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx3g",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            FleetMain.class.getName(),
            server.getAddress().getHostAddress(),
            Integer.toString(server.getPort()),
            Integer.toString(namespaces));
    return new Fleet(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** What proxies have received so far. */
  record Received(long[] bytes, long[] messages) {
    /** What was received since. */
    Received since(Received before) {
      long[] newBytes = bytes.clone();
      long[] newMessages = messages.clone();
      for (int i = 0; i < newBytes.length; i++) {
        newBytes[i] -= before.bytes[i];
        newMessages[i] -= before.messages[i];
      }
      return new Received(newBytes, newMessages);
    }

    long totalBytes() {
      long total = 0;
      for (long own : bytes) {
        total += own;
      }
      return total;
    }

    /** How many proxies received anything. */
    int concerned() {
      int concerned = 0;
      for (long own : bytes) {
        concerned += own > 0 ? 1 : 0;
      }
      return concerned;
    }
  }

  /** Lets proxies connect until there are so many. */
  void connect(int total) throws IOException {
    ask("connect " + total);
  }

  Received received() throws IOException {
    String[] proxies = ask("stats").split(" ");
    long[] bytes = new long[proxies.length];
    long[] messages = new long[proxies.length];
    for (int i = 0; i < proxies.length; i++) {
      int colon = proxies[i].indexOf(':');
      bytes[i] = Long.parseLong(proxies[i].substring(0, colon));
      messages[i] = Long.parseLong(proxies[i].substring(colon + 1));
    }
    return new Received(bytes, messages);
  }

  private String ask(String line) throws IOException {
    out.println(line);
    String answer = in.readLine();
    if (answer == null || answer.startsWith("failed")) {
      throw new IOException("the proxies' process: " + answer);
    }
    return answer.strip();
  }

  @Override
  public void close() {
    out.close();
    process.destroy();
  }
}

package dev.layar.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs a proxy under load for a few seconds, so that its JVM writes down the classes that it loads
 * and what its methods are used for (JEP 514, JEP 515). For the launcher; everything is on
 * loopback.
 *
 * <p>Arguments: the file for the proxy's bootstrap, then the proxy's command line.
 */
final class Rehearsal {
  private static final Duration LOAD = Duration.ofSeconds(4);
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int CONNECTIONS = 16;
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int LARGEST_HEAD = 16 * 1024;
  private static final Pattern READY =
      Pattern.compile("ready after .* rehearsal \\S+:(\\d+), admin \\S+:(\\d+)");

  private static final String BODY = "x".repeat(1024);
  private static final byte[] ANSWER =
      ascii("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1024\r\n\r\n" + BODY);

  private Rehearsal() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path bootstrap = Path.of(arguments[0]);
    try (ServerSocket backend = new ServerSocket(0, 256, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(backend));
      write(bootstrap, backend.getLocalPort());
      List<String> command = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
      Process proxy = new ProcessBuilder(command).redirectErrorStream(true).start();
      Runtime.getRuntime().addShutdownHook(new Thread(proxy.toHandle()::destroy));
      Thread.ofVirtual().start(() -> endIfLate(proxy));
      try (BufferedReader lines = proxy.inputReader()) {
        Matcher ready = awaitReady(lines);
        if (ready != null) {
          load(Integer.parseInt(ready.group(1)));
          fetch(Integer.parseInt(ready.group(2)), "/stats/prometheus");
        }
        proxy.toHandle().destroy(); // unlike the process itself, this leaves its output open
        lines.lines().forEach(System.out::println);
        System.exit(ready == null || proxy.waitFor() < 0 ? ExitCode.FAILED : ExitCode.OK);
      }
    }
  }

  /** Writing the cache down takes the JVM some seconds after the proxy's end. */
  private static void endIfLate(Process proxy) {
    try {
      if (!proxy.waitFor(LIMIT)) {
        System.out.println("rehearsal: the proxy has not ended within " + LIMIT);
        proxy.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(Path bootstrap, int backend) throws IOException {
    try (InputStream in = Rehearsal.class.getResourceAsStream("rehearsal.yaml")) {
      if (in == null) {
        throw new IOException("rehearsal.yaml is not in the jar");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Files.writeString(bootstrap, text.replace("@BACKEND@", String.valueOf(backend)));
    }
  }

  /** The line in which the proxy says that it is ready, and where; null when it ended before. */
  private static @Nullable Matcher awaitReady(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(line);
      Matcher ready = READY.matcher(line);
      if (ready.find()) {
        return ready;
      }
    }
    return null;
  }

  // ---- the client

  private static void load(int port) throws InterruptedException {
    long end = System.nanoTime() + LOAD.toNanos();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(Thread.ofVirtual().start(() -> ask(port, end)));
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private static void ask(int port, long end) {
    byte[] get =
        ascii(
            """
            GET /products/42?page=1 HTTP/1.1\r
            host: shop.example.com\r
            user-agent: rehearsal\r
            accept: */*\r
            \r
            """);
    byte[] post =
        ascii(
            """
            POST /reviews HTTP/1.1\r
            host: other\r
            content-type: text/plain\r
            transfer-encoding: chunked\r
            \r
            5\r
            hello\r
            0\r
            \r
            """);
    try (Socket socket = connect(port)) {
      for (int i = 0; System.nanoTime() < end; i++) {
        socket.getOutputStream().write(i % 16 == 0 ? post : get);
        String head = head(socket.getInputStream());
        if (head == null || !head.startsWith("HTTP/1.1 200 ")) {
          throw new IOException("the proxy answered " + head);
        }
        socket.getInputStream().skipNBytes(BODY.length());
      }
    } catch (IOException e) {
      System.out.println("rehearsal: a connection ended early: " + e.getMessage());
    }
  }

  private static void fetch(int port, String path) throws IOException {
    try (Socket socket = connect(port)) {
      socket
          .getOutputStream()
          .write(ascii("GET " + path + " HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n"));
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  // ---- the backend

  private static void serve(ServerSocket backend) {
    try {
      while (true) {
        Socket connection = backend.accept();
        Thread.ofVirtual().start(() -> answer(connection));
      }
    } catch (IOException e) {
      System.out.println("rehearsal: the backend stops: " + e.getMessage());
    }
  }

  private static void answer(Socket connection) {
    try (connection) {
      for (String head = head(connection.getInputStream());
          head != null;
          head = head(connection.getInputStream())) {
        if (head.startsWith("POST")) {
          head(connection.getInputStream());
        }
        connection.getOutputStream().write(ANSWER);
      }
    } catch (IOException e) {
      System.out.println("rehearsal: an upstream connection ended: " + e.getMessage());
    }
  }

  /**
   * Reads up to an empty line; null at the end of the stream. A chunked body ends with one, too.
   */
  private static @Nullable String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < LARGEST_HEAD) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append((char) next);
      if (next == '\n' && head.lastIndexOf("\r\n\r\n") >= 0) {
        return head.toString();
      }
    }
    throw new IOException("a head of more than " + LARGEST_HEAD + " bytes");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * exec, attach, cp, logs and port-forward by every kubectl that is installed: to 1.29 they speak
 * SPDY, from 1.30 on WebSocket, and from 1.31 on SPDY in WebSocket for ports.
 */
class StreamsTest {
  @TempDir static Path directory;
  private static Running running;

  @BeforeAll
  static void start() throws Exception {
    running = new Running(directory);
    running.kubectl.runWith(Manifests.POD, "apply", "-f", "-").ok();
    running
        .kubectl
        .run(
            "patch",
            "pod",
            "sleep",
            "--subresource=status",
            "--type=merge",
            "-p",
            Manifests.RUNNING)
        .ok();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  static List<Kubectl> versions() throws IOException {
    return Kubectl.versions(running.kubeconfig, directory.resolve("home"));
  }

  /** One that speaks SPDY and one that speaks WebSocket, where both are there. */
  static Set<Kubectl> oldestAndNewest() throws IOException {
    List<Kubectl> all = versions();
    Set<Kubectl> ends = new LinkedHashSet<>();
    ends.add(all.getFirst());
    ends.add(all.getLast());
    return ends;
  }

  @ParameterizedTest
  @MethodSource("versions")
  void runsCommands(Kubectl kubectl) throws Exception {
    Kubectl.Run run =
        kubectl.run(
            "exec", "sleep", "-c", "app", "--", "sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(run.code()).as("%s: %s", kubectl.name(), run).isEqualTo(7);
    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.err()).contains("err\n", "command terminated with exit code 7");
    assertThat(kubectl.run("exec", "sleep", "-c", "app", "--", "echo", "a b", "c").ok())
        .isEqualTo("a b c\n");
  }

  @ParameterizedTest
  @MethodSource("oldestAndNewest")
  void passesInputToItsEnd(Kubectl kubectl) throws Exception {
    String input = "0123456789abcdef".repeat(40_000);
    assertThat(
            kubectl
                .runWith(input, "exec", "-i", "sleep", "-c", "app", "--", "wc", "-c")
                .ok()
                .strip())
        .isEqualTo(Integer.toString(input.length()));
    assertThat(kubectl.runWith(input, "exec", "-i", "sleep", "-c", "app", "--", "cat").ok())
        .isEqualTo(input);
  }

  @ParameterizedTest
  @MethodSource("oldestAndNewest")
  void refusesInWords(Kubectl kubectl) throws Exception {
    assertThat(kubectl.run("exec", "sleep", "-c", "nope", "--", "true").err())
        .contains("container nope is not valid for pod sleep");
  }

  @ParameterizedTest
  @MethodSource("oldestAndNewest")
  void copiesFiles(Kubectl kubectl) throws Exception {
    Path there = Files.createTempDirectory(directory, "there");
    Path here = Files.createTempDirectory(directory, "here");
    Files.writeString(here.resolve("file"), "content ".repeat(20_000));
    kubectl.run("cp", here.resolve("file").toString(), "sleep:" + there, "-c", "app").ok();
    assertThat(there.resolve("file")).hasSameTextualContentAs(here.resolve("file"));
    kubectl
        .run("cp", "sleep:" + there.resolve("file"), here.resolve("back").toString(), "-c", "app")
        .ok();
    assertThat(here.resolve("back")).hasSameTextualContentAs(here.resolve("file"));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void forwardsPorts(Kubectl kubectl) throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          byte[] body =
              ("got " + exchange.getRequestBody().readAllBytes().length)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    web.start();
    running.pods.ports.put(8080, web.getAddress());
    Process forward = kubectl.start("port-forward", "--address=127.0.0.1", "pod/sleep", ":8080");
    try (BufferedReader out = forward.inputReader()) {
      String line = String.valueOf(out.readLine());
      Matcher port = Pattern.compile("127.0.0.1:(\\d+)").matcher(line);
      assertThat(port.find()).as("%s said %s", kubectl.name(), line).isTrue();
      URI uri = URI.create("http://127.0.0.1:" + port.group(1) + "/");
      for (int size : new int[] {0, 1, 70_000, 3}) {
        HttpRequest post =
            HttpRequest.newBuilder(uri)
                .version(HttpClient.Version.HTTP_1_1)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[size]))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
          assertThat(client.send(post, BodyHandlers.ofString()).body())
              .as(kubectl.name())
              .isEqualTo("got " + size);
        }
      }
    } finally {
      forward.destroy();
      web.stop(0);
    }
  }

  @Test
  void saysWhenAPortIsClosed() throws Exception {
    Process forward =
        running.kubectl.start("port-forward", "--address=127.0.0.1", "pod/sleep", ":9");
    try (BufferedReader out = forward.inputReader();
        BufferedReader err = forward.errorReader()) {
      Matcher port = Pattern.compile("127.0.0.1:(\\d+)").matcher(out.readLine());
      assertThat(port.find()).isTrue();
      try (var socket =
          new java.net.Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(err.readLine()).contains("an error occurred forwarding", "Connection refused");
    } finally {
      forward.destroy();
    }
  }

  @Test
  void attaches() throws Exception {
    assertThat(running.kubectl.runWith("hello\n", "attach", "-i", "sleep", "-c", "app").ok())
        .contains("hello\n");
  }

  /** As kubectl's -it does it: a size first, no standard error. */
  @Test
  void passesTheTerminalsSize() throws Exception {
    try (SSLSocket socket = Raw.connect(running.server)) {
      socket
          .getOutputStream()
          .write(
              Raw.request(
                  running.server,
                  "GET /api/v1/namespaces/default/pods/sleep/exec"
                      + "?command=cat&stdin=true&stdout=true&tty=true",
                  "Connection: keep-alive, Upgrade",
                  "Upgrade: WebSocket",
                  "Sec-WebSocket-Version: 13",
                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                  "Sec-WebSocket-Protocol: v4.channel.k8s.io, v5.channel.k8s.io"));
      assertThat(Raw.head(socket.getInputStream())).contains("v5.channel.k8s.io");
      byte[] size = "\4{\"Width\":101,\"Height\":33}\n".getBytes(StandardCharsets.UTF_8);
      socket
          .getOutputStream()
          .write(new byte[] {(byte) 0x82, (byte) (0x80 | size.length), 0, 0, 0, 0});
      socket.getOutputStream().write(size);
      await().until(() -> running.pods.sizes.contains("101x33"));
    }
  }

  @Test
  void showsLogs() throws Exception {
    running.pods.log = "one\ntwo\nthree\n";
    assertThat(running.kubectl.run("logs", "sleep", "-c", "app").ok())
        .isEqualTo("one\ntwo\nthree\n");
    assertThat(running.kubectl.run("logs", "sleep", "-c", "app", "--tail=1").ok())
        .isEqualTo("three\n");
    Process follow = running.kubectl.start("logs", "-f", "sleep", "-c", "app");
    try (BufferedReader lines = follow.inputReader()) {
      assertThat(lines.readLine()).isEqualTo("begin");
      assertThat(lines.readLine()).isEqualTo("line");
    } finally {
      follow.destroy();
    }
  }

  @Test
  void endsACommandWhoseClientLeft() throws Exception {
    Process exec =
        running.kubectl.start(
            "exec", "-i", "sleep", "-c", "app", "--", "sh", "-c", "echo $$; cat; exit 0");
    long pid;
    try (BufferedReader out = exec.inputReader()) {
      pid = Long.parseLong(out.readLine());
      exec.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    ProcessHandle.of(pid).ifPresent(left -> left.onExit().orTimeout(15, TimeUnit.SECONDS).join());
  }
}

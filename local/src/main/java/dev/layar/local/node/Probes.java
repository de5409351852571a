package dev.layar.local.node;

import dev.layar.local.kube.Trees;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes one check of a probe. Blocking; run on a virtual thread. */
final class Probes {
  private Probes() {}

  /**
   * What to check.
   *
   * @param ports declared port → the one listened on
   */
  record Target(
      ContainerSpec spec, Map<Integer, Integer> ports, String ip, Map<String, String> environment) {
    int actual(int declared) {
      return ports.getOrDefault(declared, declared);
    }
  }

  /**
   * The probe of a container that has none for readiness: a connection to every port it declares.
   *
   * <p>DEVIATION: in Kubernetes such a container is ready when it runs.
   */
  static ObjectNode implied() {
    return Trees.object("failureThreshold", Integer.MAX_VALUE);
  }

  static boolean passes(JsonNode probe, Target target, long timeoutMillis) {
    if (probe.has("httpGet")) {
      return answers(probe.path("httpGet"), target, (int) timeoutMillis);
    }
    if (probe.has("tcpSocket")) {
      int port = target.spec().port(Trees.at(probe, "tcpSocket", "port"));
      return connects(target.ip(), target.actual(port), (int) timeoutMillis);
    }
    if (probe.has("grpc")) {
      int port = Trees.number(0, probe, "grpc", "port");
      return connects(target.ip(), target.actual(port), (int) timeoutMillis);
    }
    if (probe.has("exec")) {
      return runs(Trees.words(probe, "exec", "command"), target, timeoutMillis);
    }
    return target.ports().values().stream()
        .allMatch(port -> connects(target.ip(), port, (int) timeoutMillis));
  }

  private static boolean runs(List<String> command, Target target, long timeoutMillis) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().putAll(target.environment());
      builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(timeoutMillis, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException cannotRun) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean connects(String ip, int port, int timeoutMillis) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(ip, port), timeoutMillis);
      return true;
    } catch (IOException | IllegalArgumentException notYet) {
      return false;
    }
  }

  /** Kubernetes counts 200 to 399 as success. */
  static boolean answers(JsonNode get, Target target, int timeoutMillis) {
    int port = target.actual(target.spec().port(get.path("port")));
    String path = Trees.text(get, "path");
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(timeoutMillis);
      socket.connect(new InetSocketAddress(target.ip(), port), timeoutMillis);
      StringBuilder request =
          new StringBuilder("GET ")
              .append(path.isEmpty() ? "/" : path)
              .append(" HTTP/1.1\r\nUser-Agent: kube-probe/1.32\r\nConnection: close\r\n");
      boolean host = false;
      for (JsonNode header : Trees.items(get, "httpHeaders")) {
        host |= Trees.text(header, "name").equalsIgnoreCase("host");
        request
            .append(Trees.text(header, "name"))
            .append(": ")
            .append(Trees.text(header, "value"))
            .append("\r\n");
      }
      if (!host) {
        request.append("Host: ").append(target.ip()).append(':').append(port).append("\r\n");
      }
      socket
          .getOutputStream()
          .write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      byte[] status = socket.getInputStream().readNBytes(12);
      String line = new String(status, StandardCharsets.ISO_8859_1);
      return line.startsWith("HTTP/1.")
          && line.length() == 12
          && (line.charAt(9) == '2' || line.charAt(9) == '3');
    } catch (IOException | IllegalArgumentException notYet) {
      return false;
    }
  }
}

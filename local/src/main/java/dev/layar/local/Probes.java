package dev.layar.local;

import dev.layar.model.IntOrString;
import dev.layar.model.k8s.Pod;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** Checks whether a container is ready. Blocking; run on a virtual thread. */
final class Probes {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private Probes() {}

  /**
   * The manifest's readiness probe, or a connection to every port the container declares. A
   * container without ports is ready when it runs.
   */
  static boolean ready(Pod.Container container, Map<Integer, Integer> ports, String ip) {
    Pod.Probe probe = container.readinessProbe();
    if (probe != null && probe.httpGet() != null) {
      return answers(probe.httpGet(), port(container, ports, probe.httpGet().port()), ip);
    }
    if (probe != null && probe.tcpSocket() != null) {
      return connects(ip, port(container, ports, probe.tcpSocket().port()));
    }
    return ports.values().stream().allMatch(port -> connects(ip, port));
  }

  private static int port(
      Pod.Container container, Map<Integer, Integer> ports, IntOrString wanted) {
    int declared =
        switch (wanted) {
          case IntOrString.Number(int number) -> number;
          case IntOrString.Text(String name) ->
              container.ports().stream()
                  .filter(p -> p.name().equals(name))
                  .mapToInt(Pod.ContainerPort::containerPort)
                  .findFirst()
                  .orElse(0);
        };
    return ports.getOrDefault(declared, declared);
  }

  private static boolean connects(String ip, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(ip, port), (int) TIMEOUT.toMillis());
      return true;
    } catch (IOException | IllegalArgumentException notYet) {
      return false;
    }
  }

  /** Kubernetes counts 200 to 399 as success. */
  private static boolean answers(Pod.HttpGet get, int port, String ip) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      socket.connect(new InetSocketAddress(ip, port), (int) TIMEOUT.toMillis());
      String path = get.path().isEmpty() ? "/" : get.path();
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: "
              + ip
              + ":"
              + port
              + "\r\nUser-Agent: kube-probe/layar\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      byte[] status = socket.getInputStream().readNBytes(12);
      String line = new String(status, StandardCharsets.ISO_8859_1);
      return line.startsWith("HTTP/1.") && (line.charAt(9) == '2' || line.charAt(9) == '3');
    } catch (IOException | RuntimeException notYet) {
      return false;
    }
  }
}

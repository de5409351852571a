package dev.layar.samples;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/**
 * Where a sample runs, from its environment: {@code POD_NAME}, {@code POD_IP}, {@code PORT}.
 *
 * @param name the pod's name, the machine's host name outside a pod
 */
record Pod(String name, String ip, int port, Map<String, String> environment) {
  private static final String ANY = "0.0.0.0";

  static Pod of(Map<String, String> environment, int defaultPort) {
    String port = environment.getOrDefault("PORT", "");
    return new Pod(
        environment.getOrDefault("POD_NAME", hostname()),
        environment.getOrDefault("POD_IP", ANY),
        port.isEmpty() ? defaultPort : Integer.parseInt(port),
        environment);
  }

  /**
   * With {@code --bind} and {@code --port} applied.
   *
   * @throws IllegalArgumentException when an option is unknown or lacks its value
   */
  Pod overriddenBy(List<String> options) {
    Pod pod = this;
    for (int i = 0; i < options.size(); i += 2) {
      if (i + 1 == options.size()) {
        throw new IllegalArgumentException(options.get(i) + " needs a value");
      }
      String value = options.get(i + 1);
      pod =
          switch (options.get(i)) {
            case "--bind" -> new Pod(pod.name, value, pod.port, environment);
            case "--port" -> new Pod(pod.name, pod.ip, Integer.parseInt(value), environment);
            default -> throw new IllegalArgumentException("unknown option " + options.get(i));
          };
    }
    return pod;
  }

  String variable(String name, String otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : value;
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}

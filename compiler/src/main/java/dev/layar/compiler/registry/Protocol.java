package dev.layar.compiler.registry;

import java.util.Locale;

/** What is spoken on a service port, as far as routing cares. */
public enum Protocol {
  HTTP,
  HTTP2,
  GRPC,
  GRPC_WEB,
  HTTPS,
  TLS,
  TCP,
  UDP,
  /** Undeclared: looked at per connection. */
  AUTO;

  /** Whether requests are routed one by one. */
  public boolean isHttp() {
    return switch (this) {
      case HTTP, HTTP2, GRPC, GRPC_WEB -> true;
      case HTTPS, TLS, TCP, UDP, AUTO -> false;
    };
  }

  /** Whether the destination is spoken to in HTTP/2. */
  public boolean isHttp2() {
    return switch (this) {
      case HTTP2, GRPC, GRPC_WEB -> true;
      case HTTP, HTTPS, TLS, TCP, UDP, AUTO -> false;
    };
  }

  /**
   * The protocol of a Kubernetes service port (Istio {@code pkg/config/kube/conversion.go}):
   * appProtocol first, else the port's name or its part before the first dash, else detection,
   * which the well-known server-first ports are spared.
   *
   * @param transport TCP, UDP or SCTP; empty means TCP
   */
  public static Protocol ofServicePort(
      int port, String name, String transport, String appProtocol) {
    if (transport.equalsIgnoreCase("UDP")) {
      return UDP;
    }
    Protocol declared = appProtocol.isEmpty() ? ofPortName(name) : ofAppProtocol(appProtocol);
    return declared == AUTO && isServerFirst(port) ? TCP : declared;
  }

  /** The protocol of a ServiceEntry or Gateway port; empty means detection. */
  public static Protocol ofDeclared(int port, String protocol) {
    Protocol parsed = ofWord(protocol);
    return parsed == AUTO && isServerFirst(port) ? TCP : parsed;
  }

  private static Protocol ofAppProtocol(String appProtocol) {
    return switch (appProtocol.toLowerCase(Locale.ROOT)) {
      case "kubernetes.io/h2c" -> HTTP2;
      case "kubernetes.io/ws" -> HTTP;
      case "kubernetes.io/wss" -> HTTPS;
      default -> ofPortName(appProtocol);
    };
  }

  private static Protocol ofPortName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.startsWith("grpc-web")) {
      return GRPC_WEB;
    }
    int dash = lower.indexOf('-');
    return ofWord(dash < 0 ? lower : lower.substring(0, dash));
  }

  private static Protocol ofWord(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "http" -> HTTP;
      case "http2" -> HTTP2;
      case "grpc" -> GRPC;
      case "grpc-web" -> GRPC_WEB;
      case "https" -> HTTPS;
      case "tls" -> TLS;
      case "tcp", "mongo", "redis", "mysql" -> TCP;
      case "udp" -> UDP;
      default -> AUTO;
    };
  }

  /** SMTP, DNS, MySQL and MongoDB, where the server speaks first and detection would wait. */
  public static boolean isServerFirst(int port) {
    return port == 25 || port == 53 || port == 3306 || port == 27017;
  }
}

package dev.layar.compiler.gatewayapi;

import dev.layar.model.istio.Gateway;
import java.util.List;

/** TLS of servers of Istio's Gateway. Pure functions. */
final class Servers {
  private Servers() {}

  static Gateway.ServerTls tls(Gateway.TlsMode mode, List<String> secrets) {
    boolean one = secrets.size() == 1;
    return new Gateway.ServerTls(
        false,
        mode,
        "",
        "",
        "",
        "",
        one ? secrets.getFirst() : "",
        one ? List.of() : secrets,
        "",
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Gateway.TlsProtocol.TLS_AUTO,
        Gateway.TlsProtocol.TLS_AUTO,
        List.of(),
        null);
  }
}

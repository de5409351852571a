package dev.layar.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * SNI without the JDK's check of host names, which refuses the underscores of Istio's names ({@code
 * outbound_.80_._.web.default.svc.cluster.local}). Stateless.
 */
final class ServerNames {
  private static final int HOST_NAME = 0;

  /** A name as it is. */
  private static final class Raw extends SNIServerName {
    Raw(String name) {
      super(HOST_NAME, name.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private ServerNames() {}

  /** The handshake to come asks for this name; empty asks for none. */
  static void ask(SSLEngine engine, String name) {
    if (name.isEmpty()) {
      return;
    }
    if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      SSL.setTlsExtHostName(openSsl.sslPointer(), name);
      return;
    }
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(List.of(new Raw(name)));
    engine.setSSLParameters(parameters);
  }

  /** What the client asked for, in lower case; empty for nothing. */
  static String asked(SSLEngine engine) {
    if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
      String name = SSL.getSniHostname(openSsl.sslPointer());
      return name == null ? "" : name.toLowerCase(Locale.ROOT);
    }
    if (engine.getSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        return new String(name.getEncoded(), StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }
}

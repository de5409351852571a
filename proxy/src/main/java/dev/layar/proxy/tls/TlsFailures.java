package dev.layar.proxy.tls;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong in a handshake, in Envoy's words ({@code %UPSTREAM_TRANSPORT_FAILURE_REASON%}).
 */
final class TlsFailures {
  /** What BoringSSL says, for example {@code error:1000042e:SSL routines:OPENSSL_internal:X}. */
  private static final Pattern BORING =
      Pattern.compile("error:([0-9a-fA-F]{6,8}):([^:]*):([^:]*):([A-Za-z0-9_]+)");

  private static final int MAX_CAUSES = 8;

  private TlsFailures() {}

  /** {@code TLS_error:|268435581:SSL routines:OPENSSL_internal:…:TLS_error_end}; empty if none. */
  static String text(Throwable failure) {
    PeerRefused refused = refused(failure);
    if (refused != null) {
      return "TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:"
          + "verify cert failed: "
          + refused.getMessage()
          + ":TLS_error_end";
    }
    Throwable at = failure;
    for (int i = 0; i < MAX_CAUSES && at != null; i++) {
      String message = at.getMessage();
      Matcher said = BORING.matcher(message == null ? "" : message);
      if (said.find()) {
        return "TLS_error:|"
            + Long.parseLong(said.group(1), 16)
            + ":"
            + said.group(2)
            + ":"
            + said.group(3)
            + ":"
            + said.group(4)
            + ":TLS_error_end";
      }
      at = at.getCause();
    }
    boolean tls = failure instanceof javax.net.ssl.SSLException;
    return tls ? "TLS_error:|" + failure.getMessage() + ":TLS_error_end" : "";
  }

  /**
   * Whether the peer had to show a certificate and showed none, in BoringSSL's words or the JDK's.
   */
  static boolean showedNone(Throwable failure) {
    String text = text(failure);
    return text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")
        || text.contains("Empty client certificate chain");
  }

  /** Why this end refused the peer's certificate; null when it did not. */
  static @Nullable PeerRefused refused(Throwable failure) {
    Throwable at = failure;
    for (int i = 0; i < MAX_CAUSES && at != null; i++) {
      if (at instanceof PeerRefused refused) {
        return refused;
      }
      at = at.getCause();
    }
    return null;
  }
}

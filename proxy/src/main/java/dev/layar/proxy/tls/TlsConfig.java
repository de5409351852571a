package dev.layar.proxy.tls;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What both sides' TLS has in common ({@code Envoy CommonTlsContext}). Immutable.
 *
 * @param protocols as JSSE names them, for example {@code TLSv1.3}
 * @param ciphers OpenSSL or JSSE names for TLS 1.2, in order of preference; empty for the default
 * @param alpn in order of preference
 * @param certificates this end's own, at most one of each kind of key
 * @param certificateSecrets names of secrets with such certificates
 * @param validation what holds whatever the secret says
 * @param validationSecret the secret that is merged over it; null for none
 * @param fetchTimeoutNanos how long to wait for secrets before going on without; 0 for ever
 */
public record TlsConfig(
    List<String> protocols,
    List<String> ciphers,
    List<String> alpn,
    List<KeyPairPem> certificates,
    List<String> certificateSecrets,
    Validation validation,
    @Nullable String validationSecret,
    long fetchTimeoutNanos) {
  public TlsConfig {
    protocols = List.copyOf(protocols);
    ciphers = List.copyOf(ciphers);
    alpn = List.copyOf(alpn);
    certificates = List.copyOf(certificates);
    certificateSecrets = List.copyOf(certificateSecrets);
  }

  /** Names of all secrets that are needed. */
  public Set<String> secrets() {
    Set<String> names = new TreeSet<>(certificateSecrets);
    if (validationSecret != null) {
      names.add(validationSecret);
    }
    return names;
  }

  /**
   * TLS toward clients ({@code Envoy DownstreamTlsContext}).
   *
   * @param requireClientCertificate whether a client without one is refused
   * @param sessionTickets whether sessions may be resumed by ticket
   * @param ticketKeys 80 bytes each; empty for keys of the process's own
   */
  public record Downstream(
      TlsConfig common,
      boolean requireClientCertificate,
      boolean sessionTickets,
      List<TicketKey> ticketKeys) {
    public Downstream {
      ticketKeys = List.copyOf(ticketKeys);
    }
  }

  /**
   * TLS toward endpoints ({@code Envoy UpstreamTlsContext}).
   *
   * @param sni empty for none
   * @param autoSni the request's authority becomes the SNI
   * @param autoSan the certificate has to name the SNI
   */
  public record Upstream(TlsConfig common, String sni, boolean autoSni, boolean autoSan) {}

  /** One key for session tickets; compared by content, printed not at all. */
  public static final class TicketKey {
    private final byte[] bytes;

    public TicketKey(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    byte[] part(int from, int length) {
      return java.util.Arrays.copyOfRange(bytes, from, from + length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof TicketKey key && java.util.Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return "a session ticket key";
    }
  }
}

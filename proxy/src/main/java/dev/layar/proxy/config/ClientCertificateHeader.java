package dev.layar.proxy.config;

/**
 * What becomes of {@code x-forwarded-client-cert} ({@code forward_client_cert_details}, {@code
 * set_current_client_cert_details}).
 *
 * @param subject whether {@code Subject} is set, and so on
 */
public record ClientCertificateHeader(
    Mode mode, boolean subject, boolean cert, boolean chain, boolean dns, boolean uri) {
  /** {@code ForwardClientCertDetails}. */
  public enum Mode {
    SANITIZE,
    FORWARD_ONLY,
    APPEND_FORWARD,
    SANITIZE_SET,
    ALWAYS_FORWARD_ONLY
  }
}

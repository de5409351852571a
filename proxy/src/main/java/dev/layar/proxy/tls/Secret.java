package dev.layar.proxy.tls;

import java.util.List;

/** What a secret's name stands for ({@code Envoy Secret}). Immutable. */
public sealed interface Secret {
  /** {@code tls_certificate}. */
  record Certificate(KeyPairPem pair) implements Secret {}

  /** {@code validation_context}. */
  record Trust(Validation validation) implements Secret {}

  /** {@code session_ticket_keys}: 80 bytes each, the first encrypts. */
  record TicketKeys(List<TlsConfig.TicketKey> keys) implements Secret {
    public TicketKeys {
      keys = List.copyOf(keys);
    }
  }

  /** {@code generic_secret}: of no use to TLS. */
  record Generic() implements Secret {}
}

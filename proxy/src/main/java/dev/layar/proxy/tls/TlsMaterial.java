package dev.layar.proxy.tls;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TLS configuration with its secrets filled in: what a context is built from. Immutable. */
record TlsMaterial(
    List<KeyPairPem> pairs, Validation validation, List<TlsConfig.TicketKey> ticketKeys) {
  TlsMaterial {
    pairs = List.copyOf(pairs);
    ticketKeys = List.copyOf(ticketKeys);
  }

  /** Null while a secret has not come. */
  static @Nullable TlsMaterial of(
      TlsConfig config, List<TlsConfig.TicketKey> ticketKeys, SecretStore secrets) {
    List<KeyPairPem> pairs = new ArrayList<>(config.certificates());
    for (String name : config.certificateSecrets()) {
      if (!(secrets.get(name) instanceof Secret.Certificate certificate)) {
        return null;
      }
      pairs.add(certificate.pair());
    }
    Validation validation = config.validation();
    if (config.validationSecret() != null) {
      if (!(secrets.get(config.validationSecret()) instanceof Secret.Trust trust)) {
        return null;
      }
      validation = validation.merge(trust.validation());
    }
    return new TlsMaterial(pairs, validation, ticketKeys);
  }

  /** Says nothing: keys do not belong in logs. */
  @Override
  public String toString() {
    return "TLS material";
  }
}

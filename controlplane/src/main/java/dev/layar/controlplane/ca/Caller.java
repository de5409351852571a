package dev.layar.controlplane.ca;

import java.util.Optional;

/**
 * Who asks, as far as the transport knows. Immutable; its text does not show the token.
 *
 * @param token the bearer token that came along, empty for none
 * @param peer the identity in the certificate that the transport has verified
 */
public record Caller(String token, Optional<SpiffeId> peer) {
  @Override
  public String toString() {
    return peer.map(SpiffeId::uri).orElse(token.isEmpty() ? "nobody" : "the bearer of a token");
  }
}

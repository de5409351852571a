package dev.layar.controlplane.ca;

import java.util.Optional;

/**
 * Says whose a call is. Thread-safe; may block for as long as it takes to ask somebody, as
 * Kubernetes' TokenReview.
 */
@FunctionalInterface
public interface CallerVerifier {
  /** The caller's identity, empty when it proves none. */
  Optional<SpiffeId> verify(Caller caller);

  /** Knows tokens only. */
  @FunctionalInterface
  interface Tokens {
    /** Whose a token is; empty when it is nobody's. */
    Optional<SpiffeId> identity(String token);
  }

  /**
   * A verified certificate speaks for itself, so that a workload renews its own with it; else the
   * token decides.
   */
  static CallerVerifier of(Tokens tokens) {
    return caller ->
        caller
            .peer()
            .or(
                () ->
                    caller.token().isEmpty() ? Optional.empty() : tokens.identity(caller.token()));
  }
}

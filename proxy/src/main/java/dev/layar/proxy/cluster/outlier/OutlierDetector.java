package dev.layar.proxy.cluster.outlier;

import dev.layar.proxy.cluster.Endpoint;

/**
 * Watches what endpoints answer and takes those out that keep failing. Reports come from event
 * loops and touch nothing shared while an endpoint keeps succeeding; ejections and {@link #tick}
 * run under one lock.
 */
public interface OutlierDetector {
  /** Detects nothing: a cluster without {@code outlier_detection}. */
  OutlierDetector OFF =
      new OutlierDetector() {
        @Override
        public void response(Endpoint endpoint, int status) {}

        @Override
        public void connected(Endpoint endpoint) {}

        @Override
        public void localFailure(Endpoint endpoint, LocalFailure failure) {}

        @Override
        public void tick(long nowNanos) {}
      };

  /** What can go wrong before an endpoint answers. */
  enum LocalFailure {
    CONNECT_FAILED,
    TIMEOUT,
    RESET
  }

  /** An endpoint answered with this status (a gRPC status already mapped to HTTP). */
  void response(Endpoint endpoint, int status);

  /** A connection that carries no requests was opened: it counts as a success. */
  void connected(Endpoint endpoint);

  /** An endpoint did not answer. Not to be called for a circuit breaker's refusal. */
  void localFailure(Endpoint endpoint, LocalFailure failure);

  /** Lets time pass: at an interval's end, endpoints that served their time come back. */
  void tick(long nowNanos);
}

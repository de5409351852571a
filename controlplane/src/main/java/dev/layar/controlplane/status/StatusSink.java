package dev.layar.controlplane.status;

/** Where statuses are written, an API server for example. Called from one thread at a time. */
@FunctionalInterface
public interface StatusSink {
  /**
   * An object has another status than was last told. May block; what changes meanwhile is told
   * afterwards, the newest only. Must not throw.
   */
  void write(ObjectStatus status);
}

package dev.layar.proxy.stream;

import dev.layar.proxy.observe.StreamInfo;

/** Told once about every stream that ended. */
@FunctionalInterface
public interface StreamLog {
  /** Logs nothing. */
  StreamLog NONE = (loop, info) -> {};

  /**
   * A stream ended. On its event loop; {@code info} is reused afterwards.
   *
   * @param loop index of the event loop
   */
  void ended(int loop, StreamInfo info);
}

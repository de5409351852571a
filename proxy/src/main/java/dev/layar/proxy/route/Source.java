package dev.layar.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The message that something was read from: what was read from equal messages is equal. Immutable.
 */
public final class Source {
  private final byte[] bytes;

  /** Takes the bytes over. */
  public Source(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Source source && Arrays.equals(bytes, source.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}

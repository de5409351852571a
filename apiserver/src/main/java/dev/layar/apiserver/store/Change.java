package dev.layar.apiserver.store;

import org.jspecify.annotations.Nullable;

/**
 * What one revision changed.
 *
 * @param before null at creation
 * @param after null at deletion
 */
record Change(long revision, @Nullable Stored before, @Nullable Stored after) {
  Key key() {
    if (after != null) {
      return after.key();
    }
    if (before != null) {
      return before.key();
    }
    throw new IllegalStateException("a change has a before or an after");
  }
}

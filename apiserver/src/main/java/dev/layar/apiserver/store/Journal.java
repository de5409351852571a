package dev.layar.apiserver.store;

import java.io.IOException;
import java.util.List;

/** Where changes become durable, before anybody sees them. Used by one thread at a time. */
interface Journal extends AutoCloseable {
  /** Keeps nothing: the state lives as long as the process. */
  Journal NONE =
      new Journal() {
        @Override
        public void append(List<Entry> batch) {
          // the memory is all there is
        }

        @Override
        public void close() {
          // nothing is open
        }
      };

  /**
   * A change as it is kept.
   *
   * @param json empty for a deletion
   */
  record Entry(long revision, Key key, byte[] json) {}

  /** Returns when the whole batch is durable. */
  void append(List<Entry> batch) throws IOException;

  /** Called after every batch, when it is visible: the moment to take a snapshot. */
  default void published(Store store) throws IOException {
    // nothing is kept, so nothing grows
  }

  @Override
  void close() throws IOException;
}

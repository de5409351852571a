package dev.layar.apiserver.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The client's end of a command: input and window sizes come from it, output and the exit status go
 * to it. One thread takes, any thread sends.
 */
interface Remote {
  /** What comes from the client. */
  sealed interface Input {}

  record Data(byte[] bytes) implements Input {}

  record EndOfInput() implements Input {}

  record Resize(int columns, int rows) implements Input {}

  /** The client's streams. */
  enum Stream {
    STDOUT,
    STDERR
  }

  /** Waits for input; null when the client is gone or says goodbye. */
  @Nullable Input take() throws InterruptedException;

  /** Sends output and waits until the client can take more. */
  void send(Stream stream, byte[] bytes, int length) throws IOException;

  /** Sends the status and says goodbye. */
  void finish(ObjectNode status) throws IOException, InterruptedException;

  /** Closes the connection. */
  void close();
}

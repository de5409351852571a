package dev.layar.samples.http;

import java.io.IOException;

/** The peer sent something that is not HTTP/1.1 or breaks a limit. */
public final class BadRequest extends IOException {
  private static final long serialVersionUID = 1L;

  public BadRequest(String message) {
    super(message);
  }
}

package dev.layar.cli.demo;

/** The mesh could not be brought to where a scenario could ask. The message is one sentence. */
public final class DemoFailure extends Exception {
  private static final long serialVersionUID = 1L;

  public DemoFailure(String message) {
    super(message);
  }

  DemoFailure(String message, Throwable cause) {
    super(message, cause);
  }
}

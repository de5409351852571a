package dev.layar.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Closes something when the process is asked to end (Ctrl-C, SIGTERM), before the JVM halts.
 * Closing this takes the hook away. Thread-safe.
 *
 * <p>A JVM that a signal ends exits with 128 + the signal's number, whatever its main thread
 * returns. A command for which a signal is the ordinary end asks for {@link #ending} instead.
 */
final class ShutdownHook implements AutoCloseable {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final Thread hook;

  private ShutdownHook(AutoCloseable resource, Runnable afterwards) {
    hook =
        Thread.ofPlatform()
            .name("shutdown")
            .unstarted(
                () -> {
                  asked.countDown();
                  try {
                    resource.close();
                  } catch (Exception e) {
                    throw new IllegalStateException("could not stop cleanly", e);
                  }
                  afterwards.run();
                });
  }

  /** Closes {@code resource}, then lets the JVM end as the signal has it. */
  static ShutdownHook closing(AutoCloseable resource) {
    return add(new ShutdownHook(resource, () -> {}));
  }

  /**
   * Closes {@code resource}, then ends the process with {@link ExitCode#OK}, or, when closing
   * failed, as the signal has it. Other shutdown hooks may be cut off.
   */
  static ShutdownHook ending(AutoCloseable resource, Console console) {
    return add(
        new ShutdownHook(
            resource,
            () -> {
              console.out().flush();
              console.err().flush();
              Runtime.getRuntime().halt(ExitCode.OK);
            }));
  }

  private static ShutdownHook add(ShutdownHook hook) {
    Runtime.getRuntime().addShutdownHook(hook.hook);
    return hook;
  }

  /** Whether the process is ending. */
  boolean running() {
    return asked.getCount() == 0;
  }

  /** Waits until the process is asked to end and the resource is closed. */
  void await() throws InterruptedException {
    asked.await();
    hook.join();
  }

  @Override
  public void close() {
    if (!running()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException endingNow) {
        // The JVM began to end in between; the hook runs, which is as good.
        asked.countDown();
      }
    }
  }
}

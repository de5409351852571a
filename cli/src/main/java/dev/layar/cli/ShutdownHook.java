package dev.layar.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Closes something when the process is asked to end (Ctrl-C, SIGTERM), before the JVM halts.
 * Closing this takes the hook away. Thread-safe.
 */
final class ShutdownHook implements AutoCloseable {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final Thread hook;

  private ShutdownHook(AutoCloseable resource) {
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
                });
  }

  static ShutdownHook closing(AutoCloseable resource) {
    ShutdownHook hook = new ShutdownHook(resource);
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

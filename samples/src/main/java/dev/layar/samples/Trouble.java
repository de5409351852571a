package dev.layar.samples;

import dev.layar.samples.http.Response;
import java.util.concurrent.locks.LockSupport;

/**
 * How a sample misbehaves when its environment asks for it: {@code SAMPLE_DELAY_MS} before every
 * answer, and {@code SAMPLE_STATUS} in place of every status. 0 leaves it alone.
 */
record Trouble(long delayMillis, int status) {

  /**
   * Reads the pod's environment.
   *
   * @throws NumberFormatException when a value is not a number
   */
  static Trouble of(Pod pod) {
    return new Trouble(
        Long.parseLong(pod.variable("SAMPLE_DELAY_MS", "0")),
        Integer.parseInt(pod.variable("SAMPLE_STATUS", "0")));
  }

  Response applyTo(Response answer) {
    long deadline = System.nanoTime() + delayMillis * 1_000_000;
    for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return status == 0 ? answer : answer.status(status);
  }
}

package dev.layar.local.kube;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Brings one object of the cluster nearer to what is wanted. Called on the runner's thread alone,
 * with a key, not with a change: it looks at what is and writes what differs, so that calling it
 * once too often does nothing.
 */
public interface Controller {
  /** For logs. */
  String name();

  /** Says at start which changes concern which of its objects. */
  void watch(Triggers triggers);

  /**
   * Looks at one object, which may be gone.
   *
   * @return when to look again although nothing changed; null for never
   */
  @Nullable Duration reconcile(Key key);
}

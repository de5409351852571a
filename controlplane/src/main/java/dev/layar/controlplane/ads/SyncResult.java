package dev.layar.controlplane.ads;

import java.util.List;

/**
 * What came of waiting for a revision.
 *
 * @param behind connected proxies that had not answered it completely when time was up
 * @param refused proxies that answered, but refused something the last time
 */
public record SyncResult(List<ProxySync> behind, List<ProxySync> refused) {
  public SyncResult {
    behind = List.copyOf(behind);
    refused = List.copyOf(refused);
  }

  /** Whether every connected proxy has answered, be it with a refusal. */
  public boolean settled() {
    return behind.isEmpty();
  }

  /** Whether every connected proxy has accepted. */
  public boolean accepted() {
    return behind.isEmpty() && refused.isEmpty();
  }
}

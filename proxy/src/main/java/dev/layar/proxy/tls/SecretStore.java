package dev.layar.proxy.tls;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of one workload, by name, wherever they come from: xDS, files, the identity client.
 * Thread-safe. Whoever uses one looks at {@link #version} to see that it may have changed.
 */
public final class SecretStore {
  private final Map<String, Secret> secrets = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  /** The secret of this name; null while it did not come. */
  public @Nullable Secret get(String name) {
    return secrets.get(name);
  }

  /** Sets or replaces a secret; the next handshake uses it. */
  public void put(String name, Secret secret) {
    if (!secret.equals(secrets.put(name, secret))) {
      version.incrementAndGet();
    }
  }

  public void remove(String name) {
    if (secrets.remove(name) != null) {
      version.incrementAndGet();
    }
  }

  /** Grows with every change. */
  long version() {
    return version.get();
  }
}

package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import java.util.List;

/**
 * Which protocols a request may switch to ({@code upgrade_configs} of a listener or a route).
 * Immutable; types in lower case, {@code connect} among them.
 *
 * @param connectTerminates whether CONNECT ends here and its bytes go to the upstream as they are
 *     ({@code connect_config})
 */
public record Upgrades(List<byte[]> enabled, List<byte[]> disabled, boolean connectTerminates) {
  public static final Upgrades NONE = new Upgrades(List.of(), List.of(), false);
  public static final byte[] CONNECT = Ascii.bytes("connect");

  public Upgrades {
    enabled = List.copyOf(enabled);
    disabled = List.copyOf(disabled);
  }

  /** Whether the type is enabled here, or if nothing is said of it, in {@code otherwise}. */
  public boolean allows(byte[] bytes, int start, int length, Upgrades otherwise) {
    if (has(enabled, bytes, start, length)) {
      return true;
    }
    return !has(disabled, bytes, start, length) && has(otherwise.enabled, bytes, start, length);
  }

  private static boolean has(List<byte[]> types, byte[] bytes, int start, int length) {
    for (int i = 0; i < types.size(); i++) {
      if (Ascii.equalIgnoreCase(bytes, start, length, types.get(i))) {
        return true;
      }
    }
    return false;
  }
}

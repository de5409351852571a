package dev.layar.proxy.config;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.Upgrades;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code upgrade_configs} → {@link Upgrades}. */
final class UpgradesReader {
  private final List<byte[]> enabled = new ArrayList<>();
  private final List<byte[]> disabled = new ArrayList<>();
  private boolean connectTerminates;

  private UpgradesReader() {}

  static Upgrades ofListener(List<HttpConnectionManager.UpgradeConfig> configs) {
    UpgradesReader reader = new UpgradesReader();
    for (var config : configs) {
      reader.add(config.getUpgradeType(), !config.hasEnabled() || config.getEnabled().getValue());
    }
    return reader.upgrades();
  }

  static Upgrades ofRoute(List<RouteAction.UpgradeConfig> configs) {
    UpgradesReader reader = new UpgradesReader();
    for (var config : configs) {
      reader.add(config.getUpgradeType(), !config.hasEnabled() || config.getEnabled().getValue());
      reader.connectTerminates |= config.hasConnectConfig();
    }
    return reader.upgrades();
  }

  private void add(String type, boolean on) {
    (on ? enabled : disabled).add(Ascii.bytes(type.toLowerCase(Locale.ROOT)));
  }

  private Upgrades upgrades() {
    return enabled.isEmpty() && disabled.isEmpty()
        ? Upgrades.NONE
        : new Upgrades(enabled, disabled, connectTerminates);
  }
}

package dev.layar.controlplane;

import dev.layar.compiler.MeshSettings;
import dev.layar.controlplane.ads.AdsServerOptions;

/**
 * What a control plane is started with.
 *
 * @param ads where proxies connect, and what they may cost
 * @param settings what holds for the whole mesh
 */
public record ControlPlaneOptions(AdsServerOptions ads, MeshSettings settings) {
  /** Loopback on a free port, Istio's settings. */
  public static ControlPlaneOptions loopback() {
    return new ControlPlaneOptions(AdsServerOptions.loopback(), MeshSettings.defaults());
  }

  public ControlPlaneOptions withSettings(MeshSettings other) {
    return new ControlPlaneOptions(ads, other);
  }

  public ControlPlaneOptions withAds(AdsServerOptions other) {
    return new ControlPlaneOptions(other, settings);
  }
}

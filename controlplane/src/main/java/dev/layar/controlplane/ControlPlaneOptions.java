package dev.layar.controlplane;

import dev.layar.compiler.MeshSettings;
import dev.layar.controlplane.ads.AdsServerOptions;
import java.util.Optional;

/**
 * What a control plane is started with.
 *
 * @param ads where proxies connect without encryption, and what they may cost
 * @param settings what holds for the whole mesh
 * @param certificates empty when workloads get no identities
 * @param secretsOnPlainPort whether gateways get Secrets without proving who they are; only for a
 *     mesh on one machine, whose other users could then ask too
 */
public record ControlPlaneOptions(
    AdsServerOptions ads,
    MeshSettings settings,
    Optional<Certificates> certificates,
    boolean secretsOnPlainPort) {
  /** Loopback on a free port, Istio's settings, no identities. */
  public static ControlPlaneOptions loopback() {
    return new ControlPlaneOptions(
        AdsServerOptions.loopback(), MeshSettings.defaults(), Optional.empty(), false);
  }

  public ControlPlaneOptions withSettings(MeshSettings other) {
    return new ControlPlaneOptions(ads, other, certificates, secretsOnPlainPort);
  }

  public ControlPlaneOptions withAds(AdsServerOptions other) {
    return new ControlPlaneOptions(other, settings, certificates, secretsOnPlainPort);
  }

  public ControlPlaneOptions withCertificates(Certificates given) {
    return new ControlPlaneOptions(ads, settings, Optional.of(given), secretsOnPlainPort);
  }

  public ControlPlaneOptions withSecretsOnPlainPort() {
    return new ControlPlaneOptions(ads, settings, certificates, true);
  }
}

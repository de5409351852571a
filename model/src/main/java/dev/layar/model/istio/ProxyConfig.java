package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Values;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Istio's ProxyConfig ({@code networking/v1beta1/proxy_config.proto}). */
@Doc("How the proxies of some workloads are started.")
public record ProxyConfig(
    @Doc("Workloads of the namespace; left out: all.") @Nullable PolicySelector selector,
    @Doc("Worker threads; 0: one per core; left out: from the CPU limit.")
        @Range(max = Integer.MAX_VALUE)
        @Nullable Integer concurrency,
    @Doc("Environment of the proxy; ISTIO_META_* become node metadata.")
        Map<String, String> environmentVariables,
    @Doc("Image of the proxy.") @Nullable ProxyImage image) {
  public ProxyConfig {
    environmentVariables = Values.sorted(environmentVariables);
  }

  /** Istio's ProxyImage. */
  @Doc("Image of the proxy.")
  public record ProxyImage(@Doc("default, debug or distroless.") String imageType) {}
}

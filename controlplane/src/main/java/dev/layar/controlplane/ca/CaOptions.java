package dev.layar.controlplane.ca;

import java.time.Duration;

/**
 * How long things live.
 *
 * @param defaultTtl of a workload's certificate when the request names none
 * @param maxTtl what a request may ask for at most
 * @param rootTtl of a root that is made here
 */
public record CaOptions(Duration defaultTtl, Duration maxTtl, Duration rootTtl) {
  /** Istio's: 24 hours, 90 days ({@code MAX_WORKLOAD_CERT_TTL}), ten years. */
  public static CaOptions defaults() {
    return new CaOptions(Duration.ofHours(24), Duration.ofDays(90), Duration.ofDays(3650));
  }

  public CaOptions {
    if (defaultTtl.compareTo(maxTtl) > 0 || defaultTtl.isNegative() || defaultTtl.isZero()) {
      throw new IllegalArgumentException("the default must lie between nothing and the maximum");
    }
  }
}

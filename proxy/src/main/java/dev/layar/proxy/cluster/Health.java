package dev.layar.proxy.cluster;

/**
 * An endpoint's health as its assignment states it ({@code Envoy config.core.v3.HealthStatus}).
 * UNKNOWN counts as {@link #HEALTHY}, TIMEOUT as {@link #UNHEALTHY}.
 */
public enum Health {
  HEALTHY,
  /** Used when too few healthy ones are left. */
  DEGRADED,
  UNHEALTHY,
  /** Shutting down: gets no new requests. */
  DRAINING
}

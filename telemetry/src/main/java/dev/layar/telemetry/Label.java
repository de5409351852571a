package dev.layar.telemetry;

/** One dimension of a metric: Prometheus' label, Envoy's tag. */
public record Label(String name, String value) {}

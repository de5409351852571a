package dev.layar.cli.demo;

/** Places that several scenarios share. */
final class Names {
  static final String DEFAULT = "default";
  static final String LAB = "infra-jinsu-lab";
  static final String SLEEP = "sleep";
  static final String SIDECAR = "istio-proxy";

  private Names() {}
}

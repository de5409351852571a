package dev.layar.proxy.cluster;

/** Where an endpoint runs; each part may be empty. */
public record Locality(String region, String zone, String subZone) {
  public static final Locality NONE = new Locality("", "", "");
}

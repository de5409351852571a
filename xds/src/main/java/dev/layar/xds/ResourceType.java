package dev.layar.xds;

import org.jspecify.annotations.Nullable;

/**
 * The xDS resource types that Layar serves and consumes, in make-before-break order: what a later
 * one refers to is sent before it ({@code Envoy xDS protocol, "Eventual consistency
 * considerations"}).
 */
public enum ResourceType {
  CLUSTER("type.googleapis.com/envoy.config.cluster.v3.Cluster", "CDS"),
  ENDPOINT("type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "EDS"),
  LISTENER("type.googleapis.com/envoy.config.listener.v3.Listener", "LDS"),
  ROUTE("type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "RDS"),
  SECRET("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "SDS");

  private final String typeUrl;
  private final String shortName;

  ResourceType(String typeUrl, String shortName) {
    this.typeUrl = typeUrl;
    this.shortName = shortName;
  }

  public String typeUrl() {
    return typeUrl;
  }

  /** The abbreviation that operators use: CDS, EDS, LDS, RDS, SDS. */
  public String shortName() {
    return shortName;
  }

  /**
   * Whether a subscription without names means every resource of the type ({@code Envoy xDS
   * protocol, "How the client specifies what resources to return"}): true for listeners and
   * clusters only.
   */
  public boolean wildcard() {
    return this == CLUSTER || this == LISTENER;
  }

  /** The type with this URL, or null when Layar does not know it. */
  public static @Nullable ResourceType ofTypeUrl(String typeUrl) {
    for (ResourceType type : values()) {
      if (type.typeUrl.equals(typeUrl)) {
        return type;
      }
    }
    return null;
  }
}

package dev.layar.controlplane.ads;

import dev.layar.xds.server.DeltaServerSession;
import dev.layar.xds.server.ServerSession;
import dev.layar.xds.server.SessionLimits;
import dev.layar.xds.server.SotwServerSession;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;

/** What distinguishes the two methods of the discovery service, as far as a stream cares. */
interface Variant<Q, R> {
  String name();

  ServerSession<Q, R> session(SessionLimits limits);

  Node node(Q request);

  String requestType(Q request);

  String responseType(R response);

  Variant<DeltaDiscoveryRequest, DeltaDiscoveryResponse> DELTA =
      new Variant<>() {
        @Override
        public String name() {
          return "delta";
        }

        @Override
        public DeltaServerSession session(SessionLimits limits) {
          return new DeltaServerSession(limits);
        }

        @Override
        public Node node(DeltaDiscoveryRequest request) {
          return request.getNode();
        }

        @Override
        public String requestType(DeltaDiscoveryRequest request) {
          return request.getTypeUrl();
        }

        @Override
        public String responseType(DeltaDiscoveryResponse response) {
          return response.getTypeUrl();
        }
      };

  Variant<DiscoveryRequest, DiscoveryResponse> SOTW =
      new Variant<>() {
        @Override
        public String name() {
          return "sotw";
        }

        @Override
        public SotwServerSession session(SessionLimits limits) {
          return new SotwServerSession(limits);
        }

        @Override
        public Node node(DiscoveryRequest request) {
          return request.getNode();
        }

        @Override
        public String requestType(DiscoveryRequest request) {
          return request.getTypeUrl();
        }

        @Override
        public String responseType(DiscoveryResponse response) {
          return response.getTypeUrl();
        }
      };
}

package dev.layar.compiler;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.List;

/** Calls that arrive at a workload: its inbound listener alone, which takes every port. */
final class InboundCalls {
  private InboundCalls() {}

  static TrafficSimulator on(ProxyResources resources) {
    List<Any> all = new ArrayList<>();
    for (ResourceType type : List.of(ResourceType.CLUSTER, ResourceType.ENDPOINT)) {
      resources.all(type).values().stream().map(XdsResource::body).forEach(all::add);
    }
    Listener inbound =
        Decode.as(resources.find(ResourceType.LISTENER, "virtualInbound"), Listener.class);
    // The simulator hands connections to whatever takes redirected ones; outbound is left out.
    all.add(Any.pack(inbound.toBuilder().setUseOriginalDst(BoolValue.of(true)).build()));
    return TrafficSimulator.ofPacked(all);
  }
}

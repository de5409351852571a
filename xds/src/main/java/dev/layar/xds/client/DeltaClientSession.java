package dev.layar.xds.client;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The incremental variant of the client. */
public final class DeltaClientSession
    implements ClientSession<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  private final Node node;
  private final ClientState state;
  private final EnumMap<ResourceType, Set<String>> subscribed = new EnumMap<>(ResourceType.class);
  private boolean nodeSent;

  public DeltaClientSession(Node node, ResourceSink sink) {
    this.node = node;
    this.state = new ClientState(sink);
  }

  @Override
  public List<DeltaDiscoveryRequest> connected() {
    nodeSent = false;
    subscribed.clear();
    List<DeltaDiscoveryRequest> requests = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      if (type.wildcard()) {
        requests.add(request(type).putAllInitialResourceVersions(state.versions(type)).build());
      } else {
        subscribeToWanted(type, requests);
      }
    }
    return requests;
  }

  @Override
  public List<DeltaDiscoveryRequest> refresh() {
    List<DeltaDiscoveryRequest> requests = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      if (!type.wildcard()) {
        subscribeToWanted(type, requests);
      }
    }
    return requests;
  }

  @Override
  public List<DeltaDiscoveryRequest> onResponse(DeltaDiscoveryResponse response) {
    ResourceType type = ResourceType.ofTypeUrl(response.getTypeUrl());
    if (type == null) {
      return List.of(refusalOfUnknown(response));
    }
    ClientState.Arrival arrival = ClientState.Arrival.of(type);
    response.getResourcesList().forEach(resource -> sort(resource, arrival));
    ClientState.refuseDuplicates(arrival);
    String refusal = state.apply(arrival, new LinkedHashSet<>(response.getRemovedResourcesList()));
    List<DeltaDiscoveryRequest> requests = refresh();
    DeltaDiscoveryRequest.Builder verdict = request(type).setResponseNonce(response.getNonce());
    if (!refusal.isEmpty()) {
      verdict.setErrorDetail(error(refusal));
    }
    requests.add(verdict.build());
    return requests;
  }

  private static void sort(Resource resource, ClientState.Arrival arrival) {
    ResourceType type = arrival.type();
    String name = resource.getName();
    if (!resource.hasResource()) {
      arrival.unusable().add(ClientState.undecodable(name, "a resource without content"));
    } else if (!resource.getResource().getTypeUrl().equals(type.typeUrl())) {
      arrival
          .unusable()
          .add(
              ClientState.undecodable(
                  name,
                  "a resource of type "
                      + resource.getResource().getTypeUrl()
                      + " in a response for "
                      + type.typeUrl()));
    } else {
      arrival
          .resources()
          .add(new XdsResource(type, name, resource.getVersion(), resource.getResource()));
    }
  }

  private void subscribeToWanted(ResourceType type, List<DeltaDiscoveryRequest> requests) {
    Set<String> wanted = state.wanted(type);
    boolean first = !subscribed.containsKey(type);
    Set<String> before = subscribed.getOrDefault(type, Set.of());
    if (wanted.equals(before)) {
      return;
    }
    Set<String> added = new TreeSet<>(wanted);
    added.removeAll(before);
    Set<String> dropped = new TreeSet<>(before);
    dropped.removeAll(wanted);
    state.forget(type, dropped);
    DeltaDiscoveryRequest.Builder request =
        request(type).addAllResourceNamesSubscribe(added).addAllResourceNamesUnsubscribe(dropped);
    if (first) {
      state.versions(type).keySet().retainAll(wanted);
      request.putAllInitialResourceVersions(state.versions(type));
    }
    subscribed.put(type, new HashSet<>(wanted));
    requests.add(request.build());
  }

  private DeltaDiscoveryRequest refusalOfUnknown(DeltaDiscoveryResponse response) {
    return request(response.getTypeUrl())
        .setResponseNonce(response.getNonce())
        .setErrorDetail(error("type " + response.getTypeUrl() + " was never asked for"))
        .build();
  }

  private DeltaDiscoveryRequest.Builder request(ResourceType type) {
    return request(type.typeUrl());
  }

  /** The node goes out with the first request of a stream only. */
  private DeltaDiscoveryRequest.Builder request(String typeUrl) {
    DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl);
    if (!nodeSent) {
      request.setNode(node);
      nodeSent = true;
    }
    return request;
  }

  /** Envoy refuses with gRPC code 13 INTERNAL. */
  static Status error(String text) {
    return Status.newBuilder().setCode(Code.INTERNAL_VALUE).setMessage(text).build();
  }
}

package dev.layar.xds.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The state-of-the-world variant of the client. */
public final class SotwClientSession implements ClientSession<DiscoveryRequest, DiscoveryResponse> {
  private static final String RESOURCE_TYPE_URL =
      "type.googleapis.com/envoy.service.discovery.v3.Resource";

  private final Node node;
  private final ClientState state;
  private final EnumMap<ResourceType, TypeStream> streams = new EnumMap<>(ResourceType.class);
  private boolean nodeSent;

  public SotwClientSession(Node node, ResourceSink sink) {
    this.node = node;
    this.state = new ClientState(sink);
    for (ResourceType type : ResourceType.values()) {
      streams.put(type, new TypeStream());
    }
  }

  @Override
  public List<DiscoveryRequest> connected() {
    nodeSent = false;
    List<DiscoveryRequest> requests = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      TypeStream stream = stream(type);
      stream.nonce = "";
      stream.names = Set.of();
      if (type.wildcard()) {
        requests.add(request(type).build());
      } else {
        subscribeToWanted(type, requests);
      }
    }
    return requests;
  }

  @Override
  public List<DiscoveryRequest> refresh() {
    List<DiscoveryRequest> requests = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      subscribeToWanted(type, requests);
    }
    return requests;
  }

  @Override
  public List<DiscoveryRequest> onResponse(DiscoveryResponse response) {
    ResourceType type = ResourceType.ofTypeUrl(response.getTypeUrl());
    if (type == null) {
      return List.of(refusalOfUnknown(response));
    }
    ClientState.Arrival arrival = ClientState.Arrival.of(type);
    response.getResourcesList().forEach(body -> sort(body, arrival));
    Set<String> absent = type.wildcard() ? absent(arrival) : Set.of();
    ClientState.refuseDuplicates(arrival);
    String refusal = state.apply(arrival, absent);
    TypeStream stream = stream(type);
    stream.nonce = response.getNonce();
    List<DiscoveryRequest> requests = refreshOthers(type);
    adoptWanted(type);
    if (refusal.isEmpty()) {
      stream.version = response.getVersionInfo();
      requests.add(request(type).build());
    } else {
      requests.add(request(type).setErrorDetail(DeltaClientSession.error(refusal)).build());
    }
    return requests;
  }

  /**
   * Clusters and listeners that a whole state no longer holds are gone; unless something in it
   * could not be read, which may be just the one that seems to be missing.
   */
  private Set<String> absent(ClientState.Arrival arrival) {
    if (!arrival.unusable().isEmpty()) {
      return Set.of();
    }
    Set<String> absent = new LinkedHashSet<>(state.versions(arrival.type()).keySet());
    arrival.resources().forEach(resource -> absent.remove(resource.name()));
    return absent;
  }

  private static void sort(Any wire, ClientState.Arrival arrival) {
    Any body = unwrapped(wire);
    ResourceType type = arrival.type();
    if (body == null || !body.getTypeUrl().equals(type.typeUrl())) {
      arrival
          .unusable()
          .add(
              ClientState.undecodable(
                  "",
                  "a resource of type "
                      + wire.getTypeUrl()
                      + " in a response for "
                      + type.typeUrl()));
      return;
    }
    String name = WireNames.nameIn(body.getValue());
    if (name == null) {
      arrival
          .unusable()
          .add(ClientState.undecodable("", "a resource that is not a protobuf message"));
      return;
    }
    arrival.resources().add(XdsResource.of(type, name, body.getValue()));
  }

  /** A server may wrap a resource to give it a time to live. */
  private static @Nullable Any unwrapped(Any wire) {
    if (!wire.getTypeUrl().equals(RESOURCE_TYPE_URL)) {
      return wire;
    }
    try {
      return Resource.parseFrom(wire.getValue()).getResource();
    } catch (InvalidProtocolBufferException malformed) {
      return null;
    }
  }

  private List<DiscoveryRequest> refreshOthers(ResourceType answered) {
    List<DiscoveryRequest> requests = new ArrayList<>();
    for (ResourceType type : ResourceType.values()) {
      if (type != answered) {
        subscribeToWanted(type, requests);
      }
    }
    return requests;
  }

  private void subscribeToWanted(ResourceType type, List<DiscoveryRequest> requests) {
    if (!type.wildcard() && adoptWanted(type)) {
      requests.add(request(type).build());
    }
  }

  private boolean adoptWanted(ResourceType type) {
    TypeStream stream = stream(type);
    Set<String> wanted = state.wanted(type);
    if (wanted.equals(stream.names)) {
      return false;
    }
    Set<String> dropped = new HashSet<>(stream.names);
    dropped.removeAll(wanted);
    state.forget(type, dropped);
    stream.names = new TreeSet<>(wanted);
    return true;
  }

  private DiscoveryRequest refusalOfUnknown(DiscoveryResponse response) {
    return DiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setResponseNonce(response.getNonce())
        .setErrorDetail(
            DeltaClientSession.error("type " + response.getTypeUrl() + " was never asked for"))
        .build();
  }

  /** Carries the last accepted version, the latest nonce and the whole list of names. */
  private DiscoveryRequest.Builder request(ResourceType type) {
    TypeStream stream = stream(type);
    DiscoveryRequest.Builder request =
        DiscoveryRequest.newBuilder()
            .setTypeUrl(type.typeUrl())
            .setVersionInfo(stream.version)
            .setResponseNonce(stream.nonce)
            .addAllResourceNames(stream.names);
    if (!nodeSent) {
      request.setNode(node);
      nodeSent = true;
    }
    return request;
  }

  private TypeStream stream(ResourceType type) {
    TypeStream stream = streams.get(type);
    if (stream == null) {
      throw new IllegalStateException("no stream for " + type);
    }
    return stream;
  }

  /** One type's part of the stream; the version outlives it. */
  private static final class TypeStream {
    String version = "";
    String nonce = "";
    Set<String> names = Set.of();
  }
}

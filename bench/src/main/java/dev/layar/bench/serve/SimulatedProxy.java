package dev.layar.bench.serve;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A delta xDS client that does as little as a sidecar may: subscribes as one would, keeps names
 * only, accepts everything. A thousand of them fit into a JVM. Its transport's thread.
 */
final class SimulatedProxy implements StreamObserver<DeltaDiscoveryResponse> {
  /** Names that all proxies hear are kept once. */
  private static final Map<String, String> NAMES = new ConcurrentHashMap<>();

  /** Routes by the bytes of the listener that asks for them; most listeners are shared. */
  private static final Map<ByteString, List<String>> ROUTES = new ConcurrentHashMap<>();

  private final Set<String> assignments = new HashSet<>();
  private final Set<String> routes = new HashSet<>();
  private final AtomicLong wireBytes = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private final Node node;
  private @Nullable StreamObserver<DeltaDiscoveryRequest> requests;
  private volatile @Nullable Throwable failure;

  SimulatedProxy(Node node) {
    this.node = node;
  }

  /** Opens the stream and asks for clusters and listeners. */
  void connect(Channel channel) {
    requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel)
            .withInterceptors(new CountingInterceptor(wireBytes))
            .deltaAggregatedResources(this);
    send(request(ResourceType.CLUSTER).setNode(node));
    send(request(ResourceType.LISTENER));
  }

  /** Bytes of gRPC messages received, as on the wire without HTTP/2's framing. */
  long wireBytes() {
    return wireBytes.get();
  }

  long messages() {
    return messages.get();
  }

  @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    messages.incrementAndGet();
    ResourceType type = ResourceType.ofTypeUrl(response.getTypeUrl());
    if (type == ResourceType.CLUSTER) {
      learnClusters(response);
    } else if (type == ResourceType.LISTENER) {
      learnListeners(response);
    }
    send(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce()));
  }

  private void learnClusters(DeltaDiscoveryResponse response) {
    List<String> added = new ArrayList<>();
    for (Resource resource : response.getResourcesList()) {
      String name = resource.getName();
      if (name.startsWith("outbound|") && assignments.add(NAMES.computeIfAbsent(name, n -> n))) {
        added.add(name);
      }
    }
    assignments.removeAll(Set.copyOf(response.getRemovedResourcesList()));
    subscribe(ResourceType.ENDPOINT, added, response.getRemovedResourcesList());
  }

  private void learnListeners(DeltaDiscoveryResponse response) {
    List<String> added = new ArrayList<>();
    for (Resource resource : response.getResourcesList()) {
      for (String route :
          ROUTES.computeIfAbsent(resource.getResource().getValue(), SimulatedProxy::routesOf)) {
        if (routes.add(route)) {
          added.add(route);
        }
      }
    }
    subscribe(ResourceType.ROUTE, added, List.of());
  }

  private void subscribe(ResourceType type, List<String> added, List<String> removed) {
    if (!added.isEmpty() || !removed.isEmpty()) {
      send(
          request(type)
              .addAllResourceNamesSubscribe(added)
              .addAllResourceNamesUnsubscribe(removed));
    }
  }

  private static List<String> routesOf(ByteString bytes) {
    try {
      Listener listener = Listener.parseFrom(bytes);
      List<FilterChain> chains = new ArrayList<>(listener.getFilterChainsList());
      chains.add(listener.getDefaultFilterChain());
      List<String> found = new ArrayList<>();
      for (FilterChain chain : chains) {
        for (Filter filter : chain.getFiltersList()) {
          Any config = filter.getTypedConfig();
          if (config.is(HttpConnectionManager.class)) {
            String route = config.unpack(HttpConnectionManager.class).getRds().getRouteConfigName();
            if (!route.isEmpty()) {
              found.add(route);
            }
          }
        }
      }
      return found;
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException(malformed);
    }
  }

  private static DeltaDiscoveryRequest.Builder request(ResourceType type) {
    return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl());
  }

  private void send(DeltaDiscoveryRequest.Builder request) {
    StreamObserver<DeltaDiscoveryRequest> open = requests;
    if (open != null) {
      open.onNext(request.build());
    }
  }

  @Override
  public void onError(Throwable cause) {
    failure = cause;
  }

  @Override
  public void onCompleted() {
    failure = new IllegalStateException("the server has ended the stream");
  }

  /** Counts what arrives for one stream. */
  private record CountingInterceptor(AtomicLong bytes) implements io.grpc.ClientInterceptor {
    @Override
    public <Q, R> io.grpc.ClientCall<Q, R> interceptCall(
        io.grpc.MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return next.newCall(
          method,
          options.withStreamTracerFactory(
              new ClientStreamTracer.Factory() {
                @Override
                public ClientStreamTracer newClientStreamTracer(
                    ClientStreamTracer.StreamInfo info, Metadata headers) {
                  return new ClientStreamTracer() {
                    @Override
                    public void inboundWireSize(long size) {
                      bytes.addAndGet(size);
                    }
                  };
                }
              }));
    }
  }
}

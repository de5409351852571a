package dev.layar.controlplane;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.DeltaClientSession;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A proxy without a data path: subscribes to what a real one would and accepts everything. */
final class SimulatedProxy
    implements ResourceSink, StreamObserver<DeltaDiscoveryResponse>, AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final DeltaClientSession session;
  private final Map<String, List<String>> routesOfListener = new TreeMap<>();
  private final Set<String> assignments = new TreeSet<>();
  private final Map<ResourceType, Map<String, XdsResource>> held = new TreeMap<>();
  private @Nullable StreamObserver<DeltaDiscoveryRequest> requests;
  private final AtomicLong bytes = new AtomicLong();

  SimulatedProxy(ProxyIdentity identity, Channel channel) {
    this.session = new DeltaClientSession(identity.toNode(), this);
    lock.lock();
    try {
      requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
      session.connected().forEach(requests::onNext);
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of resources received so far. */
  long bytes() {
    return bytes.get();
  }

  Set<String> names(ResourceType type) {
    lock.lock();
    try {
      return Set.copyOf(held.getOrDefault(type, Map.of()).keySet());
    } finally {
      lock.unlock();
    }
  }

  @Nullable XdsResource find(ResourceType type, String name) {
    lock.lock();
    try {
      return held.getOrDefault(type, Map.of()).get(name);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    lock.lock();
    try {
      StreamObserver<DeltaDiscoveryRequest> open = requests;
      if (open != null) {
        session.onResponse(response).forEach(open::onNext);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onError(Throwable failure) {
    requests = null;
  }

  @Override
  public void onCompleted() {
    requests = null;
  }

  @Override
  public List<Rejection> update(ResourceType type, List<XdsResource> changed, Set<String> removed) {
    Map<String, XdsResource> here = held.computeIfAbsent(type, key -> new TreeMap<>());
    for (XdsResource resource : changed) {
      bytes.addAndGet(resource.body().getValue().size());
      here.put(resource.name(), resource);
      learn(resource);
    }
    for (String name : removed) {
      here.remove(name);
      routesOfListener.remove(name);
      if (type == ResourceType.CLUSTER) {
        assignments.remove(name);
      }
    }
    return List.of();
  }

  @Override
  public Set<String> wanted(ResourceType type) {
    return switch (type) {
      case ENDPOINT -> assignments;
      case ROUTE -> {
        Set<String> routes = new TreeSet<>();
        routesOfListener.values().forEach(routes::addAll);
        yield routes;
      }
      case CLUSTER, LISTENER, SECRET -> Set.of();
    };
  }

  private void learn(XdsResource resource) {
    try {
      switch (resource.type()) {
        case CLUSTER -> {
          Cluster cluster = Cluster.parseFrom(resource.body().getValue());
          if (cluster.getType() == Cluster.DiscoveryType.EDS) {
            assignments.add(cluster.getName());
          }
        }
        case LISTENER ->
            routesOfListener.put(
                resource.name(), routes(Listener.parseFrom(resource.body().getValue())));
        case ENDPOINT, ROUTE, SECRET -> {}
      }
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException(malformed);
    }
  }

  private static List<String> routes(Listener listener) throws InvalidProtocolBufferException {
    List<FilterChain> chains = new ArrayList<>(listener.getFilterChainsList());
    chains.add(listener.getDefaultFilterChain());
    List<String> routes = new ArrayList<>();
    for (FilterChain chain : chains) {
      for (Filter filter : chain.getFiltersList()) {
        Any config = filter.getTypedConfig();
        if (config.is(HttpConnectionManager.class)) {
          HttpConnectionManager manager = config.unpack(HttpConnectionManager.class);
          if (manager.hasRds()) {
            routes.add(manager.getRds().getRouteConfigName());
          }
        }
      }
    }
    return routes;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (requests != null) {
        requests.onCompleted();
        requests = null;
      }
    } finally {
      lock.unlock();
    }
  }
}

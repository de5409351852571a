package dev.layar.local;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what is published; its proxies obey at once. */
final class FakeMeshSide implements MeshSide {
  final Map<ObjectKey, Resource<?>> objects = new LinkedHashMap<>();
  final List<String> attached = new CopyOnWriteArrayList<>();
  final List<String> detached = new CopyOnWriteArrayList<>();
  private long revision;

  @Override
  public synchronized long publish(Collection<Resource<?>> upserts, Collection<ObjectKey> deletes) {
    upserts.forEach(object -> objects.put(object.key(), object));
    deletes.forEach(objects::remove);
    return ++revision;
  }

  @Override
  public List<String> awaitSettled(long revision, Duration atMost) {
    return List.of();
  }

  @Override
  public List<String> awaitConnected(Duration atMost) {
    return List.of();
  }

  @Override
  public Workload attach(
      ProxyIdentity identity,
      String account,
      String address,
      Map<Integer, Integer> ports,
      Path log,
      Runnable ready) {
    attached.add(identity.nodeId());
    ready.run();
    return () -> detached.add(identity.nodeId());
  }

  @Override
  public HostPort admin() {
    return new HostPort("127.0.0.1", 1);
  }

  @Override
  public void close() {
    attached.clear();
  }

  /** {@code ip:port} of every ready endpoint of a service. */
  synchronized List<String> endpoints(String service) {
    List<String> out = new ArrayList<>();
    for (Resource<?> object : objects.values()) {
      Resource<EndpointSlice> slice = object.as(EndpointSlice.class);
      if (slice != null
          && service.equals(slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL))) {
        Integer port = slice.spec().ports().getFirst().port();
        slice.spec().endpoints().stream()
            .filter(EndpointSlice.Endpoint::isReady)
            .forEach(endpoint -> out.add(endpoint.addresses().getFirst() + ":" + port));
      }
    }
    return out;
  }
}

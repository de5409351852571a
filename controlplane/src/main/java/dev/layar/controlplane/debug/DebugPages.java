package dev.layar.controlplane.debug;

import dev.layar.compiler.MeshState;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.ads.ConnectedProxy;
import dev.layar.model.Encoder;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.xds.ResourceType;
import dev.layar.xds.server.TypeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The pages' contents, in istiod's shapes ({@code pilot/pkg/xds/debug.go}). Thread-safe; reads
 * immutable snapshots. Secrets are on no page.
 */
final class DebugPages {
  private static final String INDEX =
      """
      /ready                        whether the state is complete
      /metrics                      Prometheus
      /debug/syncz                  how far each proxy is
      /debug/adsz                   who is connected and subscribed to what
      /debug/configz                Istio's objects as held
      /debug/endpointz              the endpoints of each Service
      /debug/config_dump?proxyID=   what a proxy gets
      """;

  private final ControlPlane plane;

  DebugPages(ControlPlane plane) {
    this.plane = plane;
  }

  Optional<DebugServer.Page> page(String path, String proxy) {
    return switch (path) {
      case "/debug", "/debug/" -> Optional.of(DebugServer.Page.text(INDEX));
      case "/metrics" -> Optional.of(DebugServer.Page.text(new PilotMetrics(plane).text()));
      case "/debug/syncz" -> json(syncz());
      case "/debug/adsz" -> json(adsz());
      case "/debug/configz" -> json(configz());
      case "/debug/endpointz" -> json(endpointz());
      case "/debug/config_dump" -> plane.configDump(proxy).map(DebugServer.Page::json);
      default -> Optional.empty();
    };
  }

  private static Optional<DebugServer.Page> json(Object tree) {
    return Optional.of(DebugServer.Page.json(Json.write(tree)));
  }

  /** As {@code SyncStatus}, with revisions where istiod has nonces, and what was refused. */
  private List<Object> syncz() {
    List<Object> out = new ArrayList<>();
    for (ConnectedProxy proxy : plane.proxies()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("cluster_id", "Kubernetes");
      row.put("proxy", proxy.sync().proxy());
      for (TypeStatus type : proxy.sync().types()) {
        String name = word(type.type());
        row.put(name + "_sent", revision(type.sentRevision()));
        row.put(name + "_acked", revision(type.ackedRevision()));
        if (type.nacked()) {
          row.put(name + "_refused", type.nackText());
        }
      }
      row.put("settled", revision(proxy.sync().settledRevision()));
      out.add(row);
    }
    return out;
  }

  private static String word(ResourceType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static String revision(long revision) {
    return revision < 0 ? "" : Long.toString(revision);
  }

  private Map<String, Object> adsz() {
    List<Object> clients = new ArrayList<>();
    for (ConnectedProxy proxy : plane.proxies()) {
      Map<String, Object> watches = new LinkedHashMap<>();
      proxy.watches().forEach((type, names) -> watches.put(type.typeUrl(), names));
      Map<String, Object> client = new LinkedHashMap<>();
      client.put("connectionId", proxy.connection());
      client.put("proxy", proxy.sync().proxy());
      client.put("variant", proxy.sync().variant());
      client.put("connectedAt", proxy.since());
      client.put("address", proxy.address());
      client.put("watches", watches);
      clients.add(client);
    }
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("totalClients", clients.size());
    out.put("clients", clients);
    return out;
  }

  private List<Object> configz() {
    MeshState state = plane.store().state();
    List<Object> out = new ArrayList<>();
    for (Kind kind : Kinds.all()) {
      if (kind.group().endsWith("istio.io")) {
        state.all(kind).forEach(object -> out.add(Encoder.tree(object)));
      }
    }
    return out;
  }

  private List<Object> endpointz() {
    List<Object> out = new ArrayList<>();
    for (Resource<?> object : plane.store().state().all(Kinds.ENDPOINT_SLICE)) {
      Resource<EndpointSlice> slice = object.as(EndpointSlice.class);
      if (slice == null) {
        continue;
      }
      String service =
          object.metadata().labels().getOrDefault(EndpointSlice.SERVICE_NAME_LABEL, "");
      for (EndpointSlice.EndpointPort port : slice.spec().ports()) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("svc", service + "." + object.metadata().namespace() + ":" + port.name());
        row.put("ep", endpoints(slice.spec(), port));
        out.add(row);
      }
    }
    return out;
  }

  private static List<Object> endpoints(EndpointSlice slice, EndpointSlice.EndpointPort port) {
    List<Object> out = new ArrayList<>();
    for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("addresses", endpoint.addresses());
      row.put("port", port.port());
      row.put("ready", endpoint.isReady());
      row.put("zone", endpoint.zone());
      row.put("node", endpoint.nodeName());
      out.add(row);
    }
    return out;
  }
}

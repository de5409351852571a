package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.layar.base.Finding;
import dev.layar.proxy.config.ConfigStore.Shown;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.admin.v3.BootstrapConfigDump;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.admin.v3.ClustersConfigDump;
import io.envoyproxy.envoy.admin.v3.ConfigDump;
import io.envoyproxy.envoy.admin.v3.EndpointsConfigDump;
import io.envoyproxy.envoy.admin.v3.ListenersConfigDump;
import io.envoyproxy.envoy.admin.v3.RoutesConfigDump;
import io.envoyproxy.envoy.admin.v3.UpdateFailureState;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The configuration as Envoy's {@code /config_dump} shows it ({@code Envoy admin.v3.ConfigDump}):
 * what was received, which version is in effect, and why a newer one was refused.
 */
public final class ConfigDumps {
  private ConfigDumps() {}

  /**
   * The dump as JSON with proto field names.
   *
   * @param bootstrap null when there is no such file
   * @param endpoints whether assignments are shown, as with {@code ?include_eds}
   * @param names which resources are shown, by name
   */
  public static String json(
      ConfigStore store,
      @Nullable Bootstrap bootstrap,
      boolean endpoints,
      Predicate<String> names) {
    ConfigDump.Builder dump = ConfigDump.newBuilder();
    if (bootstrap != null) {
      dump.addConfigs(
          Any.pack(BootstrapConfigDump.newBuilder().setBootstrap(bootstrap.proto()).build()));
    }
    dump.addConfigs(Any.pack(clusters(shown(store, ResourceType.CLUSTER, names))));
    if (endpoints) {
      dump.addConfigs(Any.pack(endpoints(shown(store, ResourceType.ENDPOINT, names))));
    }
    dump.addConfigs(Any.pack(listeners(shown(store, ResourceType.LISTENER, names))));
    dump.addConfigs(Any.pack(routes(shown(store, ResourceType.ROUTE, names))));
    return print(dump.build());
  }

  private static List<Shown> shown(ConfigStore store, ResourceType type, Predicate<String> names) {
    return store.shown(type).stream().filter(one -> names.test(one.name())).toList();
  }

  private static ClustersConfigDump clusters(List<Shown> all) {
    ClustersConfigDump.Builder dump = ClustersConfigDump.newBuilder();
    for (Shown one : all) {
      XdsResource accepted = one.accepted();
      if (accepted != null && one.fixed()) {
        dump.addStaticClusters(
            ClustersConfigDump.StaticCluster.newBuilder().setCluster(accepted.body()));
        continue;
      }
      ClustersConfigDump.DynamicCluster.Builder cluster =
          ClustersConfigDump.DynamicCluster.newBuilder().setClientStatus(status(one));
      if (accepted != null) {
        cluster.setVersionInfo(accepted.version()).setCluster(accepted.body());
      }
      UpdateFailureState failure = failure(one);
      if (failure != null) {
        cluster.setErrorState(failure);
      }
      if (one.active() || accepted == null) {
        dump.addDynamicActiveClusters(cluster);
      } else {
        dump.addDynamicWarmingClusters(cluster);
      }
    }
    return dump.build();
  }

  private static EndpointsConfigDump endpoints(List<Shown> all) {
    EndpointsConfigDump.Builder dump = EndpointsConfigDump.newBuilder();
    for (Shown one : all) {
      EndpointsConfigDump.DynamicEndpointConfig.Builder config =
          EndpointsConfigDump.DynamicEndpointConfig.newBuilder();
      XdsResource accepted = one.accepted();
      if (accepted != null) {
        config.setVersionInfo(accepted.version()).setEndpointConfig(accepted.body());
      }
      UpdateFailureState failure = failure(one);
      if (failure != null) {
        config.setErrorState(failure);
      }
      dump.addDynamicEndpointConfigs(config);
    }
    return dump.build();
  }

  private static ListenersConfigDump listeners(List<Shown> all) {
    ListenersConfigDump.Builder dump = ListenersConfigDump.newBuilder();
    for (Shown one : all) {
      XdsResource accepted = one.accepted();
      if (accepted != null && one.fixed()) {
        dump.addStaticListeners(
            ListenersConfigDump.StaticListener.newBuilder().setListener(accepted.body()));
        continue;
      }
      ListenersConfigDump.DynamicListener.Builder listener =
          ListenersConfigDump.DynamicListener.newBuilder()
              .setName(one.name())
              .setClientStatus(status(one));
      if (accepted != null) {
        var state =
            ListenersConfigDump.DynamicListenerState.newBuilder()
                .setVersionInfo(accepted.version())
                .setListener(accepted.body());
        if (one.active()) {
          listener.setActiveState(state);
        } else {
          listener.setWarmingState(state);
        }
      }
      UpdateFailureState failure = failure(one);
      if (failure != null) {
        listener.setErrorState(failure);
      }
      dump.addDynamicListeners(listener);
    }
    return dump.build();
  }

  private static RoutesConfigDump routes(List<Shown> all) {
    RoutesConfigDump.Builder dump = RoutesConfigDump.newBuilder();
    for (Shown one : all) {
      RoutesConfigDump.DynamicRouteConfig.Builder config =
          RoutesConfigDump.DynamicRouteConfig.newBuilder().setClientStatus(status(one));
      XdsResource accepted = one.accepted();
      if (accepted != null) {
        config.setVersionInfo(accepted.version()).setRouteConfig(accepted.body());
      }
      UpdateFailureState failure = failure(one);
      if (failure != null) {
        config.setErrorState(failure);
      }
      dump.addDynamicRouteConfigs(config);
    }
    return dump.build();
  }

  private static ClientResourceStatus status(Shown one) {
    if (one.refused() != null) {
      return ClientResourceStatus.NACKED;
    }
    return one.accepted() == null ? ClientResourceStatus.REQUESTED : ClientResourceStatus.ACKED;
  }

  /** Why the newest version was refused, or what of the accepted one has no effect; or nothing. */
  private static @Nullable UpdateFailureState failure(Shown one) {
    if (one.findings().isEmpty()) {
      return null;
    }
    UpdateFailureState.Builder failure =
        UpdateFailureState.newBuilder()
            .setDetails(
                one.findings().stream().map(Finding::line).collect(Collectors.joining("\n")));
    XdsResource refused = one.refused();
    if (refused != null) {
      failure.setVersionInfo(refused.version()).setFailedConfiguration(refused.body());
    }
    return failure.build();
  }

  /** The JSON of a message; where a nested extension is of an unknown type, its bytes are shown. */
  private static String print(Message message) {
    TypeRegistry types =
        TypeRegistry.newBuilder()
            .add(Extensions.descriptors())
            .add(BootstrapConfigDump.getDescriptor())
            .add(ClustersConfigDump.getDescriptor())
            .add(EndpointsConfigDump.getDescriptor())
            .add(ListenersConfigDump.getDescriptor())
            .add(RoutesConfigDump.getDescriptor())
            .build();
    JsonFormat.Printer printer =
        JsonFormat.printer().usingTypeRegistry(types).preservingProtoFieldNames();
    try {
      return printer.print(OpaqueAnys.replace(message, types)) + "\n";
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("every extension left is of a known type", e);
    }
  }
}

package dev.layar.proxy.config;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.proxy.ads.AdsClientOptions;
import dev.layar.proxy.ads.IdentityOptions;
import dev.layar.proxy.cluster.LocalZone;
import dev.layar.proxy.cluster.Locality;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy's start-up file: Envoy's v3 bootstrap in YAML or JSON ({@code Envoy
 * config.bootstrap.v3.Bootstrap}). Immutable.
 */
public final class Bootstrap {
  private final io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto;
  private final String source;
  private final @Nullable InetSocketAddress admin;
  private final @Nullable AdsClientOptions ads;
  private final @Nullable IdentityOptions identity;

  private Bootstrap(
      io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto,
      String source,
      @Nullable InetSocketAddress admin,
      @Nullable AdsClientOptions ads,
      @Nullable IdentityOptions identity) {
    this.identity = identity;
    this.proto = proto;
    this.source = source;
    this.admin = admin;
    this.ads = ads;
  }

  /** Reads a file; findings name it. */
  public static Result<Bootstrap> load(Path file) {
    try {
      return load(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      return unreadable(file, "there is no such file");
    } catch (MalformedInputException e) {
      return unreadable(file, "the file is not UTF-8 text");
    } catch (IOException e) {
      return unreadable(file, "the file cannot be read: " + e.getMessage());
    }
  }

  /**
   * Reads a text.
   *
   * @param source what findings call it
   */
  public static Result<Bootstrap> load(String text, String source) {
    BootstrapText document = BootstrapText.parse(text, source);
    if (document.json() == null) {
      return new Result.Rejected<>(document.findings());
    }
    // Dynamic, as in SupportedFields.check: the generated builder would load hundreds of classes.
    var builder =
        DynamicMessage.newBuilder(
            io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.getDescriptor());
    try {
      JsonFormat.parser().usingTypeRegistry(Extensions.types()).merge(document.json(), builder);
      return check(
          io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.parseFrom(
              builder.build().toByteString()),
          source);
    } catch (InvalidProtocolBufferException e) {
      return new Result.Rejected<>(List.of(document.explain(String.valueOf(e.getMessage()))));
    }
  }

  private static Result<Bootstrap> check(
      io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto, String source) {
    Problems problems = new Problems(source);
    SupportedFields.check(
        io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap.getDescriptor(),
        proto.toBuilder().clearStaticResources().build(),
        "",
        problems);
    InetSocketAddress admin =
        proto.getAdmin().hasAddress()
            ? address(proto.getAdmin().getAddress().getSocketAddress(), "admin.address", problems)
            : null;
    AdsClientOptions ads = proto.getDynamicResources().hasAdsConfig() ? ads(proto, problems) : null;
    IdentityOptions identity = IdentityReader.read(proto.getNode().getMetadata(), problems);
    boolean idle =
        !proto.getDynamicResources().hasAdsConfig()
            && proto.getStaticResources().getListenersCount() == 0
            && !proto.hasAdmin();
    if (idle) {
      problems.missing(
          "",
          "nothing to do: no listener, no ADS server and no admin port",
          "static_resources.listeners or dynamic_resources.ads_config");
    }
    return problems.refused()
        ? new Result.Rejected<>(problems.findings())
        : new Result.Ok<>(new Bootstrap(proto, source, admin, ads, identity), problems.findings());
  }

  /** Node id; empty when the file has none. */
  public String nodeId() {
    return proto.getNode().getId();
  }

  /** Where the proxy is: {@code node.locality}, and the cluster that it is of. */
  public LocalZone localZone() {
    var locality = proto.getNode().getLocality();
    return new LocalZone(
        proto.getClusterManager().getLocalClusterName(),
        new Locality(locality.getRegion(), locality.getZone(), locality.getSubZone()));
  }

  /** {@code node.cluster}. */
  public String nodeCluster() {
    return proto.getNode().getCluster();
  }

  /** Where the admin port is to listen; null without one. Port 0 lets the system choose. */
  public @Nullable InetSocketAddress admin() {
    return admin;
  }

  /** How to reach the control plane; null when the file names none. */
  public @Nullable AdsClientOptions ads() {
    return ads;
  }

  /** Who the proxy is and who certifies it; null when the file says nothing of it. */
  public @Nullable IdentityOptions identity() {
    return identity;
  }

  /**
   * Gives the static resources to a store: secrets, clusters, listeners.
   *
   * @return all findings, with paths into this file; with an error among them something was refused
   */
  public List<Finding> applyTo(ConfigStore store) {
    List<Finding> findings = new ArrayList<>();
    var secrets = proto.getStaticResources().getSecretsList();
    for (int i = 0; i < secrets.size(); i++) {
      place(
          store.addStatic(
              ResourceType.SECRET,
              ConfigStore.resource(ResourceType.SECRET, secrets.get(i).getName(), secrets.get(i))),
          "static_resources.secrets[" + i + "]",
          findings);
    }
    List<Cluster> clusters = proto.getStaticResources().getClustersList();
    for (int i = 0; i < clusters.size(); i++) {
      Cluster cluster = clusters.get(i);
      String path = "static_resources.clusters[" + i + "]";
      place(
          store.addStatic(
              ResourceType.CLUSTER,
              ConfigStore.resource(ResourceType.CLUSTER, cluster.getName(), cluster)),
          path,
          findings);
    }
    List<Listener> listeners = proto.getStaticResources().getListenersList();
    for (int i = 0; i < listeners.size(); i++) {
      Listener listener = listeners.get(i);
      String path = "static_resources.listeners[" + i + "]";
      String name = listener.getName().isEmpty() ? path : listener.getName();
      place(
          store.addStatic(
              ResourceType.LISTENER,
              ConfigStore.resource(
                  ResourceType.LISTENER, name, listener.toBuilder().setName(name).build())),
          path,
          findings);
    }
    return findings;
  }

  io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto() {
    return proto;
  }

  private void place(List<Finding> found, String path, List<Finding> all) {
    for (Finding finding : found) {
      all.add(
          new Finding(
              finding.code(),
              finding.severity(),
              new Location(source, 0, 0),
              finding.path().isEmpty() ? path : path + "." + finding.path(),
              finding.message(),
              finding.value(),
              finding.expected()));
    }
  }

  // ---- control plane

  private static @Nullable AdsClientOptions ads(
      io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto, Problems problems) {
    ApiConfigSource config = proto.getDynamicResources().getAdsConfig();
    String path = "dynamic_resources.ads_config";
    if (proto.getNode().getId().isEmpty()) {
      problems.missing("node.id", "a control plane has to know who asks", "node.id");
    }
    if (config.getGrpcServicesCount() == 0) {
      problems.missing(path + ".grpc_services", "no ADS server is named", "one grpc service");
      return null;
    }
    InetSocketAddress server =
        server(proto, config.getGrpcServices(0), path + ".grpc_services[0]", problems);
    if (server == null) {
      return null;
    }
    AdsClientOptions options = AdsClientOptions.of(server, proto.getNode());
    return switch (config.getApiType()) {
      case DELTA_GRPC, AGGREGATED_DELTA_GRPC -> options;
      case GRPC, AGGREGATED_GRPC -> options.withVariant(AdsClientOptions.Variant.SOTW);
      case REST, DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE, UNRECOGNIZED -> {
        problems.invalid(
            path + ".api_type", "not supported", config.getApiType(), "DELTA_GRPC or GRPC");
        yield null;
      }
    };
  }

  private static @Nullable InetSocketAddress server(
      io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap proto,
      GrpcService service,
      String path,
      Problems problems) {
    if (service.hasGoogleGrpc()) {
      return target(service.getGoogleGrpc().getTargetUri(), path, problems);
    }
    String name = service.getEnvoyGrpc().getClusterName();
    for (Cluster cluster : proto.getStaticResources().getClustersList()) {
      if (cluster.getName().equals(name)
          && cluster.getLoadAssignment().getEndpointsCount() > 0
          && cluster.getLoadAssignment().getEndpoints(0).getLbEndpointsCount() > 0) {
        SocketAddress socket =
            cluster
                .getLoadAssignment()
                .getEndpoints(0)
                .getLbEndpoints(0)
                .getEndpoint()
                .getAddress()
                .getSocketAddress();
        return address(socket, "static_resources.clusters[" + name + "]", problems);
      }
    }
    problems.invalid(
        path + ".envoy_grpc.cluster_name",
        "no static cluster of this name has an endpoint",
        name,
        "the name of a cluster in static_resources");
    return null;
  }

  private static @Nullable InetSocketAddress target(String uri, String path, Problems problems) {
    int colon = uri.lastIndexOf(':');
    if (colon > 0 && uri.substring(colon + 1).matches("[0-9]{1,5}")) {
      return new InetSocketAddress(
          uri.substring(0, colon), Integer.parseInt(uri.substring(colon + 1)));
    }
    problems.invalid(path + ".google_grpc.target_uri", "not an address", uri, "host:port");
    return null;
  }

  private static @Nullable InetSocketAddress address(
      SocketAddress socket, String path, Problems problems) {
    if (socket.getAddress().isEmpty()) {
      problems.missing(path, "no address", "socket_address with address and port_value");
      return null;
    }
    return new InetSocketAddress(socket.getAddress(), EndpointReader.port(socket, path, problems));
  }

  private static Result<Bootstrap> unreadable(Path file, String why) {
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                Problems.UNDECODABLE,
                new Location(file.toString(), 0, 0),
                "",
                why + ": give the path of an Envoy v3 bootstrap in YAML or JSON",
                file.toString(),
                "")));
  }
}

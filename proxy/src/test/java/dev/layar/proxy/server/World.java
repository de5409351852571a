package dev.layar.proxy.server;

import com.google.gson.Gson;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.layar.proxy.net.Transport;
import dev.layar.telemetry.Sample;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A proxy on real sockets, configured by Envoy YAML as a control plane would send it: listener
 * {@code main} with the routes given, and clusters by name.
 */
final class World implements AutoCloseable {
  /** Facts about each exchange, one line: what the world tests assert together with the answer. */
  private static final String LOG_FORMAT =
      "%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
          + " %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_CLUSTER_RAW% %ROUTE_NAME%\\n";

  private static final TypeRegistry TYPES =
      TypeRegistry.newBuilder()
          .add(HttpConnectionManager.getDescriptor())
          .add(Router.getDescriptor())
          .add(ZipkinConfig.getDescriptor())
          .add(HTTPFault.getDescriptor())
          .add(Cors.getDescriptor())
          .add(CorsPolicy.getDescriptor())
          .add(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.getDescriptor())
          .add(RBACPerRoute.getDescriptor())
          .add(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor())
          .add(UriTemplateMatchConfig.getDescriptor())
          .add(FileAccessLog.getDescriptor())
          .add(TcpProxy.getDescriptor())
          .add(DownstreamTlsContext.getDescriptor())
          .add(UpstreamTlsContext.getDescriptor())
          .add(TlsInspector.getDescriptor())
          .add(HttpInspector.getDescriptor())
          .add(OriginalDst.getDescriptor())
          .add(ProxyProtocol.getDescriptor())
          .add(RawBuffer.getDescriptor())
          .add(HttpProtocolOptions.getDescriptor())
          .build();

  private static final String LISTENER =
      """
      name: main
      address: {socket_address: {address: 127.0.0.1, port_value: 0}}
      filter_chains:
      - filters:
        - name: hcm
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: main
            rds: {route_config_name: routes, config_source: {ads: {}}}
            http_filters:
            - name: envoy.filters.http.fault
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}
            - name: envoy.filters.http.router
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
            access_log:
            - name: envoy.access_loggers.file
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                path: /dev/stdout
                log_format: {text_format_source: {inline_string: "FORMAT"}}
      """;

  private final ProxyServer server;
  private final Workload workload;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private String logFormat = LOG_FORMAT;
  private String host = "127.0.0.1";
  private String security = "";
  private String guard = "";
  private volatile @Nullable InetSocketAddress destination;

  private World(ProxyOptions options) {
    server = ProxyServer.start(options);
    workload =
        server.addWorkload(
            WorkloadOptions.of("test")
                .withLogs(path -> sink())
                .withOriginalDestination(connection -> destination));
  }

  /** From now on every accepted connection was meant for this address before a redirection. */
  World redirectedTo(InetSocketAddress original) {
    destination = original;
    return this;
  }

  static World start() {
    return new World(ProxyOptions.of(1));
  }

  static World start(Transport transport, int concurrency) {
    return new World(ProxyOptions.of(concurrency).withTransport(transport));
  }

  private LogSink sink() {
    return new LogSink() {
      @Override
      public void write(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        lines.addAll(text.lines().toList());
      }

      @Override
      public void close() {}
    };
  }

  // ---- configuration

  /** Adds or replaces a cluster with endpoints on loopback. */
  World cluster(String name, int... ports) {
    return cluster(name, "connect_timeout: 2s", ports);
  }

  /** Adds or replaces a cluster with more of its YAML. */
  World cluster(String name, String more, int... ports) {
    StringBuilder endpoints = new StringBuilder();
    for (int port : ports) {
      endpoints.append(
          """
          - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
          """
              .formatted(port)
              .indent(4));
    }
    push(
        ResourceType.CLUSTER,
        name,
        "name: "
            + name
            + "\ntype: STATIC\nload_assignment:\n  cluster_name: "
            + name
            + "\n  endpoints:\n  - lb_endpoints:\n"
            + (ports.length == 0 ? "      []\n" : endpoints)
            + more
            + "\n");
    return this;
  }

  /** Routes of the one virtual host, as YAML list items; listens when it does not yet. */
  World routes(String routes) {
    return routes("", routes);
  }

  /**
   * @param host more YAML of the virtual host, indented by four
   */
  World routes(String host, String routes) {
    String yaml =
        "name: routes\nvirtual_hosts:\n- name: all\n  domains: [\"*\"]\n"
            + host
            + "  routes:\n"
            + routes.indent(2);
    push(ResourceType.ROUTE, "routes", yaml);
    return this;
  }

  /** What the next {@link #listen} logs instead, in Envoy's format. */
  World logging(String format) {
    logFormat = format + "\\n";
    return this;
  }

  /** Listens with a TCP proxy, given its YAML as lines. */
  World listenTcp(String listener, String... tcp) {
    push(
        ResourceType.LISTENER,
        "main",
        """
        name: main
        address: {socket_address: {address: 127.0.0.1, port_value: 0}}
        %s
        filter_chains:
        - name: tcp
          %s
          filters:
        %s
          - name: tcp
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
              stat_prefix: main
        %s
              access_log:
              - name: envoy.access_loggers.file
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                  path: /dev/stdout
                  log_format: {text_format_source: {inline_string: "%s"}}
        """
            .formatted(
                listener,
                security,
                guard.indent(2).stripTrailing(),
                String.join("\n", tcp).indent(6).stripTrailing(),
                "%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_CLUSTER_RAW%"
                    + " %CONNECTION_TERMINATION_DETAILS% %RESPONSE_CODE% %PROTOCOL%\\n"));
    return this;
  }

  /** What the next listener's chain is secured with, as a YAML value. */
  World secure(String transportSocket) {
    security = "transport_socket: " + transportSocket;
    return this;
  }

  /** What the next TCP listener's RBAC filter is told, as YAML. */
  World guardTcp(String config) {
    guard =
        """
        - name: rbac
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC
            stat_prefix: tcp.
        """
            + config.indent(4);
    return this;
  }

  /** Adds or replaces a secret, given the rest of its YAML. */
  World secret(String name, String yaml) {
    push(ResourceType.SECRET, name, "name: " + name + "\n" + yaml + "\n");
    return this;
  }

  /** The address of the next {@link #listen}. */
  World at(String address) {
    host = address;
    return this;
  }

  /** Listens, with more YAML of the connection manager. */
  World listen(String... more) {
    String hcm = String.join("\n", more).indent(6);
    String yaml =
        LISTENER
            .replace("FORMAT", logFormat)
            .replace("127.0.0.1", host)
            .replace(
                "- filters:", security.isEmpty() ? "- filters:" : "- " + security + "\n  filters:");
    push(
        ResourceType.LISTENER,
        "main",
        yaml.replace("      stat_prefix: main\n", "      stat_prefix: main\n" + hcm));
    return this;
  }

  /** Listens with more HTTP filters, as YAML that begins with {@code http_filters:}. */
  World listenWith(String filters) {
    String yaml = LISTENER.replace("FORMAT", logFormat).replace("127.0.0.1", host);
    push(ResourceType.LISTENER, "main", yaml.replace("      http_filters:\n", filters.indent(6)));
    return this;
  }

  List<Rejection> offer(ResourceType type, String name, String yaml) {
    return workload
        .sink()
        .update(
            type,
            List.of(new XdsResource(type, name, "1", Any.pack(message(type, yaml)))),
            Set.of());
  }

  void push(ResourceType type, String name, String yaml) {
    List<Rejection> rejections = offer(type, name, yaml);
    if (!rejections.isEmpty()) {
      throw new AssertionError(rejections + "\n" + yaml);
    }
  }

  private static Message message(ResourceType type, String yaml) {
    Message.Builder builder =
        switch (type) {
          case CLUSTER -> Cluster.newBuilder();
          case ENDPOINT -> ClusterLoadAssignment.newBuilder();
          case LISTENER -> Listener.newBuilder();
          case ROUTE -> RouteConfiguration.newBuilder();
          case SECRET -> Secret.newBuilder();
        };
    Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    try {
      JsonFormat.parser().usingTypeRegistry(TYPES).merge(new Gson().toJson(tree), builder);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e.getMessage() + "\n" + yaml, e);
    }
    return builder.build();
  }

  // ---- traffic and facts

  InetSocketAddress address() {
    return workload.addresses().values().iterator().next();
  }

  TestClient client() throws IOException {
    return new TestClient(address());
  }

  /** One GET on a connection of its own. */
  TestClient.Answer get(String path, String... headers) throws IOException {
    try (TestClient client = client()) {
      return client.get(path, headers);
    }
  }

  /** Everything logged so far. */
  List<String> log() throws InterruptedException {
    workload.flushLogs();
    return new ArrayList<>(lines);
  }

  /**
   * The same once that many lines are there: a connection's end is logged after its peer sees it.
   */
  List<String> log(int count) throws InterruptedException {
    await(() -> lines.size() >= count);
    return log();
  }

  /** Waits for something that event loops bring about. */
  void await(BooleanSupplier condition) throws InterruptedException {
    long patience = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > patience) {
        throw new AssertionError("it did not come about; log: " + lines);
      }
      workload.flushLogs();
    }
  }

  /** Lets the first event loop run for so long. */
  void pass(int millis) throws InterruptedException {
    server.loops().getFirst().eventLoop().schedule(() -> {}, millis, TimeUnit.MILLISECONDS).await();
  }

  /** The sum of a counter or gauge by its Envoy name. */
  long stat(String name) {
    return workload.metrics().samples().stream()
        .filter(sample -> sample.statName().equals(name))
        .mapToLong(World::value)
        .sum();
  }

  private static long value(Sample sample) {
    return switch (sample.value()) {
      case Sample.CounterValue counter -> counter.total();
      case Sample.GaugeValue gauge -> gauge.level();
      case Sample.HistogramValue histogram -> histogram.total();
    };
  }

  /** Runs something on the first event loop and waits for it. */
  void onLoop(Runnable action) throws InterruptedException {
    server.loops().getFirst().eventLoop().submit(action).await();
  }

  Workload workload() {
    return workload;
  }

  ProxyServer server() {
    return server;
  }

  @Override
  public void close() throws InterruptedException {
    server.close();
  }
}

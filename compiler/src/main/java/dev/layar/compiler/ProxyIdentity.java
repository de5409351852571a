package dev.layar.compiler;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who a proxy is: all that its configuration may depend on. Immutable.
 *
 * <p>On the wire it is Envoy's {@code Node} in Istio's form: {@code node.id} is {@code
 * sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.DOMAIN}, and {@code node.metadata} carries {@code
 * NAMESPACE}, {@code LABELS}, {@code INTERCEPTION_MODE} and {@code HTTP_PROXY_PORT}; of our own
 * {@code LAYAR_SCOPE}, {@code LAYAR_INBOUND}, {@code LAYAR_WORKLOAD} and {@code LAYAR_CERTIFICATE}.
 *
 * @param type what the proxy is for
 * @param ip the workload's own address
 * @param name the workload's name inside its namespace, on Kubernetes the pod's
 * @param namespace the workload's namespace
 * @param domain the DNS domain, for example {@code default.svc.cluster.local}
 * @param labels the workload's labels, sorted
 * @param locality where the workload runs
 * @param capture how outbound traffic reaches the proxy
 * @param scope what of the mesh the proxy sees
 * @param certified whether the proxy has a certificate of the mesh, and so takes part in mutual
 *     TLS. Node metadata {@code LAYAR_CERTIFICATE: NONE} says no; an identity made here has none
 *     until {@link #withCertificate}
 * @param metadata string metadata besides the above, sorted
 */
public record ProxyIdentity(
    Type type,
    String ip,
    String name,
    String namespace,
    String domain,
    Map<String, String> labels,
    Where locality,
    Capture capture,
    Scope scope,
    boolean certified,
    Map<String, String> metadata) {

  /** The first part of a node id. */
  public enum Type {
    SIDECAR("sidecar"),
    ROUTER("router"),
    WAYPOINT("waypoint");

    private final String word;

    Type(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /** What of the mesh a proxy sees. */
  public enum Scope {
    /** Everything that Istio's visibility rules allow. */
    MESH,
    /**
     * Services and their endpoints alone, balanced round robin and without retries: what kube-proxy
     * gives a pod without sidecar. Node metadata {@code LAYAR_SCOPE: SERVICE_NETWORK}.
     */
    SERVICE_NETWORK
  }

  /** How a workload's traffic reaches its proxy. */
  public sealed interface Capture {
    /** Connections are redirected in both directions; the proxy sees their original destination. */
    record Redirect() implements Capture {}

    /**
     * The workload uses the proxy as an HTTP proxy, and nothing is redirected. Node metadata {@code
     * INTERCEPTION_MODE: NONE} with {@code HTTP_PROXY_PORT}.
     *
     * <p>Where the workload has an address of its own, the proxy can also stand before it: it
     * listens at that address on the ports that callers know, and the workload elsewhere. Node
     * metadata {@code LAYAR_INBOUND: 8080=18080,9090=19090}, and {@code LAYAR_WORKLOAD} with the
     * address where the workload listens when it is another.
     *
     * @param port that the workload's proxy settings name
     * @param inbound the port on which the workload really listens, by the port that callers
     *     address; empty when callers reach the workload without this proxy
     * @param workload the address on which it listens; empty for the proxy's own
     */
    record HttpProxy(int port, Map<Integer, Integer> inbound, String workload) implements Capture {
      public HttpProxy {
        inbound = Collections.unmodifiableMap(new TreeMap<>(inbound));
      }

      /** The workload listens on the proxy's own address. */
      public HttpProxy(int port, Map<Integer, Integer> inbound) {
        this(port, inbound, "");
      }

      /** Outbound alone. */
      public HttpProxy(int port) {
        this(port, Map.of());
      }
    }
  }

  /** A region, zone and sub-zone; empty where unknown. */
  public record Where(String region, String zone, String subZone) {
    public static final Where UNKNOWN = new Where("", "", "");
  }

  private static final String NAMESPACE = "NAMESPACE";
  private static final String LABELS = "LABELS";
  private static final String INTERCEPTION_MODE = "INTERCEPTION_MODE";
  private static final String HTTP_PROXY_PORT = "HTTP_PROXY_PORT";
  private static final String LAYAR_SCOPE = "LAYAR_SCOPE";
  private static final String LAYAR_INBOUND = "LAYAR_INBOUND";
  private static final String LAYAR_WORKLOAD = "LAYAR_WORKLOAD";
  private static final String LAYAR_CERTIFICATE = "LAYAR_CERTIFICATE";
  private static final String NONE = "NONE";

  public ProxyIdentity {
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
  }

  /** A sidecar that sees the mesh, in the domain {@code NAMESPACE.svc.cluster.local}. */
  public static ProxyIdentity sidecar(
      String ip, String name, String namespace, Map<String, String> labels, Capture capture) {
    return of(Type.SIDECAR, ip, name, namespace, labels, capture, Scope.MESH);
  }

  /** A gateway, in the domain {@code NAMESPACE.svc.cluster.local}. */
  public static ProxyIdentity gateway(
      String ip, String name, String namespace, Map<String, String> labels) {
    return of(Type.ROUTER, ip, name, namespace, labels, new Capture.Redirect(), Scope.MESH);
  }

  /** The proxy of a pod without sidecar: see {@link Scope#SERVICE_NETWORK}. */
  public static ProxyIdentity serviceNetwork(
      String ip, String name, String namespace, Map<String, String> labels, Capture capture) {
    return of(Type.SIDECAR, ip, name, namespace, labels, capture, Scope.SERVICE_NETWORK);
  }

  private static ProxyIdentity of(
      Type type,
      String ip,
      String name,
      String namespace,
      Map<String, String> labels,
      Capture capture,
      Scope scope) {
    return new ProxyIdentity(
        type,
        ip,
        name,
        namespace,
        namespace + ".svc.cluster.local",
        labels,
        Where.UNKNOWN,
        capture,
        scope,
        false,
        Map.of());
  }

  public ProxyIdentity withLocality(Where where) {
    return new ProxyIdentity(
        type, ip, name, namespace, domain, labels, where, capture, scope, certified, metadata);
  }

  /** The same proxy with a certificate of the mesh. */
  public ProxyIdentity withCertificate() {
    return new ProxyIdentity(
        type, ip, name, namespace, domain, labels, locality, capture, scope, true, metadata);
  }

  /** {@code NAME.NAMESPACE}. */
  public String id() {
    return name + "." + namespace;
  }

  /** {@code TYPE~IP~NAME.NAMESPACE~DOMAIN}, Istio's {@code ServiceNode}. */
  public String nodeId() {
    return type.word() + "~" + ip + "~" + id() + "~" + domain;
  }

  /** This identity as the node of an xDS request. */
  public Node toNode() {
    Struct.Builder fields = Struct.newBuilder();
    metadata.forEach((key, value) -> fields.putFields(key, text(value)));
    fields.putFields(NAMESPACE, text(namespace));
    Struct.Builder labelFields = Struct.newBuilder();
    labels.forEach((key, value) -> labelFields.putFields(key, text(value)));
    fields.putFields(LABELS, Value.newBuilder().setStructValue(labelFields).build());
    switch (capture) {
      case Capture.Redirect redirect -> fields.putFields(INTERCEPTION_MODE, text("REDIRECT"));
      case Capture.HttpProxy(int port, Map<Integer, Integer> inbound, String workload) -> {
        fields.putFields(INTERCEPTION_MODE, text(NONE));
        fields.putFields(HTTP_PROXY_PORT, text(Integer.toString(port)));
        if (!inbound.isEmpty()) {
          fields.putFields(LAYAR_INBOUND, text(written(inbound)));
        }
        if (!workload.isEmpty()) {
          fields.putFields(LAYAR_WORKLOAD, text(workload));
        }
      }
    }
    if (!certified) {
      fields.putFields(LAYAR_CERTIFICATE, text(NONE));
    }
    if (scope == Scope.SERVICE_NETWORK) {
      fields.putFields(LAYAR_SCOPE, text(scope.name()));
    }
    return Node.newBuilder()
        .setId(nodeId())
        .setCluster(labels.getOrDefault("app", name) + "." + namespace)
        .setMetadata(fields)
        .setLocality(
            Locality.newBuilder()
                .setRegion(locality.region())
                .setZone(locality.zone())
                .setSubZone(locality.subZone()))
        .build();
  }

  /** The identity in a node, or what is wrong with the node. */
  public static Result<ProxyIdentity> fromNode(Node node) {
    List<Finding> findings = new ArrayList<>();
    String[] parts = node.getId().split("~", -1);
    if (parts.length != 4) {
      findings.add(wrong("node.id", "the node id does not have four parts", node.getId(), FORM));
      return new Result.Rejected<>(findings);
    }
    Type type = typeOf(parts[0]);
    if (type == null) {
      findings.add(wrong("node.id", "unknown proxy type", parts[0], "sidecar, router or waypoint"));
      return new Result.Rejected<>(findings);
    }
    int dot = parts[2].lastIndexOf('.');
    if (dot <= 0) {
      findings.add(wrong("node.id", "the workload is not NAME.NAMESPACE", parts[2], FORM));
      return new Result.Rejected<>(findings);
    }
    Map<String, Value> fields = node.getMetadata().getFieldsMap();
    Capture capture = captureOf(fields, findings);
    if (!findings.isEmpty()) {
      return new Result.Rejected<>(findings);
    }
    return new Result.Ok<>(
        new ProxyIdentity(
            type,
            parts[1],
            parts[2].substring(0, dot),
            fields.getOrDefault(NAMESPACE, text(parts[2].substring(dot + 1))).getStringValue(),
            parts[3],
            strings(fields.getOrDefault(LABELS, Value.getDefaultInstance()).getStructValue()),
            new Where(
                node.getLocality().getRegion(),
                node.getLocality().getZone(),
                node.getLocality().getSubZone()),
            capture,
            stringOf(fields, LAYAR_SCOPE).equals(Scope.SERVICE_NETWORK.name())
                ? Scope.SERVICE_NETWORK
                : Scope.MESH,
            !stringOf(fields, LAYAR_CERTIFICATE).equals(NONE),
            rest(node.getMetadata())),
        List.of());
  }

  /** Digits of IPv4 or IPv6; whether it can be reached shows when it is called. */
  private static final String ADDRESS = "[0-9a-fA-F.:]{0,45}";

  private static final String FORM = "TYPE~IP~NAME.NAMESPACE~DOMAIN";

  private static Finding wrong(String path, String message, String value, String expected) {
    return Finding.error("LYR0401", Location.UNKNOWN, path, message, value, expected);
  }

  private static @Nullable Type typeOf(String word) {
    for (Type type : Type.values()) {
      if (type.word().equals(word)) {
        return type;
      }
    }
    return null;
  }

  private static Capture captureOf(Map<String, Value> fields, List<Finding> findings) {
    String port = stringOf(fields, HTTP_PROXY_PORT);
    if (!stringOf(fields, INTERCEPTION_MODE).equals(NONE) || port.isEmpty()) {
      return new Capture.Redirect();
    }
    int number = portOf(port);
    if (number == 0) {
      findings.add(wrong("node.metadata." + HTTP_PROXY_PORT, "not a port", port, "1 to 65535"));
      return new Capture.Redirect();
    }
    String workload = stringOf(fields, LAYAR_WORKLOAD);
    if (!workload.matches(ADDRESS)) {
      findings.add(
          wrong("node.metadata." + LAYAR_WORKLOAD, "not an address", workload, "an IP address"));
    }
    return new Capture.HttpProxy(
        number, inboundOf(stringOf(fields, LAYAR_INBOUND), findings), workload);
  }

  private static Map<Integer, Integer> inboundOf(String text, List<Finding> findings) {
    Map<Integer, Integer> inbound = new TreeMap<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] ports = pair.split("=", -1);
      int known = portOf(ports[0]);
      int real = ports.length == 2 ? portOf(ports[1]) : 0;
      if (known == 0 || real == 0) {
        findings.add(
            wrong(
                "node.metadata." + LAYAR_INBOUND,
                "not two ports",
                pair,
                "PORT=PORT, for example 8080=18080"));
      } else {
        inbound.put(known, real);
      }
    }
    return inbound;
  }

  private static String written(Map<Integer, Integer> inbound) {
    return inbound.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  /** The port, 0 when the text is none. */
  private static int portOf(String text) {
    if (!text.matches("\\d{1,5}")) {
      return 0;
    }
    int port = Integer.parseInt(text);
    return port < 65536 ? port : 0;
  }

  private static Map<String, String> rest(Struct metadata) {
    Map<String, String> rest = strings(metadata);
    for (String known :
        List.of(
            NAMESPACE,
            LABELS,
            INTERCEPTION_MODE,
            HTTP_PROXY_PORT,
            LAYAR_SCOPE,
            LAYAR_INBOUND,
            LAYAR_WORKLOAD,
            LAYAR_CERTIFICATE)) {
      rest.remove(known);
    }
    return rest;
  }

  /** The string members of a struct; Istio writes some numbers as numbers. */
  private static Map<String, String> strings(Struct struct) {
    Map<String, String> strings = new TreeMap<>();
    struct
        .getFieldsMap()
        .forEach(
            (key, value) -> {
              if (value.getKindCase() == Value.KindCase.STRING_VALUE) {
                strings.put(key, value.getStringValue());
              }
            });
    return strings;
  }

  private static String stringOf(Map<String, Value> fields, String key) {
    Value value = fields.get(key);
    if (value == null) {
      return "";
    }
    return value.getKindCase() == Value.KindCase.NUMBER_VALUE
        ? Long.toString((long) value.getNumberValue())
        : value.getStringValue();
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }
}

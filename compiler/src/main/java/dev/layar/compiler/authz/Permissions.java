package dev.layar.compiler.authz;

import com.google.protobuf.UInt32Value;
import dev.layar.compiler.build.Xds;
import dev.layar.model.istio.AuthorizationPolicy.Operation;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is asked for, as Envoy's permissions (Istio {@code pilot/pkg/security/authz/model}). Absent
 * values mean that a plain TCP connection cannot tell.
 */
final class Permissions {
  static final Permission ANY = Permission.newBuilder().setAny(true).build();
  static final Permission NEVER = Permission.newBuilder().setNotRule(ANY).build();

  private final boolean tcp;

  Permissions(boolean tcp) {
    this.tcp = tcp;
  }

  /** All conditions of an operation. */
  List<Condition<Permission>> of(Operation operation) {
    List<Condition<Permission>> all = new ArrayList<>();
    add(all, operation.hosts(), operation.notHosts(), this::host);
    add(all, operation.ports(), operation.notPorts(), Permissions::port);
    add(all, operation.methods(), operation.notMethods(), this::method);
    add(all, operation.paths(), operation.notPaths(), this::path);
    return all;
  }

  /** The condition of a {@code when}, absent when its attribute is about the caller. */
  Optional<Condition<Permission>> of(String key, List<String> values, List<String> notValues) {
    Function<String, Optional<Permission>> reader =
        switch (key) {
          case "destination.ip" -> Permissions::address;
          case "destination.port" -> Permissions::port;
          case "connection.sni" -> Permissions::sni;
          default -> null;
        };
    if (reader == null && key.startsWith("experimental.envoy.filters.")) {
      reader = value -> filterMetadata(key.substring("experimental.".length()), value);
    }
    return reader == null ? Optional.empty() : Optional.of(Condition.of(values, notValues, reader));
  }

  private static void add(
      List<Condition<Permission>> all,
      List<String> values,
      List<String> notValues,
      Function<String, Optional<Permission>> reader) {
    if (!values.isEmpty() || !notValues.isEmpty()) {
      all.add(Condition.of(values, notValues, reader));
    }
  }

  private Optional<Permission> http(Permission.Builder permission) {
    return tcp ? Optional.empty() : Optional.of(permission.build());
  }

  /** Hosts are compared without regard to case (RFC 3986 §3.2.2). */
  private Optional<Permission> host(String host) {
    return http(Permission.newBuilder().setHeader(Texts.header(":authority", host, true)));
  }

  private Optional<Permission> method(String method) {
    return http(Permission.newBuilder().setHeader(Texts.header(":method", method, false)));
  }

  private Optional<Permission> path(String path) {
    if (path.contains("{*}") || path.contains("{**}")) {
      String template = path.replace("{*}", "*").replace("{**}", "**");
      return http(
          Permission.newBuilder()
              .setUriTemplate(
                  TypedExtensionConfig.newBuilder()
                      .setName("uri-template")
                      .setTypedConfig(
                          Xds.any(
                              UriTemplateMatchConfig.newBuilder()
                                  .setPathTemplate(template)
                                  .build()))));
    }
    return http(
        Permission.newBuilder().setUrlPath(PathMatcher.newBuilder().setPath(Texts.string(path))));
  }

  private static Optional<Permission> port(String port) {
    return Optional.of(
        port.matches("[0-9]{1,5}")
            ? Permission.newBuilder().setDestinationPort(Integer.parseInt(port)).build()
            : NEVER);
  }

  private static Optional<Permission> address(String address) {
    return Optional.of(Permission.newBuilder().setDestinationIp(cidr(address)).build());
  }

  private static Optional<Permission> sni(String name) {
    return Optional.of(Permission.newBuilder().setRequestedServerName(Texts.string(name)).build());
  }

  /** {@code envoy.filters.FILTER[KEY]}. */
  private static Optional<Permission> filterMetadata(String key, String text) {
    int bracket = key.indexOf('[');
    String filter = bracket < 0 ? key : key.substring(0, bracket);
    String field =
        bracket < 0 || !key.endsWith("]") ? "" : key.substring(bracket + 1, key.length() - 1);
    boolean list = text.startsWith("[") && text.endsWith("]") && text.length() > 1;
    String plain = list ? text.substring(1, text.length() - 1) : text;
    return Optional.of(
        Permission.newBuilder()
            .setMetadata(Texts.metadata(filter, List.of(field), plain).get(list ? 1 : 0))
            .build());
  }

  /** An IP or CIDR; without a length it is one address. */
  static CidrRange cidr(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    int whole = address.contains(":") ? 128 : 32;
    String length = slash < 0 ? "" : text.substring(slash + 1);
    int bits = length.matches("[0-9]{1,3}") ? Integer.parseInt(length) : whole;
    return CidrRange.newBuilder()
        .setAddressPrefix(address)
        .setPrefixLen(UInt32Value.of(bits))
        .build();
  }

  static Permission and(List<Permission> all) {
    return all.isEmpty()
        ? ANY
        : Permission.newBuilder().setAndRules(Permission.Set.newBuilder().addAllRules(all)).build();
  }

  static Permission or(List<Permission> any) {
    return Permission.newBuilder().setOrRules(Permission.Set.newBuilder().addAllRules(any)).build();
  }

  static Permission not(Permission permission) {
    return Permission.newBuilder().setNotRule(permission).build();
  }
}

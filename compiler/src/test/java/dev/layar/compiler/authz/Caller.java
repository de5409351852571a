package dev.layar.compiler.authz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Somebody who calls, and what Envoy's RBAC filters say to that; an oracle for tests. */
final class Caller {
  private final Map<String, String> headers = new TreeMap<>();
  private final Map<String, Object> claims = new TreeMap<>();
  private String identity = "";
  private String peer = "10.0.0.1";
  private String remote = "10.0.0.1";
  private String sni = "";
  private int port = 80;

  static Caller get(String path) {
    return new Caller().header(":method", "GET").header(":path", path).header(":authority", "a");
  }

  Caller header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  Caller claim(String name, Object value) {
    claims.put(name, value);
    return this;
  }

  Caller as(String principal) {
    identity = "spiffe://" + principal;
    return this;
  }

  Caller from(String peerAddress, String remoteAddress) {
    peer = peerAddress;
    remote = remoteAddress;
    return this;
  }

  Caller to(int number) {
    port = number;
    return this;
  }

  Caller sni(String name) {
    sni = name;
    return this;
  }

  /** The name of the filter's first refusal, or empty when all let the request through. */
  boolean passes(List<HttpFilter> filters) throws InvalidProtocolBufferException {
    for (HttpFilter filter : filters) {
      if (filter.getName().equals("envoy.filters.http.rbac")) {
        var rbac =
            filter
                .getTypedConfig()
                .unpack(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.class);
        if (rbac.hasRules() && !allows(rbac.getRules())) {
          return false;
        }
      }
    }
    return true;
  }

  boolean connects(List<Filter> filters) throws InvalidProtocolBufferException {
    for (Filter filter : filters) {
      assertThat(filter.getName()).isEqualTo("envoy.filters.network.rbac");
      var rbac =
          filter
              .getTypedConfig()
              .unpack(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.class);
      if (rbac.hasRules() && !allows(rbac.getRules())) {
        return false;
      }
    }
    return true;
  }

  /** Envoy config.rbac.v3.RBAC: ALLOW needs a policy that matches, DENY none. */
  boolean allows(RBAC rbac) {
    boolean matched =
        rbac.getPoliciesMap().values().stream()
            .anyMatch(
                policy ->
                    policy.getPermissionsList().stream().anyMatch(this::asks)
                        && policy.getPrincipalsList().stream().anyMatch(this::is));
    return switch (rbac.getAction()) {
      case ALLOW -> matched;
      case DENY -> !matched;
      case LOG, UNRECOGNIZED -> true;
    };
  }

  private boolean asks(Permission permission) {
    return switch (permission.getRuleCase()) {
      case ANY -> permission.getAny();
      case AND_RULES -> permission.getAndRules().getRulesList().stream().allMatch(this::asks);
      case OR_RULES -> permission.getOrRules().getRulesList().stream().anyMatch(this::asks);
      case NOT_RULE -> !asks(permission.getNotRule());
      case HEADER -> matches(permission.getHeader());
      case URL_PATH -> matches(permission.getUrlPath().getPath(), path());
      case URI_TEMPLATE -> template(permission);
      case DESTINATION_PORT -> permission.getDestinationPort() == port;
      case REQUESTED_SERVER_NAME -> matches(permission.getRequestedServerName(), sni);
      default -> throw new AssertionError("not in tests: " + permission.getRuleCase());
    };
  }

  private boolean is(Principal principal) {
    return switch (principal.getIdentifierCase()) {
      case ANY -> principal.getAny();
      case AND_IDS -> principal.getAndIds().getIdsList().stream().allMatch(this::is);
      case OR_IDS -> principal.getOrIds().getIdsList().stream().anyMatch(this::is);
      case NOT_ID -> !is(principal.getNotId());
      case AUTHENTICATED ->
          !identity.isEmpty() && matches(principal.getAuthenticated().getPrincipalName(), identity);
      case DIRECT_REMOTE_IP -> inside(principal.getDirectRemoteIp(), peer);
      case REMOTE_IP -> inside(principal.getRemoteIp(), remote);
      case HEADER -> matches(principal.getHeader());
      case METADATA -> matches(principal.getMetadata());
      default -> throw new AssertionError("not in tests: " + principal.getIdentifierCase());
    };
  }

  private String path() {
    return headers.getOrDefault(":path", "");
  }

  private boolean template(Permission permission) {
    try {
      String template =
          permission
              .getUriTemplate()
              .getTypedConfig()
              .unpack(UriTemplateMatchConfig.class)
              .getPathTemplate();
      return path().matches(template.replace("**", "\0").replace("*", "[^/]+").replace("\0", ".*"));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private boolean matches(HeaderMatcher matcher) {
    String value = headers.get(matcher.getName().toLowerCase(Locale.ROOT));
    return value != null && (matcher.hasPresentMatch() || matches(matcher.getStringMatch(), value));
  }

  private boolean matches(MetadataMatcher matcher) {
    assertThat(matcher.getFilter()).isEqualTo("envoy.filters.http.jwt_authn");
    assertThat(matcher.getPath(0).getKey()).isEqualTo("payload");
    Object value = claims;
    for (MetadataMatcher.PathSegment step :
        matcher.getPathList().subList(1, matcher.getPathCount())) {
      value = value instanceof Map<?, ?> map ? map.get(step.getKey()) : null;
    }
    return matches(matcher.getValue(), value);
  }

  private static boolean matches(ValueMatcher matcher, @Nullable Object value) {
    return switch (matcher.getMatchPatternCase()) {
      case STRING_MATCH -> value instanceof String text && matches(matcher.getStringMatch(), text);
      case LIST_MATCH ->
          value instanceof List<?> list
              && list.stream().anyMatch(item -> matches(matcher.getListMatch().getOneOf(), item));
      default -> throw new AssertionError("not in tests: " + matcher.getMatchPatternCase());
    };
  }

  private static boolean matches(StringMatcher matcher, String written) {
    String text = matcher.getIgnoreCase() ? written.toLowerCase(Locale.ROOT) : written;
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> text.equals(fold(matcher, matcher.getExact()));
      case PREFIX -> text.startsWith(fold(matcher, matcher.getPrefix()));
      case SUFFIX -> text.endsWith(fold(matcher, matcher.getSuffix()));
      case SAFE_REGEX -> Pattern.matches(matcher.getSafeRegex().getRegex(), written);
      default -> throw new AssertionError("not in tests: " + matcher.getMatchPatternCase());
    };
  }

  private static String fold(StringMatcher matcher, String text) {
    return matcher.getIgnoreCase() ? text.toLowerCase(Locale.ROOT) : text;
  }

  private static boolean inside(CidrRange range, String address) {
    int shift = 32 - range.getPrefixLen().getValue();
    return shift == 32 || bits(range.getAddressPrefix()) >>> shift == bits(address) >>> shift;
  }

  private static int bits(String address) {
    int bits = 0;
    for (String part : address.split("\\.")) {
      bits = bits << 8 | Integer.parseInt(part);
    }
    return bits;
  }
}

package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.re2j.Pattern;
import dev.layar.proxy.filter.rbac.AddressRange;
import dev.layar.proxy.filter.rbac.Condition;
import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.filter.rbac.RbacRules;
import dev.layar.proxy.filter.rbac.ValueCondition;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.BytesMatcher;
import dev.layar.proxy.route.Source;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * The RBAC filters' messages → {@link RbacConfig}. What cannot be expressed is an error: a rule
 * that is read wrongly lets through what it should not, or refuses what it should not.
 */
final class RbacReader {
  private static final String PEER_PRINCIPAL = "io.istio.peer_principal";

  /** {@code .*text.*} where nothing in the text is special. */
  private static final java.util.regex.Pattern SOMEWHERE =
      java.util.regex.Pattern.compile("\\.\\*([A-Za-z0-9/_:-]+)\\.\\*");

  /** What one part of a path may hold ({@code Envoy uri_template}). */
  private static final String PATH_CHARACTERS = "a-zA-Z0-9\\-._~%!$&'()+,;:@";

  private final Problems problems;

  private RbacReader(Problems problems) {
    this.problems = problems;
  }

  /** The HTTP filter; not to be used when {@code problems} has an error afterwards. */
  static RbacConfig http(Any config, String path, Problems problems) {
    try {
      var proto =
          io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.parseFrom(config.getValue());
      return http(proto, path, problems);
    } catch (InvalidProtocolBufferException e) {
      return undecodable(config, path, problems, e);
    }
  }

  private static RbacConfig http(
      io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC proto,
      String path,
      Problems problems) {
    SupportedFields.check(
        io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.getDescriptor(),
        proto,
        path,
        problems);
    if (proto.hasMatcher() || proto.hasShadowMatcher()) {
      unsupported(problems, path + ".matcher", "rules as a matcher tree are not read", "rules");
    }
    return config(
        proto.hasRules() ? proto.getRules() : null,
        proto.hasShadowRules() ? proto.getShadowRules() : null,
        proto.getShadowRulesStatPrefix(),
        new Source(proto.toByteArray()),
        path,
        problems);
  }

  /** What a route says in place of the listener. */
  static RbacConfig perRoute(Any config, String path, Problems problems) {
    try {
      return http(RBACPerRoute.parseFrom(config.getValue()).getRbac(), path + ".rbac", problems);
    } catch (InvalidProtocolBufferException e) {
      return undecodable(config, path, problems, e);
    }
  }

  /** The network filter. */
  static RbacConfig network(Any config, String path, Problems problems) {
    try {
      var proto =
          io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.parseFrom(config.getValue());
      SupportedFields.check(
          io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor(),
          proto,
          path,
          problems);
      if (proto.hasMatcher() || proto.hasShadowMatcher()) {
        unsupported(problems, path + ".matcher", "rules as a matcher tree are not read", "rules");
      }
      return config(
          proto.hasRules() ? proto.getRules() : null,
          proto.hasShadowRules() ? proto.getShadowRules() : null,
          proto.getShadowRulesStatPrefix(),
          new Source(proto.toByteArray()),
          path,
          problems);
    } catch (InvalidProtocolBufferException e) {
      return undecodable(config, path, problems, e);
    }
  }

  private static RbacConfig undecodable(
      Any config, String path, Problems problems, InvalidProtocolBufferException cause) {
    problems.error(
        Problems.UNDECODABLE, path, String.valueOf(cause.getMessage()), "", config.getTypeUrl());
    return new RbacConfig(null, null, "", new Source(new byte[0]));
  }

  private static RbacConfig config(
      @Nullable RBAC rules,
      @Nullable RBAC shadow,
      String shadowPrefix,
      Source source,
      String path,
      Problems problems) {
    RbacReader reader = new RbacReader(problems);
    return new RbacConfig(
        rules == null ? null : reader.rules(rules, path + ".rules"),
        shadow == null ? null : reader.rules(shadow, path + ".shadow_rules"),
        shadowPrefix,
        source);
  }

  private RbacRules rules(RBAC proto, String path) {
    RbacRules.Action action =
        switch (proto.getAction()) {
          case ALLOW -> RbacRules.Action.ALLOW;
          case DENY -> RbacRules.Action.DENY;
          case LOG -> RbacRules.Action.LOG;
          case UNRECOGNIZED -> {
            problems.invalid(
                path + ".action", "unknown action", proto.getActionValue(), "ALLOW, DENY or LOG");
            yield RbacRules.Action.DENY;
          }
        };
    List<RbacRules.Policy> policies = new ArrayList<>();
    proto
        .getPoliciesMap()
        .forEach(
            (name, policy) -> policies.add(policy(name, policy, path + ".policies[" + name + "]")));
    return new RbacRules(action, policies);
  }

  private RbacRules.Policy policy(String name, Policy proto, String path) {
    if (proto.hasCondition() || proto.hasCheckedCondition()) {
      unsupported(problems, path + ".condition", "CEL is not evaluated", "no condition");
    }
    List<Condition> permissions = new ArrayList<>();
    for (int i = 0; i < proto.getPermissionsCount(); i++) {
      permissions.add(permission(proto.getPermissions(i), path + ".permissions[" + i + "]"));
    }
    List<Condition> principals = new ArrayList<>();
    for (int i = 0; i < proto.getPrincipalsCount(); i++) {
      principals.add(principal(proto.getPrincipals(i), path + ".principals[" + i + "]"));
    }
    if (permissions.isEmpty() || principals.isEmpty()) {
      problems.missing(path, "a policy needs permissions and principals", "one of each at least");
    }
    return RbacRules.Policy.of(name, any(permissions), any(principals));
  }

  private static Condition any(List<Condition> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Condition.Any(parts);
  }

  // ---- permissions

  private Condition permission(Permission proto, String path) {
    return switch (proto.getRuleCase()) {
      case AND_RULES ->
          new Condition.All(permissions(proto.getAndRules().getRulesList(), path + ".and_rules"));
      case OR_RULES ->
          new Condition.Any(permissions(proto.getOrRules().getRulesList(), path + ".or_rules"));
      case NOT_RULE -> new Condition.Not(permission(proto.getNotRule(), path + ".not_rule"));
      case ANY -> anything(proto.getAny(), path + ".any");
      case HEADER ->
          new Condition.Header(Matchers.header(proto.getHeader(), path + ".header", problems));
      case URL_PATH -> urlPath(proto.getUrlPath(), path + ".url_path");
      case DESTINATION_IP ->
          address(Condition.End.LOCAL, proto.getDestinationIp(), path + ".destination_ip");
      case DESTINATION_PORT ->
          new Condition.Port(proto.getDestinationPort(), proto.getDestinationPort() + 1);
      case DESTINATION_PORT_RANGE ->
          new Condition.Port(
              proto.getDestinationPortRange().getStart(), proto.getDestinationPortRange().getEnd());
      case METADATA -> metadata(proto.getMetadata(), path + ".metadata");
      case REQUESTED_SERVER_NAME ->
          new Condition.ServerName(
              text(proto.getRequestedServerName(), path + ".requested_server_name"));
      case URI_TEMPLATE -> template(proto.getUriTemplate(), path + ".uri_template");
      case MATCHER, SOURCED_METADATA, RULE_NOT_SET -> unknown(path, proto.getRuleCase().name());
    };
  }

  private List<Condition> permissions(List<Permission> protos, String path) {
    List<Condition> parts = new ArrayList<>();
    for (int i = 0; i < protos.size(); i++) {
      parts.add(permission(protos.get(i), path + ".rules[" + i + "]"));
    }
    return parts;
  }

  /** {@code *} is one part of a path, {@code **} any number of them. */
  private Condition template(TypedExtensionConfig proto, String path) {
    Any config = Extensions.unwrap(proto.getTypedConfig(), path + ".typed_config", problems);
    if (!Extensions.is(config, Extensions.URI_TEMPLATE)) {
      return unknown(path, config.getTypeUrl());
    }
    try {
      String template = UriTemplateMatchConfig.parseFrom(config.getValue()).getPathTemplate();
      Pattern pattern = Regexes.compile(regexOf(template), path + ".path_template", problems);
      return pattern == null ? unknown(path, template) : new Condition.Template(pattern);
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", config.getTypeUrl());
      return new Condition.Anything();
    }
  }

  private static String regexOf(String template) {
    String[] parts = template.split("\\*\\*", -1);
    for (int i = 0; i < parts.length; i++) {
      String[] pieces = parts[i].split("\\*", -1);
      for (int k = 0; k < pieces.length; k++) {
        pieces[k] = Pattern.quote(pieces[k]);
      }
      parts[i] = String.join("[" + PATH_CHARACTERS + "]+", pieces);
    }
    return String.join("[" + PATH_CHARACTERS + "/]*", parts);
  }

  // ---- principals

  private Condition principal(Principal proto, String path) {
    return switch (proto.getIdentifierCase()) {
      case AND_IDS ->
          new Condition.All(principals(proto.getAndIds().getIdsList(), path + ".and_ids"));
      case OR_IDS -> new Condition.Any(principals(proto.getOrIds().getIdsList(), path + ".or_ids"));
      case NOT_ID -> new Condition.Not(principal(proto.getNotId(), path + ".not_id"));
      case ANY -> anything(proto.getAny(), path + ".any");
      case AUTHENTICATED -> {
        Principal.Authenticated authenticated = proto.getAuthenticated();
        yield new Condition.Authenticated(
            authenticated.hasPrincipalName()
                ? text(authenticated.getPrincipalName(), path + ".authenticated.principal_name")
                : null);
      }
      case SOURCE_IP, DIRECT_REMOTE_IP, REMOTE_IP -> peer(proto, path);
      case HEADER ->
          new Condition.Header(Matchers.header(proto.getHeader(), path + ".header", problems));
      case URL_PATH -> urlPath(proto.getUrlPath(), path + ".url_path");
      case METADATA -> metadata(proto.getMetadata(), path + ".metadata");
      case FILTER_STATE -> filterState(proto, path + ".filter_state");
      case SOURCED_METADATA, CUSTOM, IDENTIFIER_NOT_SET ->
          unknown(path, proto.getIdentifierCase().name());
    };
  }

  private List<Condition> principals(List<Principal> protos, String path) {
    List<Condition> parts = new ArrayList<>();
    for (int i = 0; i < protos.size(); i++) {
      parts.add(principal(protos.get(i), path + ".ids[" + i + "]"));
    }
    return parts;
  }

  /** {@code source_ip} is the older name, for the socket's peer. */
  @SuppressWarnings("deprecation")
  private Condition peer(Principal proto, String path) {
    return switch (proto.getIdentifierCase()) {
      case REMOTE_IP -> address(Condition.End.REMOTE, proto.getRemoteIp(), path + ".remote_ip");
      case SOURCE_IP -> address(Condition.End.DIRECT, proto.getSourceIp(), path + ".source_ip");
      default ->
          address(Condition.End.DIRECT, proto.getDirectRemoteIp(), path + ".direct_remote_ip");
    };
  }

  private Condition filterState(Principal proto, String path) {
    var state = proto.getFilterState();
    return state.getKey().equals(PEER_PRINCIPAL) && state.hasStringMatch()
        ? new Condition.PeerPrincipal(text(state.getStringMatch(), path + ".string_match"))
        : unknown(path, state.getKey());
  }

  // ---- what both have

  private Condition anything(boolean yes, String path) {
    if (!yes) {
      problems.invalid(path, "must be true", false, "true");
    }
    return new Condition.Anything();
  }

  private Condition unknown(String path, String what) {
    problems.error(Problems.UNSUPPORTED, path, "this condition is not known", what, "another one");
    return new Condition.Anything();
  }

  private static void unsupported(Problems problems, String path, String message, String expected) {
    problems.error(Problems.UNSUPPORTED, path, message, "", expected);
  }

  private Condition urlPath(PathMatcher proto, String path) {
    return new Condition.Path(text(proto.getPath(), path + ".path"));
  }

  private Condition address(Condition.End end, CidrRange proto, String path) {
    InetAddress prefix = EndpointReader.ip(proto.getAddressPrefix());
    int bits = proto.getPrefixLen().getValue();
    if (prefix == null || bits < 0 || bits > prefix.getAddress().length * 8) {
      problems.invalid(
          path,
          "not a range of addresses",
          proto.getAddressPrefix() + "/" + bits,
          "an address and a prefix length");
      return new Condition.Anything();
    }
    return new Condition.Address(end, new AddressRange(prefix, bits));
  }

  private Condition metadata(MetadataMatcher proto, String path) {
    List<String> keys = new ArrayList<>();
    for (MetadataMatcher.PathSegment segment : proto.getPathList()) {
      keys.add(segment.getKey());
    }
    if (keys.isEmpty()) {
      problems.missing(path + ".path", "a metadata matcher needs a path", "one key at least");
    }
    return new Condition.Metadata(
        proto.getFilter(), keys, value(proto.getValue(), path + ".value"), proto.getInvert());
  }

  private ValueCondition value(ValueMatcher proto, String path) {
    return switch (proto.getMatchPatternCase()) {
      case NULL_MATCH -> new ValueCondition.IsNull();
      case DOUBLE_MATCH -> {
        var match = proto.getDoubleMatch();
        yield match.hasExact()
            ? new ValueCondition.Number(match.getExact(), match.getExact())
            : new ValueCondition.Number(match.getRange().getStart(), match.getRange().getEnd());
      }
      case STRING_MATCH ->
          new ValueCondition.Text(text(proto.getStringMatch(), path + ".string_match"));
      case BOOL_MATCH -> new ValueCondition.Flag(proto.getBoolMatch());
      case PRESENT_MATCH -> new ValueCondition.Present(proto.getPresentMatch());
      case LIST_MATCH ->
          new ValueCondition.OneOf(
              value(proto.getListMatch().getOneOf(), path + ".list_match.one_of"));
      case OR_MATCH -> {
        List<ValueCondition> parts = new ArrayList<>();
        for (int i = 0; i < proto.getOrMatch().getValueMatchersCount(); i++) {
          parts.add(
              value(
                  proto.getOrMatch().getValueMatchers(i),
                  path + ".or_match.value_matchers[" + i + "]"));
        }
        yield new ValueCondition.AnyOf(parts);
      }
      case MATCHPATTERN_NOT_SET -> {
        problems.missing(path, "no condition on the value", "string_match, list_match, …");
        yield new ValueCondition.IsNull();
      }
    };
  }

  /** Istio names namespaces by {@code ".*" + "/ns/NAME/.*"}, which needs no regular expression. */
  private BytesMatcher text(StringMatcher proto, String path) {
    Matcher somewhere = SOMEWHERE.matcher(proto.getSafeRegex().getRegex());
    return proto.hasSafeRegex() && somewhere.matches()
        ? new BytesMatcher.Contains(Ascii.bytes(somewhere.group(1)), false)
        : Matchers.string(proto, path, problems);
  }
}

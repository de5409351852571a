package dev.layar.compiler.authz;

import dev.layar.model.istio.AuthorizationPolicy.Source;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Who asks, as Envoy's principals (Istio {@code pilot/pkg/security/authz/model}). Absent values
 * mean that a plain TCP connection cannot tell.
 */
final class Principals {
  static final Principal ANY = Principal.newBuilder().setAny(true).build();
  static final Principal NEVER = Principal.newBuilder().setNotId(ANY).build();

  private static final String SPIFFE = "spiffe://";
  private static final String JWT = "envoy.filters.http.jwt_authn";
  private static final String PAYLOAD = "payload";
  private static final Pattern SPECIAL = Pattern.compile("[^A-Za-z0-9/_:-]");

  private final String namespace;
  private final boolean tcp;

  /**
   * A reader.
   *
   * @param namespace the policy's, which service accounts without one are in
   */
  Principals(String namespace, boolean tcp) {
    this.namespace = namespace;
    this.tcp = tcp;
  }

  /** All conditions of a source. */
  List<Condition<Principal>> of(Source source) {
    List<Condition<Principal>> all = new ArrayList<>();
    add(all, source.ipBlocks(), source.notIpBlocks(), Principals::peerAddress);
    add(all, source.remoteIpBlocks(), source.notRemoteIpBlocks(), Principals::callerAddress);
    add(all, source.namespaces(), source.notNamespaces(), Principals::namespace);
    add(all, source.serviceAccounts(), source.notServiceAccounts(), this::serviceAccount);
    add(all, source.principals(), source.notPrincipals(), Principals::identity);
    add(all, source.trustDomains(), source.notTrustDomains(), Principals::trustDomain);
    add(all, source.requestPrincipals(), source.notRequestPrincipals(), this::requestIdentity);
    return all;
  }

  /** The condition of a {@code when}, absent when its attribute is not about the caller. */
  Optional<Condition<Principal>> of(String key, List<String> values, List<String> notValues) {
    Function<String, Optional<Principal>> reader =
        switch (key) {
          case "source.ip" -> Principals::peerAddress;
          case "remote.ip" -> Principals::callerAddress;
          case "source.namespace" -> Principals::namespace;
          case "source.serviceAccount" -> this::serviceAccount;
          case "source.principal" -> Principals::identity;
          case "source.trustDomain" -> Principals::trustDomain;
          case "request.auth.principal" -> this::requestIdentity;
          case "request.auth.audiences" -> value -> claim(List.of("aud"), value);
          case "request.auth.presenter" -> value -> claim(List.of("azp"), value);
          default -> null;
        };
    if (reader == null && key.startsWith("request.headers[") && key.endsWith("]")) {
      String name = key.substring("request.headers[".length(), key.length() - 1);
      reader = value -> header(name, value);
    }
    if (reader == null && key.startsWith("request.auth.claims[")) {
      List<String> path = brackets(key.substring("request.auth.claims".length()));
      reader = value -> claim(path, value);
    }
    return reader == null ? Optional.empty() : Optional.of(Condition.of(values, notValues, reader));
  }

  private static void add(
      List<Condition<Principal>> all,
      List<String> values,
      List<String> notValues,
      Function<String, Optional<Principal>> reader) {
    if (!values.isEmpty() || !notValues.isEmpty()) {
      all.add(Condition.of(values, notValues, reader));
    }
  }

  /** {@code [a][b]}: the names, outermost first. */
  private static List<String> brackets(String text) {
    return text.startsWith("[") && text.endsWith("]")
        ? List.of(text.substring(1, text.length() - 1).split("]\\[", -1))
        : List.of(text);
  }

  private static Optional<Principal> peerAddress(String block) {
    return Optional.of(Principal.newBuilder().setDirectRemoteIp(Permissions.cidr(block)).build());
  }

  private static Optional<Principal> callerAddress(String block) {
    return Optional.of(Principal.newBuilder().setRemoteIp(Permissions.cidr(block)).build());
  }

  private static Optional<Principal> authenticated(StringMatcher name) {
    return Optional.of(
        Principal.newBuilder()
            .setAuthenticated(Principal.Authenticated.newBuilder().setPrincipalName(name))
            .build());
  }

  private static Optional<Principal> identity(String principal) {
    return authenticated(Texts.string(principal, SPIFFE, false));
  }

  private static Optional<Principal> namespace(String namespace) {
    return authenticated(Texts.regex(".*/ns/" + wildcard(namespace) + "/.*"));
  }

  private Optional<Principal> serviceAccount(String account) {
    int slash = account.indexOf('/');
    String in = slash < 0 ? namespace : account.substring(0, slash);
    String name = account.substring(slash + 1);
    return authenticated(
        Texts.regex(SPIFFE + "[^/]+/ns/" + wildcard(in) + "/sa/" + wildcard(name)));
  }

  private static Optional<Principal> trustDomain(String domain) {
    return authenticated(Texts.regex(SPIFFE + wildcard(domain) + "/.*"));
  }

  /** Names with {@code *} for any text. */
  private static String wildcard(String text) {
    return SPECIAL.matcher(text).replaceAll("\\\\$0").replace("\\*", ".*");
  }

  private Optional<Principal> header(String name, String value) {
    return tcp
        ? Optional.empty()
        : Optional.of(Principal.newBuilder().setHeader(Texts.header(name, value, false)).build());
  }

  private Optional<Principal> claim(List<String> path, String value) {
    if (tcp) {
      return Optional.empty();
    }
    List<String> whole = new ArrayList<>(List.of(PAYLOAD));
    whole.addAll(path);
    return Optional.of(
        or(
            Texts.metadata(JWT, whole, value).stream()
                .map(matcher -> Principal.newBuilder().setMetadata(matcher).build())
                .toList()));
  }

  /**
   * {@code ISSUER/SUBJECT}. Both may hold slashes, so a wildcard at the end may stand in the one or
   * in the other.
   */
  private Optional<Principal> requestIdentity(String text) {
    if (tcp) {
      return Optional.empty();
    }
    if (text.equals("*")) {
      return Optional.of(both("*", "*"));
    }
    int slash = text.lastIndexOf('/');
    if (slash < 0) {
      return Optional.of(
          text.startsWith("*") ? both("*", text) : text.endsWith("*") ? both(text, "*") : NEVER);
    }
    Principal split = both(text.substring(0, slash), text.substring(slash + 1));
    boolean openEnd = text.endsWith("*") && !text.startsWith("*");
    return Optional.of(openEnd ? or(List.of(split, both(text, "*"))) : split);
  }

  private static Principal both(String issuer, String subject) {
    return and(List.of(payload("iss", issuer), payload("sub", subject)));
  }

  private static Principal payload(String claim, String text) {
    ValueMatcher value = ValueMatcher.newBuilder().setStringMatch(Texts.string(text)).build();
    return Principal.newBuilder()
        .setMetadata(Texts.metadata(JWT, List.of(PAYLOAD, claim), value))
        .build();
  }

  static Principal and(List<Principal> all) {
    return all.isEmpty()
        ? ANY
        : Principal.newBuilder().setAndIds(Principal.Set.newBuilder().addAllIds(all)).build();
  }

  static Principal or(List<Principal> any) {
    return Principal.newBuilder().setOrIds(Principal.Set.newBuilder().addAllIds(any)).build();
  }

  static Principal not(Principal principal) {
    return Principal.newBuilder().setNotId(principal).build();
  }
}

package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.AuthorizationPolicy.Action;
import dev.layar.model.istio.AuthorizationPolicy.Condition;
import dev.layar.model.istio.AuthorizationPolicy.Operation;
import dev.layar.model.istio.AuthorizationPolicy.Source;
import dev.layar.model.istio.PeerAuthentication;
import dev.layar.model.istio.PolicySelector;
import dev.layar.model.istio.RequestAuthentication;
import dev.layar.model.istio.RequestAuthentication.JwtRule;
import dev.layar.model.istio.TargetReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PeerAuthentication, RequestAuthentication or AuthorizationPolicy. */
final class SecurityRules {
  private static final Set<String> TARGETS =
      Set.of(
          "/Service",
          "networking.istio.io/ServiceEntry",
          "gateway.networking.k8s.io/Gateway",
          "gateway.networking.k8s.io/GatewayClass");
  private static final Set<String> ADDRESS_KEYS =
      Set.of("source.ip", "remote.ip", "destination.ip");
  private static final Set<String> IDENTITY_KEYS =
      Set.of(
          "source.namespace",
          "source.principal",
          "source.serviceAccount",
          "source.trustDomain",
          "request.auth.principal",
          "request.auth.audiences",
          "request.auth.presenter");
  private static final Set<String> OTHER_KEYS = Set.of("destination.port", "connection.sni");
  private static final Pattern HEADER = Pattern.compile("[-_A-Za-z0-9]+");
  private static final Pattern TEMPLATE =
      Pattern.compile("(?:/(?:\\{\\*}|[^{}*/]*))*(?:/\\{\\*\\*}[^{}*]*)?");
  private static final Pattern ACCOUNT = Pattern.compile("[^/*]+(?:/[^/*]+)?");
  private static final Pattern TRUST_DOMAIN = Pattern.compile("\\*?[^*/]*|[^*/]*\\*");
  private static final int MAX_ACCOUNTS = 16;
  private static final int MAX_ACCOUNT = 320;

  private final Report report;
  private final Checks checks;

  SecurityRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(PeerAuthentication spec) {
    attached(spec.selector(), null, List.of());
    if (!spec.portLevelMtls().isEmpty()
        && (spec.selector() == null || spec.selector().matchLabels().isEmpty())) {
      report.add(
          Rule.PORT_MTLS_SELECTOR,
          "spec.portLevelMtls",
          "ports are those of some workloads, which a selector must name",
          "",
          "selector: {matchLabels: …}");
    }
    spec.portLevelMtls()
        .keySet()
        .forEach(port -> port(Paths.field("spec.portLevelMtls", port), port));
  }

  private void port(String path, String port) {
    boolean good = port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65535;
    if (!good || Integer.parseInt(port) < 1) {
      report.add(Rule.PORT, path, "this is not a port", port, "1 to 65535");
    }
  }

  /** What a policy is attached to, in one way at most. */
  void attached(
      @Nullable PolicySelector selector,
      @Nullable TargetReference target,
      List<TargetReference> targets) {
    if (selector != null) {
      checks.selector("spec.selector.matchLabels", selector.matchLabels(), true);
    }
    int ways = (selector == null ? 0 : 1) + (target == null ? 0 : 1) + (targets.isEmpty() ? 0 : 1);
    if (ways > 1) {
      report.add(
          Rule.TARGETS,
          target == null ? "spec.targetRefs" : "spec.targetRef",
          "a policy has a selector, or targets, not both");
    }
    if (target != null) {
      target("spec.targetRef", target);
    }
    for (int i = 0; i < targets.size(); i++) {
      target(Paths.item("spec.targetRefs", i), targets.get(i));
    }
  }

  private void target(String path, TargetReference target) {
    if (!TARGETS.contains(target.group() + "/" + target.kind())
        || target.name().isEmpty()
        || !target.namespace().isEmpty()) {
      report.add(
          Rule.TARGETS,
          path,
          "a target is a Service, ServiceEntry, Gateway or GatewayClass by name, of this namespace",
          target.group() + "/" + target.kind(),
          String.join(", ", TARGETS.stream().sorted().toList()));
    }
  }

  void check(RequestAuthentication spec) {
    attached(spec.selector(), spec.targetRef(), spec.targetRefs());
    for (int i = 0; i < spec.jwtRules().size(); i++) {
      jwt(Paths.item("spec.jwtRules", i), spec.jwtRules().get(i));
    }
  }

  private void jwt(String path, JwtRule rule) {
    if (rule.issuer().isEmpty()) {
      report.add(Rule.JWT_ISSUER, path + ".issuer", "there is no issuer");
    }
    if (!rule.jwksUri().isEmpty()
        && !rule.jwksUri().startsWith("https://")
        && !rule.jwksUri().startsWith("http://")) {
      report.add(
          Rule.JWKS_URI,
          path + ".jwksUri",
          "this is not an http(s) URL",
          rule.jwksUri(),
          "https://…");
    }
    filled(path + ".audiences", rule.audiences(), Rule.JWT_SOURCE);
    filled(path + ".fromParams", rule.fromParams(), Rule.JWT_SOURCE);
    filled(path + ".fromCookies", rule.fromCookies(), Rule.JWT_SOURCE);
    filled(
        path + ".fromHeaders",
        rule.fromHeaders().stream().map(RequestAuthentication.JwtHeader::name).toList(),
        Rule.JWT_SOURCE);
    for (int i = 0; i < rule.outputClaimToHeaders().size(); i++) {
      var output = rule.outputClaimToHeaders().get(i);
      if (!HEADER.matcher(output.header()).matches() || output.claim().isEmpty()) {
        report.add(
            Rule.JWT_SOURCE,
            Paths.item(path + ".outputClaimToHeaders", i),
            "a header's name and a claim are needed",
            output.header(),
            "letters, digits, dashes and underscores");
      }
    }
    checks.duration(path + ".timeout", rule.timeout());
  }

  private void filled(String path, List<String> texts, Rule rule) {
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).isEmpty()) {
        report.add(rule, Paths.item(path, i), "the text is empty");
      }
    }
  }

  void check(AuthorizationPolicy spec) {
    attached(spec.selector(), spec.targetRef(), spec.targetRefs());
    provider(spec);
    if (spec.action() == Action.DENY && spec.rules().isEmpty()) {
      report.add(Rule.DENY_NOTHING, "spec.rules", "DENY without rules denies nothing", "", "[{}]");
    }
    for (int i = 0; i < spec.rules().size(); i++) {
      rule(Paths.item("spec.rules", i), spec.rules().get(i), spec.action());
    }
  }

  private void provider(AuthorizationPolicy spec) {
    boolean named = spec.provider() != null && !spec.provider().name().isEmpty();
    if (spec.action() == Action.CUSTOM) {
      if (!named || spec.rules().isEmpty()) {
        report.add(Rule.PROVIDER, "spec", "CUSTOM needs a provider and rules");
      }
    } else if (spec.provider() != null) {
      report.add(Rule.PROVIDER, "spec.provider", "only CUSTOM has a provider");
    }
  }

  private void rule(String path, AuthorizationPolicy.Rule rule, Action action) {
    for (int i = 0; i < rule.from().size(); i++) {
      source(Paths.item(path + ".from", i) + ".source", rule.from().get(i).source(), action);
    }
    for (int i = 0; i < rule.to().size(); i++) {
      operation(Paths.item(path + ".to", i) + ".operation", rule.to().get(i).operation());
    }
    for (int i = 0; i < rule.when().size(); i++) {
      when(Paths.item(path + ".when", i), rule.when().get(i), action);
    }
    if (action == Action.DENY && httpOnly(rule)) {
      report.add(
          Rule.DENY_HTTP_ONLY,
          path,
          "on ports that are not HTTP this denies everything: conditions on HTTP are left out"
              + " there");
    }
  }

  /** Whether nothing of the rule is left on a plain TCP connection. */
  private static boolean httpOnly(AuthorizationPolicy.Rule rule) {
    boolean http =
        !rule.to().isEmpty()
            && rule.to().stream()
                .allMatch(
                    to ->
                        to.operation() != null
                            && to.operation().ports().isEmpty()
                            && to.operation().notPorts().isEmpty());
    return http && rule.from().isEmpty() && rule.when().isEmpty();
  }

  private void source(String path, @Nullable Source source, Action action) {
    List<List<String>> identities =
        source == null
            ? List.of()
            : List.of(
                source.principals(),
                source.notPrincipals(),
                source.requestPrincipals(),
                source.notRequestPrincipals(),
                source.namespaces(),
                source.notNamespaces(),
                source.serviceAccounts(),
                source.notServiceAccounts(),
                source.trustDomains(),
                source.notTrustDomains());
    List<List<String>> addresses =
        source == null
            ? List.of()
            : List.of(
                source.ipBlocks(),
                source.notIpBlocks(),
                source.remoteIpBlocks(),
                source.notRemoteIpBlocks());
    if (Stream.concat(identities.stream(), addresses.stream()).allMatch(List::isEmpty)) {
      report.add(Rule.RULE_EMPTY, path, "the source names nobody");
      return;
    }
    texts(path, identities);
    for (List<String> blocks : addresses) {
      blocks.forEach(block -> checks.subnet(path, block));
    }
    if (action == Action.CUSTOM && !identities.stream().allMatch(List::isEmpty)) {
      report.add(
          Rule.CUSTOM_IDENTITY, path, "CUSTOM is decided before callers' identities are known");
    }
    if (source != null) {
      accounts(path, source);
      trustDomains(path, source);
    }
  }

  private void texts(String path, List<List<String>> lists) {
    if (lists.stream().anyMatch(list -> list.contains(""))) {
      report.add(Rule.VALUE_EMPTY, path, "a value is empty", "", "* for anything");
    }
  }

  private void accounts(String path, Source source) {
    List<String> all = new ArrayList<>(source.serviceAccounts());
    all.addAll(source.notServiceAccounts());
    boolean wellFormed =
        all.stream().allMatch(a -> a.length() <= MAX_ACCOUNT && ACCOUNT.matcher(a).matches());
    boolean alone =
        all.isEmpty()
            || source.principals().isEmpty()
                && source.notPrincipals().isEmpty()
                && source.namespaces().isEmpty()
                && source.notNamespaces().isEmpty();
    if (!wellFormed
        || !alone
        || source.serviceAccounts().size() > MAX_ACCOUNTS
        || source.notServiceAccounts().size() > MAX_ACCOUNTS) {
      report.add(
          Rule.ACCOUNTS,
          path + ".serviceAccounts",
          "at most 16 accounts without wildcards, not together with principals or namespaces",
          "",
          "namespace/account or account");
    }
  }

  private void trustDomains(String path, Source source) {
    boolean good =
        Stream.concat(source.trustDomains().stream(), source.notTrustDomains().stream())
            .allMatch(domain -> TRUST_DOMAIN.matcher(domain).matches());
    if (!good) {
      report.add(
          Rule.TRUST_DOMAIN,
          path + ".trustDomains",
          "a trust domain has no slash, and at most one * at one end");
    }
  }

  private void operation(String path, @Nullable Operation operation) {
    List<List<String>> texts =
        operation == null
            ? List.of()
            : List.of(
                operation.hosts(),
                operation.notHosts(),
                operation.methods(),
                operation.notMethods(),
                operation.paths(),
                operation.notPaths());
    if (operation == null
        || texts.stream().allMatch(List::isEmpty)
            && operation.ports().isEmpty()
            && operation.notPorts().isEmpty()) {
      report.add(Rule.RULE_EMPTY, path, "the operation names nothing");
      return;
    }
    texts(path, texts);
    operation.ports().forEach(port -> port(path + ".ports", port));
    operation.notPorts().forEach(port -> port(path + ".notPorts", port));
    Stream.concat(operation.paths().stream(), operation.notPaths().stream())
        .filter(text -> text.contains("{") || text.contains("}"))
        .filter(text -> !TEMPLATE.matcher(text).matches())
        .forEach(
            text ->
                report.add(
                    Rule.PATH_TEMPLATE,
                    path + ".paths",
                    "a template has {*} for one segment and {**} at most once, and last",
                    text,
                    "/users/{*}/orders/{**}"));
  }

  private void when(String path, Condition condition, Action action) {
    String key = condition.key();
    boolean bracketed =
        key.matches("request\\.headers\\[.+]|request\\.auth\\.claims(\\[.+])+")
            || key.startsWith("experimental.envoy.filters.");
    boolean known =
        bracketed
            || ADDRESS_KEYS.contains(key)
            || IDENTITY_KEYS.contains(key)
            || OTHER_KEYS.contains(key);
    if (!known || condition.values().isEmpty() && condition.notValues().isEmpty()) {
      report.add(
          Rule.CONDITION,
          path,
          known ? "there are no values" : "this attribute is not known",
          key,
          "for example request.headers[x-user], source.ip or request.auth.claims[group]");
    }
    boolean identity = IDENTITY_KEYS.contains(key) || key.startsWith("request.auth.claims");
    if (action == Action.CUSTOM && identity) {
      report.add(
          Rule.CUSTOM_IDENTITY, path, "CUSTOM is decided before callers' identities are known");
    }
    texts(path, List.of(condition.values(), condition.notValues()));
    if (ADDRESS_KEYS.contains(key)) {
      Stream.concat(condition.values().stream(), condition.notValues().stream())
          .forEach(block -> checks.subnet(path, block));
    }
    if (key.equals("destination.port")) {
      Stream.concat(condition.values().stream(), condition.notValues().stream())
          .forEach(port -> port(path, port));
    }
  }
}

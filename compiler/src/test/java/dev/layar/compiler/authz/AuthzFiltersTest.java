package dev.layar.compiler.authz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.base.Result;
import dev.layar.compiler.MeshState;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryEngine;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import dev.layar.model.istio.MeshConfig;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who may call, by what Envoy's filters would say (istio.io "Security policy"). */
class AuthzFiltersTest {
  private static final Workload REVIEWS = new Workload("shop", Map.of("app", "reviews"), false);
  private static final String BOOKINFO = "cluster.local/ns/shop/sa/bookinfo";

  /** The filters of a workload in a mesh of these policies. */
  private static final class World {
    private final AuthzFilters filters;
    private final QueryEngine engine;
    private final Query<Workload, List<HttpFilter>> http;
    private final Query<Workload, List<Filter>> tcp;

    World(String mesh, String... policies) {
      MeshConfig config =
          switch (Decoder.record("mesh", mesh, MeshConfig.class)) {
            case Result.Ok<MeshConfig> ok -> ok.value();
            case Result.Rejected<MeshConfig> no -> throw new AssertionError(no.findings());
          };
      filters = new AuthzFilters("istio-system", MeshState.ORDER, config.extensionProviders());
      engine = new QueryEngine(1, filters.indexes());
      http = new Query<>("http", filters::http);
      tcp = new Query<>("tcp", filters::tcp);
      for (String policy : policies) {
        Decoded decoded = Decoder.decode("test", policy);
        assertThat(decoded.findings()).noneMatch(f -> f.isError());
        for (Resource<?> object : decoded.resources()) {
          engine.set(MeshObjects.OBJECTS, object.key(), object);
        }
      }
    }

    List<HttpFilter> http(Workload workload) {
      return engine.get(http, workload);
    }

    List<Filter> tcp(Workload workload) {
      return engine.get(tcp, workload);
    }

    boolean passes(Caller caller) throws InvalidProtocolBufferException {
      return caller.passes(http(REVIEWS));
    }

    boolean connects(Caller caller) throws InvalidProtocolBufferException {
      return caller.connects(tcp(REVIEWS));
    }
  }

  private static World of(String... specs) {
    String[] policies = new String[specs.length];
    for (int i = 0; i < specs.length; i++) {
      policies[i] = policy("shop", "p" + i, specs[i]);
    }
    return new World("", policies);
  }

  private static String policy(String namespace, String name, String spec) {
    return """
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: %s, namespace: %s}
    spec: {%s}
    """
        .formatted(name, namespace, spec);
  }

  private static String jwt(String spec) {
    return """
    apiVersion: security.istio.io/v1
    kind: RequestAuthentication
    metadata: {name: jwt, namespace: shop}
    spec: {%s}
    """
        .formatted(spec);
  }

  @Test
  void withoutPoliciesThereAreNoFilters() {
    assertThat(of().http(REVIEWS)).isEmpty();
    assertThat(of().tcp(REVIEWS)).isEmpty();
  }

  @Test
  void allowWithoutRulesDeniesAllAndAnEmptyRuleAllowsAll() throws Exception {
    assertThat(of("action: ALLOW").passes(Caller.get("/"))).isFalse();
    assertThat(of("rules: [{}]").passes(Caller.get("/"))).isTrue();
    assertThat(of("action: DENY").passes(Caller.get("/"))).isTrue();
    assertThat(of("action: DENY, rules: [{}]").passes(Caller.get("/"))).isFalse();
    assertThat(of("action: AUDIT, rules: [{}]").passes(Caller.get("/"))).isTrue();
  }

  @Test
  void denyComesBeforeAllowAndOneAllowIsEnough() throws Exception {
    World world =
        of(
            "rules: [{to: [{operation: {methods: [GET]}}]}]",
            "rules: [{to: [{operation: {methods: [POST]}}]}]",
            "action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]");
    assertThat(world.passes(Caller.get("/"))).isTrue();
    assertThat(world.passes(Caller.get("/").header(":method", "POST"))).isTrue();
    assertThat(world.passes(Caller.get("/").header(":method", "PUT"))).isFalse();
    assertThat(world.passes(Caller.get("/admin/x"))).isFalse();
    assertThat(world.http(REVIEWS))
        .extracting(f -> f.getTypedConfig().unpack(RBAC.class).getRules().getAction())
        .containsExactly(
            io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.DENY,
            io.envoyproxy.envoy.config.rbac.v3.RBAC.Action.ALLOW);
  }

  @Test
  void fieldsAreAllMeantAndValuesAreAlternatives() throws Exception {
    World world =
        of(
            "rules: [{from: [{source: {principals: ["
                + BOOKINFO
                + ", cluster.local/ns/shop/sa/x], ipBlocks: [10.1.0.0/16]}},"
                + " {source: {namespaces: [ops]}}], to: [{operation: {methods: [GET, HEAD], paths:"
                + " [/a]}}]}]");
    assertThat(world.passes(Caller.get("/a").as(BOOKINFO).from("10.1.2.3", "1.1.1.1"))).isTrue();
    assertThat(world.passes(Caller.get("/a").as(BOOKINFO).from("10.2.2.3", "1.1.1.1"))).isFalse();
    assertThat(world.passes(Caller.get("/a").as("cluster.local/ns/ops/sa/any"))).isTrue();
    assertThat(world.passes(Caller.get("/b").as("cluster.local/ns/ops/sa/any"))).isFalse();
    assertThat(world.passes(Caller.get("/a"))).isFalse();
  }

  @Test
  void negativesExclude() throws Exception {
    World world =
        of(
            "rules: [{from: [{source: {notNamespaces: [bad]}}], to: [{operation: {notPaths: [/x*],"
                + " notMethods: [PUT]}}]}]");
    assertThat(world.passes(Caller.get("/a").as("cluster.local/ns/good/sa/s"))).isTrue();
    assertThat(world.passes(Caller.get("/a"))).isTrue();
    assertThat(world.passes(Caller.get("/a").as("cluster.local/ns/bad/sa/s"))).isFalse();
    assertThat(world.passes(Caller.get("/xy"))).isFalse();
    assertThat(world.passes(Caller.get("/a").header(":method", "PUT"))).isFalse();
  }

  @Test
  void stringsHaveAWildcardAtOneEnd() throws Exception {
    World world = of("rules: [{to: [{operation: {paths: [/a, /b/*, '*.html']}}]}]");
    assertThat(world.passes(Caller.get("/a"))).isTrue();
    assertThat(world.passes(Caller.get("/a/"))).isFalse();
    assertThat(world.passes(Caller.get("/b/c"))).isTrue();
    assertThat(world.passes(Caller.get("/b"))).isFalse();
    assertThat(world.passes(Caller.get("/x/y.html"))).isTrue();
    World templates = of("rules: [{to: [{operation: {paths: ['/v/{*}/w', '/deep/{**}']}}]}]");
    assertThat(templates.passes(Caller.get("/v/1/w"))).isTrue();
    assertThat(templates.passes(Caller.get("/v/1/2/w"))).isFalse();
    assertThat(templates.passes(Caller.get("/deep/1/2"))).isTrue();
  }

  @Test
  void hostsAreComparedWithoutRegardToCase() throws Exception {
    World world = of("rules: [{to: [{operation: {hosts: [Shop.example.com, '*.test']}}]}]");
    assertThat(world.passes(Caller.get("/").header(":authority", "SHOP.example.COM"))).isTrue();
    assertThat(world.passes(Caller.get("/").header(":authority", "a.TEST"))).isTrue();
    assertThat(world.passes(Caller.get("/").header(":authority", "example.com"))).isFalse();
  }

  @Test
  void conditionsOnCallerAndCallMustAllHold() throws Exception {
    World world =
        of(
            "rules: [{when: [{key: 'request.headers[x-v]', values: ['1', a*]}, {key:"
                + " destination.port, values: ['80']}, {key: source.namespace, notValues: [bad]},"
                + " {key: remote.ip, values: [192.0.2.0/24]}]}]");
    Caller good = Caller.get("/").header("x-v", "abc").from("10.0.0.1", "192.0.2.7");
    assertThat(world.passes(good)).isTrue();
    assertThat(world.passes(good.to(81))).isFalse();
    assertThat(world.passes(Caller.get("/").header("x-v", "2").from("10.0.0.1", "192.0.2.7")))
        .isFalse();
    assertThat(world.passes(Caller.get("/").header("x-v", "1").from("192.0.2.7", "10.0.0.1")))
        .isFalse();
    World present = of("rules: [{when: [{key: 'request.headers[x-v]', values: ['*']}]}]");
    assertThat(present.passes(Caller.get("/"))).isFalse();
    assertThat(present.passes(Caller.get("/").header("x-v", "any"))).isTrue();
    World sni = of("rules: [{when: [{key: connection.sni, values: ['*.example.com']}]}]");
    assertThat(sni.passes(Caller.get("/").sni("a.example.com"))).isTrue();
    assertThat(sni.passes(Caller.get("/"))).isFalse();
  }

  @Test
  void identitiesOfWorkloads() throws Exception {
    Caller bookinfo = Caller.get("/").as(BOOKINFO);
    Caller other = Caller.get("/").as("td2/ns/shop-2/sa/bookinfo");
    World account = of("rules: [{from: [{source: {serviceAccounts: [bookinfo]}}]}]");
    assertThat(account.passes(bookinfo)).isTrue();
    assertThat(account.passes(other)).isFalse();
    World foreign = of("rules: [{from: [{source: {serviceAccounts: [shop-2/bookinfo]}}]}]");
    assertThat(foreign.passes(other)).isTrue();
    assertThat(foreign.passes(bookinfo)).isFalse();
    World namespaces = of("rules: [{from: [{source: {namespaces: [shop-*]}}]}]");
    assertThat(namespaces.passes(other)).isTrue();
    assertThat(namespaces.passes(bookinfo)).isFalse();
    World domain = of("rules: [{from: [{source: {trustDomains: [cluster.local]}}]}]");
    assertThat(domain.passes(bookinfo)).isTrue();
    assertThat(domain.passes(other)).isFalse();
    assertThat(domain.passes(Caller.get("/").as("cluster-local/ns/a/sa/b"))).isFalse();
    World any = of("rules: [{from: [{source: {principals: ['*']}}]}]");
    assertThat(any.passes(other)).isTrue();
    assertThat(any.passes(Caller.get("/"))).isFalse();
    World suffix = of("rules: [{from: [{source: {principals: ['*/sa/bookinfo']}}]}]");
    assertThat(suffix.passes(other)).isTrue();
    assertThat(suffix.passes(Caller.get("/").as("a/ns/b/sa/c"))).isFalse();
  }

  @Test
  void identitiesAndClaimsOfTokens() throws Exception {
    Caller alice = Caller.get("/").claim("iss", "https://id.example/x").claim("sub", "alice");
    String from = "rules: [{from: [{source: {requestPrincipals: ['%s']}}]}]";
    assertThat(of(from.formatted("https://id.example/x/alice")).passes(alice)).isTrue();
    assertThat(of(from.formatted("https://id.example/x/bob")).passes(alice)).isFalse();
    assertThat(of(from.formatted("https://id.example/x/*")).passes(alice)).isTrue();
    assertThat(of(from.formatted("https://id.example/x/al*")).passes(alice)).isTrue();
    assertThat(of(from.formatted("https://id*")).passes(alice)).isTrue();
    assertThat(of(from.formatted("*/alice")).passes(alice)).isTrue();
    assertThat(of(from.formatted("*")).passes(alice)).isTrue();
    assertThat(of(from.formatted("*")).passes(Caller.get("/"))).isFalse();
    String when = "rules: [{when: [{key: '%s', values: [%s]}]}]";
    alice.claim("aud", List.of("web", "app")).claim("azp", "portal");
    alice.claim("realm", Map.of("roles", List.of("admin")));
    assertThat(of(when.formatted("request.auth.audiences", "app")).passes(alice)).isTrue();
    assertThat(of(when.formatted("request.auth.presenter", "portal")).passes(alice)).isTrue();
    assertThat(of(when.formatted("request.auth.claims[realm][roles]", "admin")).passes(alice))
        .isTrue();
    assertThat(of(when.formatted("request.auth.claims[realm][roles]", "guest")).passes(alice))
        .isFalse();
  }

  @Test
  void aConnectionCannotTellWhatHttpDoes() throws Exception {
    World allow = of("rules: [{to: [{operation: {methods: [GET]}}]}]");
    assertThat(allow.connects(Caller.get("/"))).as("the rule is void").isFalse();
    World deny = of("action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['80']}}]}]");
    assertThat(deny.connects(Caller.get("/"))).as("what is left denies").isFalse();
    assertThat(deny.connects(Caller.get("/").to(81))).isTrue();
    World port = of("rules: [{to: [{operation: {ports: ['80']}}]}]");
    assertThat(port.connects(Caller.get("/"))).isTrue();
    assertThat(port.connects(Caller.get("/").to(81))).isFalse();
  }

  @Test
  @DisplayName("§3.12.77 the root namespace is everywhere, and targets are no sidecars")
  void selectors() throws Exception {
    String deny = "action: DENY, rules: [{}]";
    Caller caller = Caller.get("/");
    assertThat(new World("", policy("istio-system", "p", deny)).passes(caller)).isFalse();
    assertThat(new World("", policy("other", "p", deny)).passes(caller)).isTrue();
    String selected = "selector: {matchLabels: {app: %s}}, " + deny;
    assertThat(of(selected.formatted("reviews")).passes(caller)).isFalse();
    assertThat(of(selected.formatted("ratings")).passes(caller)).isTrue();
    assertThat(
            new World("", policy("istio-system", "p", selected.formatted("reviews")))
                .passes(caller))
        .isFalse();
    String targeted =
        "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], " + deny;
    assertThat(of(targeted).passes(caller)).isTrue();
    Workload gateway = new Workload("shop", Map.of(Workload.GATEWAY_NAME, "g"), true);
    assertThat(caller.passes(of(targeted).http(gateway))).isFalse();
  }

  @Test
  void dryRunOnlyNotes() throws Exception {
    World world =
        new World(
            "",
            """
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: p, namespace: shop, annotations: {istio.io/dry-run: "true"}}
            spec: {action: DENY, rules: [{}]}
            """);
    assertThat(world.passes(Caller.get("/"))).isTrue();
    RBAC rbac = world.http(REVIEWS).getFirst().getTypedConfig().unpack(RBAC.class);
    assertThat(rbac.hasRules()).isFalse();
    assertThat(rbac.getShadowRulesStatPrefix()).isEqualTo("istio_dry_run_deny_");
    assertThat(rbac.getShadowRules().getPoliciesMap())
        .containsOnlyKeys("ns[shop]-policy[p]-rule[0]");
  }

  @Test
  void customAsksTheProviderAboutWhatMatches() throws Exception {
    String mesh =
        """
        extensionProviders:
          - name: opa
            envoyExtAuthzGrpc: {service: ops/opa.ops.svc.cluster.local, port: 9191, timeout: 2s}
        """;
    String custom =
        "action: CUSTOM, provider: {name: %s}, rules: [{to: [{operation: {paths: [/a]}}]}]";
    World world = new World(mesh, policy("shop", "p", custom.formatted("opa")));
    List<HttpFilter> filters = world.http(REVIEWS);
    assertThat(filters)
        .extracting(HttpFilter::getName)
        .containsExactly("envoy.filters.http.rbac", "envoy.filters.http.ext_authz");
    RBAC marks = filters.getFirst().getTypedConfig().unpack(RBAC.class);
    assertThat(marks.hasRules()).isFalse();
    String policy = "istio-ext-authz-opa-ns[shop]-policy[p]-rule[0]";
    assertThat(marks.getShadowRules().getPoliciesMap()).containsOnlyKeys(policy);
    ExtAuthz asks = filters.get(1).getTypedConfig().unpack(ExtAuthz.class);
    assertThat(asks.getGrpcService().getEnvoyGrpc().getClusterName())
        .isEqualTo("outbound|9191||opa.ops.svc.cluster.local");
    assertThat(asks.getGrpcService().getTimeout().getSeconds()).isEqualTo(2);
    assertThat(policy)
        .startsWith(asks.getFilterEnabledMetadata().getValue().getStringMatch().getPrefix());
    assertThat(asks.getFailureModeAllow()).isFalse();
    World unknown = new World(mesh, policy("shop", "p", custom.formatted("none")));
    assertThat(unknown.passes(Caller.get("/other"))).as("fails closed").isFalse();
    assertThat(world.connects(Caller.get("/"))).as("TCP fails closed").isFalse();
  }

  @Test
  void tokensOfOneIssuerMustBeGoodOrMissing() throws Exception {
    World world =
        new World(
            "",
            jwt(
                "jwtRules: [{issuer: https://id.example/, audiences: [web], forwardOriginalToken:"
                    + " true, fromHeaders: [{name: x-jwt, prefix: 'B '}], fromParams: [t],"
                    + " fromCookies: [c], outputPayloadToHeader: x-payload, outputClaimToHeaders:"
                    + " [{header: x-sub, claim: sub}], spaceDelimitedClaims: [roles]}]"));
    HttpFilter filter = world.http(REVIEWS).getFirst();
    assertThat(filter.getName()).isEqualTo("envoy.filters.http.jwt_authn");
    JwtAuthentication jwt = filter.getTypedConfig().unpack(JwtAuthentication.class);
    assertThat(jwt.getBypassCorsPreflight()).isTrue();
    JwtProvider provider = jwt.getProvidersOrThrow("origins-0");
    assertThat(provider.getAudiencesList()).containsExactly("web");
    assertThat(provider.getForward()).isTrue();
    assertThat(provider.getPayloadInMetadata()).isEqualTo("payload");
    assertThat(provider.getNormalizePayloadInMetadata().getSpaceDelimitedClaimsList())
        .containsExactly("scope", "permission", "roles");
    assertThat(provider.getFromHeaders(0).getValuePrefix()).isEqualTo("B ");
    assertThat(provider.getRemoteJwks().getHttpUri().getUri())
        .isEqualTo("https://id.example/.well-known/openid-configuration");
    assertThat(provider.getRemoteJwks().getHttpUri().getCluster())
        .isEqualTo("outbound|443||id.example");
    assertThat(provider.getRemoteJwks().getHttpUri().getTimeout().getSeconds()).isEqualTo(5);
    assertThat(jwt.getRules(0).getRequires().getRequiresAny().getRequirementsList())
        .extracting(JwtRequirement::getRequiresTypeCase)
        .containsExactly(
            JwtRequirement.RequiresTypeCase.PROVIDER_NAME,
            JwtRequirement.RequiresTypeCase.ALLOW_MISSING);
    assertThat(world.tcp(REVIEWS)).isEmpty();
  }

  @Test
  void severalIssuersAreAlternativesInTheOrderOfTheirNames() throws Exception {
    World world =
        new World(
            "", jwt("jwtRules: [{issuer: b, jwks: '{}'}, {issuer: a, jwksUri: 'http://k:81/x'}]"));
    JwtAuthentication jwt =
        world.http(REVIEWS).getFirst().getTypedConfig().unpack(JwtAuthentication.class);
    assertThat(jwt.getProvidersOrThrow("origins-0").getIssuer()).isEqualTo("a");
    assertThat(jwt.getProvidersOrThrow("origins-0").getRemoteJwks().getHttpUri().getCluster())
        .isEqualTo("outbound|81||k");
    assertThat(jwt.getProvidersOrThrow("origins-1").getLocalJwks().getInlineString())
        .isEqualTo("{}");
    List<JwtRequirement> any = jwt.getRules(0).getRequires().getRequiresAny().getRequirementsList();
    assertThat(any).hasSize(3);
    assertThat(any.getLast().getRequiresAll().getRequirementsList()).hasSize(2);
  }

  @Test
  void anUnrelatedPolicyChangesNothing() {
    World world = of("rules: [{}]");
    List<HttpFilter> before = world.http(REVIEWS);
    for (Resource<?> object :
        Decoder.decode("t", policy("other", "q", "rules: [{}]")).resources()) {
      world.engine.set(MeshObjects.OBJECTS, object.key(), object);
    }
    assertThat(world.http(REVIEWS)).isSameAs(before);
  }
}

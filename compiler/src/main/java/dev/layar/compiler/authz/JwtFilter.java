package dev.layar.compiler.authz;

import com.google.protobuf.Empty;
import dev.layar.compiler.build.Xds;
import dev.layar.compiler.registry.MeshService;
import dev.layar.model.Resource;
import dev.layar.model.istio.RequestAuthentication;
import dev.layar.model.istio.RequestAuthentication.ClaimToHeader;
import dev.layar.model.istio.RequestAuthentication.JwtHeader;
import dev.layar.model.istio.RequestAuthentication.JwtRule;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RequirementRule;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * RequestAuthentications as Envoy's jwt_authn filter (Istio {@code pilot/pkg/security/authn/
 * policy_applier.go}): a token must be good, and there may be none. Pure.
 *
 * <p>DEVIATION: Istio's control plane fetches the keys and sends them; here the proxy fetches them,
 * through the cluster of the service that the address names.
 */
final class JwtFilter {
  private static final String NAME = "envoy.filters.http.jwt_authn";
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration CACHE = Duration.ofMinutes(5);

  private JwtFilter() {}

  static Optional<HttpFilter> of(List<Resource<RequestAuthentication>> policies) {
    List<JwtRule> rules = new ArrayList<>();
    policies.forEach(policy -> rules.addAll(policy.spec().jwtRules()));
    if (rules.isEmpty()) {
      return Optional.empty();
    }
    rules.sort(Comparator.comparing(JwtRule::issuer));
    JwtAuthentication.Builder filter = JwtAuthentication.newBuilder().setBypassCorsPreflight(true);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      String name = "origins-" + i;
      names.add(name);
      filter.putProviders(name, provider(rules.get(i)));
    }
    filter.addRules(
        RequirementRule.newBuilder()
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRequires(requirement(names)));
    return Optional.of(
        HttpFilter.newBuilder().setName(NAME).setTypedConfig(Xds.any(filter.build())).build());
  }

  /** A good token of any issuer, or for each issuer a good token or none. */
  private static JwtRequirement requirement(List<String> names) {
    if (names.size() == 1) {
      return orNone(names.getFirst());
    }
    JwtRequirementOrList.Builder any = JwtRequirementOrList.newBuilder();
    JwtRequirementAndList.Builder all = JwtRequirementAndList.newBuilder();
    for (String name : names) {
      any.addRequirements(JwtRequirement.newBuilder().setProviderName(name));
      all.addRequirements(orNone(name));
    }
    any.addRequirements(JwtRequirement.newBuilder().setRequiresAll(all));
    return JwtRequirement.newBuilder().setRequiresAny(any).build();
  }

  private static JwtRequirement orNone(String name) {
    return JwtRequirement.newBuilder()
        .setRequiresAny(
            JwtRequirementOrList.newBuilder()
                .addRequirements(JwtRequirement.newBuilder().setProviderName(name))
                .addRequirements(
                    JwtRequirement.newBuilder().setAllowMissing(Empty.getDefaultInstance())))
        .build();
  }

  private static JwtProvider provider(JwtRule rule) {
    JwtProvider.Builder provider =
        JwtProvider.newBuilder()
            .setIssuer(rule.issuer())
            .addAllAudiences(rule.audiences())
            .setForward(rule.forwardOriginalToken())
            .setForwardPayloadHeader(rule.outputPayloadToHeader())
            .setPayloadInMetadata("payload")
            .setNormalizePayloadInMetadata(
                JwtProvider.NormalizePayload.newBuilder()
                    .addSpaceDelimitedClaims("scope")
                    .addSpaceDelimitedClaims("permission")
                    .addAllSpaceDelimitedClaims(rule.spaceDelimitedClaims()))
            .addAllFromParams(rule.fromParams())
            .addAllFromCookies(rule.fromCookies());
    for (JwtHeader header : rule.fromHeaders()) {
      provider.addFromHeaders(
          io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtHeader.newBuilder()
              .setName(header.name())
              .setValuePrefix(header.prefix()));
    }
    for (ClaimToHeader claim : rule.outputClaimToHeaders()) {
      provider.addClaimToHeaders(
          JwtClaimToHeader.newBuilder().setHeaderName(claim.header()).setClaimName(claim.claim()));
    }
    keys(rule, provider);
    return provider.build();
  }

  private static void keys(JwtRule rule, JwtProvider.Builder provider) {
    if (!rule.jwks().isEmpty()) {
      provider.setLocalJwks(DataSource.newBuilder().setInlineString(rule.jwks()));
      return;
    }
    String address =
        rule.jwksUri().isEmpty()
            ? strip(rule.issuer()) + "/.well-known/openid-configuration"
            : rule.jwksUri();
    provider.setRemoteJwks(
        RemoteJwks.newBuilder()
            .setHttpUri(
                HttpUri.newBuilder()
                    .setUri(address)
                    .setCluster(cluster(address))
                    .setTimeout(
                        Xds.duration(Objects.requireNonNullElse(rule.timeout(), DEFAULT_TIMEOUT))))
            .setCacheDuration(Xds.duration(CACHE)));
  }

  private static String strip(String issuer) {
    return issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
  }

  private static String cluster(String address) {
    try {
      URI uri = new URI(address);
      String host = uri.getHost() == null ? "" : uri.getHost();
      int port = uri.getPort() > 0 ? uri.getPort() : "http".equals(uri.getScheme()) ? 80 : 443;
      return MeshService.clusterName(port, "", host);
    } catch (URISyntaxException e) {
      return MeshService.clusterName(443, "", "");
    }
  }
}

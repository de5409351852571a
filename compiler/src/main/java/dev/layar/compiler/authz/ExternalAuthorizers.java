package dev.layar.compiler.authz;

import dev.layar.compiler.build.Xds;
import dev.layar.compiler.registry.MeshService;
import dev.layar.model.istio.MeshConfig.ExtensionProvider;
import dev.layar.model.istio.MeshConfig.GrpcAuthorizer;
import dev.layar.model.istio.MeshConfig.HttpAuthorizer;
import dev.layar.model.istio.MeshConfig.Provider;
import dev.layar.model.istio.MeshConfig.RequestBody;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The mesh's external authorizers as Envoy's ext_authz filters (Istio {@code pilot/pkg/security/
 * authz/builder/extauthz.go}). Immutable.
 */
final class ExternalAuthorizers {
  /** Of the names under which the RBAC filter before notes which policy a request is about. */
  static final String SHADOW_PREFIX = "istio_ext_authz_";

  private static final String NAME = "envoy.filters.http.ext_authz";

  /** Istio's default of both kinds of providers. */
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(600);

  private final Map<String, Provider> providers = new HashMap<>();

  ExternalAuthorizers(List<ExtensionProvider> all) {
    for (ExtensionProvider one : all) {
      if (one.provider() != null) {
        providers.putIfAbsent(one.name(), one.provider());
      }
    }
  }

  static String policyPrefix(String provider) {
    return "istio-ext-authz-" + provider + "-";
  }

  /** The filter that asks a provider, absent when the mesh has no such authorizer. */
  Optional<HttpFilter> filter(String name) {
    ExtAuthz.Builder filter =
        switch (providers.get(name)) {
          case Provider.ExtAuthzGrpc(GrpcAuthorizer grpc) -> grpc(grpc);
          case Provider.ExtAuthzHttp(HttpAuthorizer http) -> http(http);
          case null, default -> null;
        };
    if (filter == null) {
      return Optional.empty();
    }
    filter
        .setTransportApiVersion(io.envoyproxy.envoy.config.core.v3.ApiVersion.V3)
        .setFilterEnabledMetadata(
            MetadataMatcher.newBuilder()
                .setFilter("envoy.filters.http.rbac")
                .addPath(
                    MetadataMatcher.PathSegment.newBuilder()
                        .setKey(SHADOW_PREFIX + "shadow_effective_policy_id"))
                .setValue(
                    ValueMatcher.newBuilder()
                        .setStringMatch(StringMatcher.newBuilder().setPrefix(policyPrefix(name)))));
    return Optional.of(
        HttpFilter.newBuilder().setName(NAME).setTypedConfig(Xds.any(filter.build())).build());
  }

  private static ExtAuthz.Builder grpc(GrpcAuthorizer authorizer) {
    ExtAuthz.Builder filter =
        common(
            authorizer.failOpen(),
            authorizer.clearRouteCache(),
            authorizer.statusOnError(),
            authorizer.includeRequestBodyInCheck());
    return filter.setGrpcService(
        GrpcService.newBuilder()
            .setEnvoyGrpc(
                GrpcService.EnvoyGrpc.newBuilder()
                    .setClusterName(cluster(authorizer.service(), authorizer.port()))
                    .setAuthority(host(authorizer.service())))
            .setTimeout(timeout(authorizer.timeout())));
  }

  private static ExtAuthz.Builder http(HttpAuthorizer authorizer) {
    ExtAuthz.Builder filter =
        common(
            authorizer.failOpen(),
            authorizer.clearRouteCache(),
            authorizer.statusOnError(),
            authorizer.includeRequestBodyInCheck());
    List<String> shown =
        authorizer.includeRequestHeadersInCheck().isEmpty()
            ? authorizer.includeHeadersInCheck()
            : authorizer.includeRequestHeadersInCheck();
    if (!shown.isEmpty()) {
      filter.setAllowedHeaders(names(shown));
    }
    AuthorizationRequest.Builder request = AuthorizationRequest.newBuilder();
    authorizer
        .includeAdditionalHeadersInCheck()
        .forEach(
            (name, value) ->
                request.addHeadersToAdd(HeaderValue.newBuilder().setKey(name).setValue(value)));
    return filter.setHttpService(
        HttpService.newBuilder()
            .setServerUri(
                HttpUri.newBuilder()
                    .setUri("http://" + host(authorizer.service()) + ":" + authorizer.port())
                    .setCluster(cluster(authorizer.service(), authorizer.port()))
                    .setTimeout(timeout(authorizer.timeout())))
            .setPathPrefix(authorizer.pathPrefix())
            .setAuthorizationRequest(request)
            .setAuthorizationResponse(response(authorizer)));
  }

  private static AuthorizationResponse response(HttpAuthorizer authorizer) {
    AuthorizationResponse.Builder response = AuthorizationResponse.newBuilder();
    if (!authorizer.headersToUpstreamOnAllow().isEmpty()) {
      response.setAllowedUpstreamHeaders(names(authorizer.headersToUpstreamOnAllow()));
    }
    if (!authorizer.headersToDownstreamOnDeny().isEmpty()) {
      response.setAllowedClientHeaders(names(authorizer.headersToDownstreamOnDeny()));
    }
    if (!authorizer.headersToDownstreamOnAllow().isEmpty()) {
      response.setAllowedClientHeadersOnSuccess(names(authorizer.headersToDownstreamOnAllow()));
    }
    return response.build();
  }

  private static ExtAuthz.Builder common(
      boolean failOpen,
      @Nullable Boolean clearRouteCache,
      String statusOnError,
      @Nullable RequestBody body) {
    ExtAuthz.Builder filter =
        ExtAuthz.newBuilder()
            .setFailureModeAllow(failOpen)
            .setClearRouteCache(Boolean.TRUE.equals(clearRouteCache));
    if (statusOnError.matches("[0-9]{3}")) {
      StatusCode code = StatusCode.forNumber(Integer.parseInt(statusOnError));
      if (code != null) {
        filter.setStatusOnError(HttpStatus.newBuilder().setCode(code));
      }
    }
    if (body != null) {
      filter.setWithRequestBody(
          BufferSettings.newBuilder()
              .setMaxRequestBytes((int) Math.min(body.maxRequestBytes(), Integer.MAX_VALUE))
              .setAllowPartialMessage(body.allowPartialMessage())
              .setPackAsBytes(body.packAsBytes()));
    }
    return filter;
  }

  /** Names of headers, where {@code *} at either end stands for any text. */
  private static ListStringMatcher names(List<String> names) {
    ListStringMatcher.Builder list = ListStringMatcher.newBuilder();
    names.forEach(name -> list.addPatterns(Texts.string(name, "", true)));
    return list.build();
  }

  private static com.google.protobuf.Duration timeout(@Nullable Duration timeout) {
    return Xds.duration(Objects.requireNonNullElse(timeout, DEFAULT_TIMEOUT));
  }

  private static String cluster(String service, int port) {
    return MeshService.clusterName(port, "", host(service));
  }

  /** The part behind the namespace in {@code [namespace/]host}. */
  private static String host(String service) {
    return service.substring(service.indexOf('/') + 1);
  }
}

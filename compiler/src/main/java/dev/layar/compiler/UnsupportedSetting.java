package dev.layar.compiler;

import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.MeshConfig.InboundMode;
import dev.layar.model.istio.MeshConfig.MeshOutboundMode;
import dev.layar.model.istio.MeshConfig.MeshProxyConfig;
import dev.layar.model.istio.MeshConfig.TlsSettings;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The fields of Istio's MeshConfig that are accepted and not implemented: the one declaration from
 * which warnings and the support matrix come. {@code defaultConfig} stands for its fields.
 */
public enum UnsupportedSetting {
  ACCESS_LOG_SERVICE(
      "enableEnvoyAccessLogService",
      mesh -> isTrue(mesh.enableEnvoyAccessLogService()),
      "access logs go to files"),
  DYNAMIC_DNS(
      "outboundTrafficPolicy.mode",
      mesh ->
          mesh.outboundTrafficPolicy() != null
              && mesh.outboundTrafficPolicy().mode() == MeshOutboundMode.ALLOW_ANY_DYNAMIC_DNS,
      "ALLOW_ANY_DYNAMIC_DNS is ALLOW_ANY"),
  OUTBOUND_TLS(
      "outboundTrafficPolicy.tls",
      mesh -> mesh.outboundTrafficPolicy() != null && mesh.outboundTrafficPolicy().tls() != null,
      "it is about ALLOW_ANY_DYNAMIC_DNS alone"),
  INBOUND_LOCALHOST(
      "inboundTrafficPolicy",
      mesh ->
          mesh.inboundTrafficPolicy() != null
              && mesh.inboundTrafficPolicy().mode() == InboundMode.LOCALHOST,
      "LOCALHOST is PASSTHROUGH"),
  CONFIG_SOURCES(
      "configSources",
      mesh -> !mesh.configSources().isEmpty(),
      "configuration comes from where the control plane was started with"),
  CA_CERTIFICATES(
      "caCertificates",
      mesh -> !mesh.caCertificates().isEmpty(),
      "only the mesh's own authority is trusted"),
  ZONE_AWARE(
      "zoneAwareLbSetting",
      mesh -> mesh.zoneAwareLbSetting() != null,
      "endpoints are chosen without regard to zone"),
  INBOUND_STAT(
      "inboundClusterStatName",
      mesh -> isSet(mesh.inboundClusterStatName()),
      "statistics have the cluster's name"),
  OUTBOUND_STAT(
      "outboundClusterStatName",
      mesh -> isSet(mesh.outboundClusterStatName()),
      "statistics have the cluster's name"),
  SERVICE_SETTINGS(
      "serviceSettings",
      mesh -> !mesh.serviceSettings().isEmpty(),
      "a mesh is one cluster, to which every service is local"),
  SERVICE_SCOPES(
      "serviceScopeConfigs",
      mesh -> !mesh.serviceScopeConfigs().isEmpty(),
      "a mesh is one cluster, to which every service is local"),
  AUTHORITY("ca", mesh -> mesh.ca() != null, "the mesh's own authority signs"),
  DISCOVERY_SELECTORS(
      "discoverySelectors",
      mesh -> !mesh.discoverySelectors().isEmpty(),
      "objects of every namespace are read"),
  CURVES(
      "meshMTLS.ecdhCurves",
      mesh -> mesh.meshMTLS() != null && !mesh.meshMTLS().ecdhCurves().isEmpty(),
      "the curves are the TLS library's"),
  TLS_DEFAULTS(
      "tlsDefaults", mesh -> isSet(mesh.tlsDefaults()), "the defaults are the TLS library's"),
  PROXY_RUNTIME(
      "defaultConfig.runtimeValues",
      mesh -> proxy(mesh, proxy -> !proxy.runtimeValues().isEmpty()),
      "Envoy's runtime does not exist"),
  PROXY_AUTHORITIES(
      "defaultConfig.caCertificatesPem",
      mesh -> proxy(mesh, proxy -> !proxy.caCertificatesPem().isEmpty()),
      "only the mesh's own authority is trusted"),
  PROXY_KEYS(
      "defaultConfig.privateKeyProvider",
      mesh -> proxy(mesh, proxy -> proxy.privateKeyProvider() != null),
      "keys are held in memory"),
  PROXY_STATS(
      "defaultConfig.proxyStatsMatcher",
      mesh -> proxy(mesh, proxy -> proxy.proxyStatsMatcher() != null),
      "all statistics are kept"),
  PROXY_TAGS(
      "defaultConfig.extraStatTags",
      mesh -> proxy(mesh, proxy -> !proxy.extraStatTags().isEmpty()),
      "metrics have Istio's labels"),
  PROXY_CONNECTIONS(
      "defaultConfig.connectionSettings",
      mesh -> proxy(mesh, proxy -> proxy.connectionSettings() != null),
      "connections have the proxy's own limits"),
  PROXY_INTERCEPTION(
      "defaultConfig.interceptionMode",
      mesh -> proxy(mesh, proxy -> proxy.interceptionMode() == MeshConfig.InterceptionMode.TPROXY),
      "TPROXY is REDIRECT"),
  PROXY_PROTOCOL(
      "defaultConfig.gatewayTopology.proxyProtocol",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.gatewayTopology() != null
                      && proxy.gatewayTopology().proxyProtocol() != null),
      "gateways take no PROXY header"),
  ATTEMPTS(
      "defaultConfig.proxyHeaders.attemptCount",
      mesh ->
          proxy(
              mesh,
              proxy -> proxy.proxyHeaders() != null && proxy.proxyHeaders().attemptCount() != null),
      "attempts are counted"),
  DEBUG_HEADERS(
      "defaultConfig.proxyHeaders.envoyDebugHeaders",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null && proxy.proxyHeaders().envoyDebugHeaders() != null),
      "they are written"),
  PEER_HEADERS(
      "defaultConfig.proxyHeaders.metadataExchangeHeaders",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null
                      && proxy.proxyHeaders().metadataExchangeHeaders() != null),
      "proxies do not exchange metadata in headers"),
  HEADER_CASE(
      "defaultConfig.proxyHeaders.preserveHttp1HeaderCase",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null
                      && proxy.proxyHeaders().preserveHttp1HeaderCase() != null),
      "names of headers are in lower case"),
  FORWARDED_HOST(
      "defaultConfig.proxyHeaders.xForwardedHost",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null && proxy.proxyHeaders().xForwardedHost() != null),
      "it is not written"),
  FORWARDED_PORT(
      "defaultConfig.proxyHeaders.xForwardedPort",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null && proxy.proxyHeaders().xForwardedPort() != null),
      "it is not written"),
  PROXY_CLIENT_CERT(
      "defaultConfig.proxyHeaders.forwardedClientCert",
      mesh ->
          proxy(
              mesh,
              proxy ->
                  proxy.proxyHeaders() != null
                      && proxy.proxyHeaders().forwardedClientCert() != null),
      "sidecars append the caller's certificate");

  /** A field is set that the compiler does not implement. */
  static final String CODE = "LYR0410";

  private final String field;
  private final Predicate<MeshConfig> set;
  private final String effect;

  UnsupportedSetting(String field, Predicate<MeshConfig> set, String effect) {
    this.field = field;
    this.set = set;
    this.effect = effect;
  }

  /** Those that a MeshConfig uses. */
  static List<UnsupportedSetting> in(MeshConfig mesh) {
    return Arrays.stream(values()).filter(setting -> setting.set.test(mesh)).toList();
  }

  /** The field's path within MeshConfig. */
  public String field() {
    return field;
  }

  /** What happens instead, a clause without a full stop. */
  public String effect() {
    return effect;
  }

  private static boolean isTrue(@Nullable Boolean value) {
    return value != null && value;
  }

  private static boolean isSet(@Nullable String value) {
    return value != null && !value.isEmpty();
  }

  private static boolean isSet(@Nullable TlsSettings tls) {
    return tls != null;
  }

  private static boolean proxy(MeshConfig mesh, Predicate<MeshProxyConfig> test) {
    return mesh.defaultConfig() != null && test.test(mesh.defaultConfig());
  }
}

package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.DestinationRule.ClientTls;
import dev.layar.model.istio.DestinationRule.ConnectionPool;
import dev.layar.model.istio.DestinationRule.H2UpgradePolicy;
import dev.layar.model.istio.DestinationRule.HttpPool;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.PortPolicy;
import dev.layar.model.istio.DestinationRule.RetryBudget;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TcpPool;
import dev.layar.model.istio.DestinationRule.TlsMode;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.DestinationRule.Tunnel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A DestinationRule; load balancers are {@link LoadBalancerRules}. */
final class DestinationRuleRules {
  private final Report report;
  private final Checks checks;
  private final LoadBalancerRules loadBalancers;

  DestinationRuleRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
    this.loadBalancers = new LoadBalancerRules(report, checks);
  }

  void check(DestinationRule spec) {
    checks.host("spec.host", spec.host());
    policy("spec.trafficPolicy", spec.trafficPolicy());
    subsets(spec.subsets());
    exportTo(spec);
    if (spec.workloadSelector() != null) {
      checks.selector(
          "spec.workloadSelector.matchLabels", spec.workloadSelector().matchLabels(), true);
    }
  }

  private void exportTo(DestinationRule spec) {
    checks.exportTo("spec.exportTo", spec.exportTo(), false);
    boolean exported =
        spec.exportTo().size() > 1
            || spec.exportTo().stream()
                .anyMatch(e -> !e.equals(".") && !e.equals(report.namespace()));
    if (spec.workloadSelector() != null && exported) {
      report.add(
          Rule.EXPORT_WITH_SELECTOR,
          "spec.exportTo",
          "with workloadSelector the rule acts in its own namespace alone",
          "",
          "[\".\"]");
    }
  }

  private void subsets(List<Subset> subsets) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < subsets.size(); i++) {
      Subset subset = subsets.get(i);
      String path = Paths.item("spec.subsets", i);
      checks.dnsLabel(path + ".name", subset.name());
      if (!names.add(subset.name())) {
        report.add(
            Rule.SUBSET_TWICE, path + ".name", "another subset has this name", subset.name(), "");
      }
      checks.labels(path + ".labels", subset.labels());
      policy(path + ".trafficPolicy", subset.trafficPolicy());
    }
  }

  private void policy(String path, @Nullable TrafficPolicy policy) {
    if (policy == null) {
      return;
    }
    boolean empty =
        policy.loadBalancer() == null
            && policy.connectionPool() == null
            && policy.outlierDetection() == null
            && policy.tls() == null
            && policy.portLevelSettings().isEmpty()
            && policy.tunnel() == null
            && policy.proxyProtocol() == null
            && policy.retryBudget() == null;
    if (empty) {
      report.add(Rule.POLICY_EMPTY, path, "the policy sets nothing");
    }
    if (policy.tunnel() != null && policy.proxyProtocol() != null) {
      report.add(
          Rule.TUNNEL_PROXY_PROTOCOL,
          path + ".proxyProtocol",
          "`tunnel` and `proxyProtocol` exclude each other");
    }
    blocks(
        path,
        policy.loadBalancer(),
        policy.connectionPool(),
        policy.outlierDetection(),
        policy.tls());
    tunnel(path + ".tunnel", policy.tunnel());
    budget(path + ".retryBudget", policy.retryBudget());
    for (int i = 0; i < policy.portLevelSettings().size(); i++) {
      portPolicy(Paths.item(path + ".portLevelSettings", i), policy.portLevelSettings().get(i));
    }
  }

  private void portPolicy(String path, PortPolicy policy) {
    if (policy.port() == null || policy.port().number() == 0) {
      report.add(
          Rule.PORT_POLICY_PORT,
          path + ".port",
          "the policy names no port",
          "",
          "port: {number: 80}");
    }
    boolean empty =
        policy.loadBalancer() == null
            && policy.connectionPool() == null
            && policy.outlierDetection() == null
            && policy.tls() == null;
    if (empty) {
      report.add(Rule.POLICY_EMPTY, path, "the policy sets nothing");
    }
    blocks(
        path,
        policy.loadBalancer(),
        policy.connectionPool(),
        policy.outlierDetection(),
        policy.tls());
  }

  private void blocks(
      String path,
      @Nullable LoadBalancer loadBalancer,
      @Nullable ConnectionPool pool,
      @Nullable OutlierDetection outlier,
      @Nullable ClientTls tls) {
    if (loadBalancer != null) {
      loadBalancers.check(path + ".loadBalancer", loadBalancer, outlier != null);
    }
    if (pool != null) {
      pool(path + ".connectionPool", pool);
    }
    if (outlier != null) {
      outlier(path + ".outlierDetection", outlier);
    }
    if (tls != null) {
      tls(path + ".tls", tls);
    }
  }

  private void pool(String path, ConnectionPool pool) {
    if (pool.tcp() == null && pool.http() == null) {
      report.add(Rule.POOL_EMPTY, path, "the pool has neither tcp nor http");
    }
    if (pool.tcp() != null) {
      tcp(path + ".tcp", pool.tcp());
    }
    if (pool.http() != null) {
      http(path + ".http", pool.http());
    }
  }

  private void tcp(String path, TcpPool tcp) {
    checks.notNegative(path + ".maxConnections", tcp.maxConnections());
    checks.duration(path + ".connectTimeout", tcp.connectTimeout());
    checks.duration(path + ".maxConnectionDuration", tcp.maxConnectionDuration());
    checks.durationOrZero(path + ".idleTimeout", tcp.idleTimeout());
    if (tcp.tcpKeepalive() != null) {
      checks.duration(path + ".tcpKeepalive.time", tcp.tcpKeepalive().time());
      checks.duration(path + ".tcpKeepalive.interval", tcp.tcpKeepalive().interval());
    }
  }

  private void http(String path, HttpPool http) {
    checks.notNegative(path + ".http1MaxPendingRequests", http.http1MaxPendingRequests());
    checks.notNegative(path + ".http2MaxRequests", http.http2MaxRequests());
    checks.notNegative(path + ".maxRequestsPerConnection", http.maxRequestsPerConnection());
    checks.notNegative(path + ".maxRetries", http.maxRetries());
    checks.notNegative(path + ".maxConcurrentStreams", http.maxConcurrentStreams());
    checks.duration(path + ".idleTimeout", http.idleTimeout());
    if (http.h2UpgradePolicy() == H2UpgradePolicy.UPGRADE && http.useClientProtocol()) {
      report.add(
          Rule.H2_UPGRADE,
          path + ".useClientProtocol",
          "h2UpgradePolicy UPGRADE and useClientProtocol exclude each other");
    }
    if (http.http2KeepAlive() != null) {
      checks.duration(path + ".http2KeepAlive.interval", http.http2KeepAlive().interval());
      checks.duration(path + ".http2KeepAlive.timeout", http.http2KeepAlive().timeout());
    }
  }

  private void outlier(String path, OutlierDetection outlier) {
    checks.duration(path + ".interval", outlier.interval());
    checks.duration(path + ".baseEjectionTime", outlier.baseEjectionTime());
    checks.percent(path + ".maxEjectionPercent", outlier.maxEjectionPercent());
    checks.percent(path + ".minHealthPercent", outlier.minHealthPercent());
    if (outlier.consecutiveErrors() != 0) {
      report.add(
          Rule.CONSECUTIVE_ERRORS,
          path + ".consecutiveErrors",
          "consecutiveErrors is deprecated and has no effect",
          "",
          "consecutive5xxErrors: " + outlier.consecutiveErrors());
    }
    Long local = outlier.consecutiveLocalOriginFailures();
    if (local != null && local > 0 && !outlier.splitExternalLocalOriginErrors()) {
      report.add(
          Rule.LOCAL_ORIGIN,
          path + ".consecutiveLocalOriginFailures",
          "this counts only with splitExternalLocalOriginErrors: true");
    }
    for (int i = 0; i < outlier.outlierDetectionHttpErrorCodes().size(); i++) {
      int code = outlier.outlierDetectionHttpErrorCodes().get(i);
      if (code < 100 || code > 599) {
        report.add(
            Rule.ERROR_CODE,
            Paths.item(path + ".outlierDetectionHttpErrorCodes", i),
            "this is not a status code",
            Integer.toString(code),
            "100 to 599");
      }
    }
  }

  private void tls(String path, ClientTls tls) {
    boolean files =
        !tls.clientCertificate().isEmpty()
            || !tls.privateKey().isEmpty()
            || !tls.caCertificates().isEmpty()
            || !tls.caCrl().isEmpty();
    boolean credential = !tls.credentialName().isEmpty();
    if (credential && files) {
      report.add(
          Rule.TLS_CREDENTIAL,
          path + ".credentialName",
          "with credentialName, no files of certificates or keys are given");
    }
    if (tls.mode() == TlsMode.MUTUAL && !credential) {
      required(path + ".clientCertificate", tls.clientCertificate());
      required(path + ".privateKey", tls.privateKey());
    }
    if (Boolean.TRUE.equals(tls.insecureSkipVerify())) {
      insecure(path, tls, credential);
    }
    configMap(path + ".credentialName", tls.credentialName());
  }

  private void required(String path, String file) {
    if (file.isEmpty()) {
      report.add(Rule.TLS_MUTUAL, path, "MUTUAL needs clientCertificate and privateKey");
    }
  }

  private void insecure(String path, ClientTls tls, boolean credential) {
    boolean simple = tls.mode() == TlsMode.SIMPLE;
    boolean mutual = tls.mode() == TlsMode.MUTUAL;
    boolean checked = !tls.caCertificates().isEmpty() || !tls.subjectAltNames().isEmpty();
    if ((simple || mutual) && checked || simple && credential) {
      report.add(
          Rule.TLS_INSECURE,
          path + ".insecureSkipVerify",
          "nothing is verified, so caCertificates, subjectAltNames and credentialName are void:"
              + " remove one or the other");
    }
  }

  /** {@code configmap://name} or {@code configmap://namespace/name}. */
  private void configMap(String path, String credential) {
    String prefix = "configmap://";
    int slash = credential.startsWith(prefix) ? credential.indexOf('/', prefix.length()) : -1;
    if (slash > 0 && !credential.substring(prefix.length(), slash).equals(report.namespace())) {
      report.add(
          Rule.TLS_CONFIGMAP,
          path,
          "a configmap of another namespace cannot be used",
          credential,
          prefix + report.namespace() + credential.substring(slash));
    }
  }

  private void tunnel(String path, @Nullable Tunnel tunnel) {
    if (tunnel == null) {
      return;
    }
    if (!Set.of("", "CONNECT", "POST").contains(tunnel.protocol())) {
      report.add(
          Rule.TUNNEL,
          path + ".protocol",
          "this protocol cannot carry a tunnel",
          tunnel.protocol(),
          "CONNECT or POST");
    }
    if (!Hosts.isName(tunnel.targetHost()) && !Hosts.isIp(tunnel.targetHost())) {
      report.add(
          Rule.TUNNEL,
          path + ".targetHost",
          "this is neither a host name nor an IP address",
          tunnel.targetHost(),
          "");
    }
    checks.port(path + ".targetPort", tunnel.targetPort());
  }

  private void budget(String path, @Nullable RetryBudget budget) {
    if (budget == null) {
      return;
    }
    Double percent = budget.percent();
    if (percent != null && (percent < 0 || percent > 100)) {
      report.add(
          Rule.BUDGET,
          path + ".percent",
          "this is not a percentage",
          percent.toString(),
          "0 to 100");
    }
    checks.durationOrZero(path + ".budgetInterval", budget.budgetInterval());
  }
}

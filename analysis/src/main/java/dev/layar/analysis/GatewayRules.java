package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.Gateway.Port;
import dev.layar.model.istio.Gateway.Server;
import dev.layar.model.istio.Gateway.ServerTls;
import dev.layar.model.istio.Gateway.TlsMode;
import dev.layar.model.istio.Gateway.TlsProtocol;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A Gateway. */
final class GatewayRules {
  private static final Set<String> HTTP = Set.of("http", "http2", "grpc", "grpc-web", "http_proxy");
  private static final Set<String> TLS = Set.of("https", "tls");
  private static final Set<TlsProtocol> OLD = Set.of(TlsProtocol.TLSV1_0, TlsProtocol.TLSV1_1);
  private static final Set<String> CIPHERS =
      Set.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-CHACHA20-POLY1305",
          "ECDHE-ECDSA-AES128-SHA",
          "ECDHE-RSA-AES128-SHA",
          "ECDHE-ECDSA-AES256-SHA",
          "ECDHE-RSA-AES256-SHA",
          "AES128-GCM-SHA256",
          "AES256-GCM-SHA384",
          "AES128-SHA",
          "AES256-SHA",
          "DES-CBC3-SHA");
  private static final String UNIX = "unix://";

  private final Report report;
  private final Checks checks;

  GatewayRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(Gateway spec) {
    checks.labels("spec.selector", spec.selector());
    if (spec.servers().isEmpty()) {
      report.add(
          Rule.NO_SERVERS, "spec.servers", "the Gateway opens no port", "", "servers: [...]");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < spec.servers().size(); i++) {
      String path = Paths.item("spec.servers", i);
      Server server = spec.servers().get(i);
      port(path, server, names);
      hosts(path + ".hosts", server.hosts());
      tls(path, server);
    }
  }

  private void port(String path, Server server, Set<String> names) {
    Port port = server.port();
    checks.protocol(path + ".port.protocol", port.protocol());
    checks.portName(path + ".port.name", port.name());
    if (!port.name().isEmpty() && !names.add(port.name())) {
      report.add(
          Rule.PORT_NAME_TWICE,
          path + ".port.name",
          "another port of the Gateway has this name",
          port.name(),
          "");
    }
    if (port.targetPort() != 0) {
      report.add(
          Rule.TARGET_PORT,
          path + ".port.targetPort",
          "targetPort has no effect on a Gateway; remove it");
    }
    if (server.bind().startsWith(UNIX)) {
      unix(path, server.bind().substring(UNIX.length()), port.number());
    } else {
      checks.port(path + ".port.number", port.number());
      if (!server.bind().isEmpty() && !Hosts.isIp(server.bind())) {
        report.add(
            Rule.BIND,
            path + ".bind",
            "this is not an address",
            server.bind(),
            "an IP or unix://…");
      }
    }
  }

  private void unix(String path, String file, int number) {
    if (!Hosts.isUnixPath(file)) {
      report.add(
          Rule.UNIX_PATH, path + ".bind", "this is not a unix path", file, "unix:///run/file");
    }
    if (number != 0) {
      report.add(
          Rule.BIND,
          path + ".port.number",
          "a unix:// bind has no port",
          Integer.toString(number),
          "0");
    }
  }

  private void hosts(String path, List<String> hosts) {
    if (hosts.isEmpty()) {
      report.add(Rule.NO_HOSTS, path, "the server has no hosts", "", "hosts: [\"*\"]");
    }
    for (int i = 0; i < hosts.size(); i++) {
      host(Paths.item(path, i), hosts.get(i));
    }
  }

  private void host(String path, String host) {
    int slash = host.indexOf('/');
    String namespace = slash < 0 ? "*" : host.substring(0, slash);
    String name = host.substring(slash + 1);
    boolean goodNamespace =
        namespace.equals("*") || namespace.equals(".") || Hosts.isLabel(namespace);
    if (!goodNamespace || !isServedName(name)) {
      report.add(
          Rule.NAMESPACED_HOST,
          path,
          goodNamespace && !name.contains(".") && Hosts.isLabel(name)
              ? "a Gateway serves full names, not short ones"
              : "this is not a host of a Gateway",
          host,
          "[namespace/]name, for example bookinfo.com, *.example.com or *");
    }
  }

  private static boolean isServedName(String name) {
    if (name.equals("*") || Hosts.isIp(name)) {
      return true;
    }
    boolean partial = name.contains("*") && !name.startsWith("*.");
    return name.contains(".") && !partial && Hosts.isWildcardName(name);
  }

  private void tls(String path, Server server) {
    String protocol = server.port().protocol().toLowerCase(Locale.ROOT);
    ServerTls tls = server.tls();
    if (tls == null) {
      if (TLS.contains(protocol)) {
        report.add(
            Rule.TLS_MISSING,
            path,
            server.port().protocol() + " needs tls settings",
            "",
            "tls: {mode: SIMPLE, credentialName: …}");
      }
      return;
    }
    if (!TLS.contains(protocol)) {
      plain(path + ".tls", protocol, tls);
    }
    if (tls.httpsRedirect() && !HTTP.contains(protocol)) {
      report.add(
          Rule.HTTPS_REDIRECT,
          path + ".tls.httpsRedirect",
          "only plain HTTP can be redirected to https");
    }
    versions(path + ".tls", tls);
    certificates(path + ".tls", tls);
  }

  private void plain(String path, String protocol, ServerTls tls) {
    boolean redirectOnly = tls.mode() == TlsMode.PASSTHROUGH && !hasAny(tls);
    if (!HTTP.contains(protocol) || !redirectOnly) {
      report.add(
          Rule.TLS_ON_PLAIN,
          path,
          HTTP.contains(protocol)
              ? "plain HTTP can have httpsRedirect, but no certificates; use protocol HTTPS"
              : "this protocol has no TLS; use protocol TLS",
          protocol,
          "");
    }
  }

  private void versions(String path, ServerTls tls) {
    if (OLD.contains(tls.minProtocolVersion()) && tls.cipherSuites().isEmpty()) {
      report.add(
          Rule.TLS_OLD,
          path + ".minProtocolVersion",
          "TLS below 1.2 needs cipherSuites that allow it",
          tls.minProtocolVersion().name(),
          "");
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < tls.cipherSuites().size(); i++) {
      String cipher = tls.cipherSuites().get(i);
      boolean known = CIPHERS.contains(cipher);
      if (!known || !seen.add(cipher)) {
        report.add(
            Rule.CIPHER,
            Paths.item(path + ".cipherSuites", i),
            known ? "the suite is given twice" : "this suite is not known and is ignored",
            cipher,
            "");
      }
    }
  }

  private void certificates(String path, ServerTls tls) {
    switch (tls.mode()) {
      case ISTIO_MUTUAL -> {
        if (hasAny(tls)) {
          report.add(
              Rule.ISTIO_MUTUAL_FILES,
              path,
              "ISTIO_MUTUAL uses the mesh's own certificates; remove the others");
        }
      }
      case PASSTHROUGH, AUTO_PASSTHROUGH -> {
        if (hasAny(tls)) {
          report.add(
              Rule.PASSTHROUGH_FILES,
              path,
              "TLS is passed through, so certificates have no effect",
              tls.mode().name(),
              "mode: SIMPLE");
        }
      }
      case SIMPLE, MUTUAL, OPTIONAL_MUTUAL -> terminated(path, tls);
    }
  }

  private void terminated(String path, ServerTls tls) {
    boolean secret = !tls.credentialName().isEmpty() || !tls.credentialNames().isEmpty();
    boolean listed = !tls.tlsCertificates().isEmpty();
    boolean files = !tls.serverCertificate().isEmpty() || !tls.privateKey().isEmpty();
    int sources =
        (tls.credentialName().isEmpty() ? 0 : 1)
            + (tls.credentialNames().isEmpty() ? 0 : 1)
            + (listed ? 1 : 0)
            + (files ? 1 : 0);
    if (sources > 1) {
      report.add(
          Rule.CERT_SOURCES,
          path,
          "certificates come from one of credentialName, credentialNames, tlsCertificates and"
              + " serverCertificate with privateKey");
    }
    if (tls.tlsCertificates().size() > 2 || tls.credentialNames().size() > 2) {
      report.add(
          Rule.CERTS_MANY,
          path + (listed ? ".tlsCertificates" : ".credentialNames"),
          "only two certificates are used");
    }
    if (!secret) {
      fileCertificates(path, tls, listed);
    }
  }

  private void fileCertificates(String path, ServerTls tls, boolean listed) {
    if (!listed) {
      certificate(path, tls.serverCertificate(), tls.privateKey(), tls.mode());
    }
    for (int i = 0; i < tls.tlsCertificates().size(); i++) {
      var pair = tls.tlsCertificates().get(i);
      String at = Paths.item(path + ".tlsCertificates", i);
      certificate(at, pair.serverCertificate(), pair.privateKey(), tls.mode());
    }
    boolean authorities =
        !tls.caCertificates().isEmpty()
            || !tls.caCertCredentialName().isEmpty()
            || tls.tlsCertificates().stream().anyMatch(c -> !c.caCertificates().isEmpty());
    if (tls.mode() != TlsMode.SIMPLE && !authorities) {
      report.add(
          Rule.CA_MISSING,
          path + ".caCertificates",
          tls.mode() + " needs the authorities that client certificates come from");
    }
    if (tls.mode() == TlsMode.SIMPLE && !tls.caCrl().isEmpty()) {
      report.add(
          Rule.CRL, path + ".caCrl", "SIMPLE looks at no client certificate, so caCrl is void");
    }
  }

  private void certificate(String path, String certificate, String key, TlsMode mode) {
    if (certificate.isEmpty()) {
      report.add(
          Rule.CERT_MISSING,
          path + ".serverCertificate",
          mode + " needs a server certificate",
          "",
          "credentialName, or serverCertificate with privateKey");
    }
    if (key.isEmpty()) {
      report.add(
          Rule.CERT_MISSING,
          path + ".privateKey",
          mode + " needs a private key",
          "",
          "credentialName, or serverCertificate with privateKey");
    }
  }

  private static boolean hasAny(ServerTls tls) {
    return !tls.serverCertificate().isEmpty()
        || !tls.privateKey().isEmpty()
        || !tls.caCertificates().isEmpty()
        || !tls.caCrl().isEmpty()
        || !tls.credentialName().isEmpty()
        || !tls.credentialNames().isEmpty()
        || !tls.caCertCredentialName().isEmpty()
        || !tls.tlsCertificates().isEmpty();
  }
}

package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's Gateway ({@code networking/v1alpha3/gateway.proto}) and all messages that only it uses.
 */
@Doc("Ports that gateway workloads open, and for which hosts.")
public record Gateway(
    @Doc("What is opened.") List<Server> servers,
    @Doc("Labels of the gateway pods, in all namespaces. Left out: every gateway.")
        Map<String, String> selector) {
  public Gateway {
    servers = List.copyOf(servers);
    selector = Values.sorted(selector);
  }

  /** Istio's Server. */
  @Doc("One port with the hosts it serves.")
  public record Server(
      @Doc("The port to listen on.") @Required Port port,
      @Doc("Address to listen on: an IP, or unix:// with port 0. Left out: all.") String bind,
      @Doc("Hosts served here, as [namespace/]name; name may be * or start with *.") @Required
          List<String> hosts,
      @Doc("TLS of this port; required for HTTPS and TLS.") @Nullable ServerTls tls,
      @Doc("Not supported.") String defaultEndpoint,
      @Doc("Name of the server, unique in the Gateway.") String name) {
    public Server {
      hosts = List.copyOf(hosts);
    }
  }

  /** Istio's Port. */
  @Doc("A port to listen on.")
  public record Port(
      @Doc("Port number, 1 to 65535.") @Required @Range(max = Integer.MAX_VALUE) int number,
      @Doc("HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, REDIS, MYSQL, TCP or TLS.") @Required
          String protocol,
      @Doc("Label of the port, unique in the Gateway.") @Required String name,
      @Doc("Deprecated and refused.") @Range(max = Integer.MAX_VALUE) int targetPort) {}

  /** Istio's ServerTLSSettings. */
  @Doc("TLS of a port.")
  public record ServerTls(
      @Doc("Answer plain HTTP with a redirect to https.") boolean httpsRedirect,
      @Doc("How TLS is handled; left out: PASSTHROUGH.") TlsMode mode,
      @Doc("File of the server certificate.") String serverCertificate,
      @Doc("File of the server's private key.") String privateKey,
      @Doc("File of the authorities that client certificates must come from.")
          String caCertificates,
      @Doc("File of revoked certificates.") String caCrl,
      @Doc("Secret with key and certificate.") String credentialName,
      @Doc("Up to two secrets, for certificates of different key types.")
          List<String> credentialNames,
      @Doc("Secret or configmap with the authorities for client certificates.")
          String caCertCredentialName,
      @Doc("Up to two pairs of certificate and key.") List<TlsCertificate> tlsCertificates,
      @Doc("Names of which a client certificate must have one.") List<String> subjectAltNames,
      @Doc("SHA-256 of allowed client public keys, base64.") List<String> verifyCertificateSpki,
      @Doc("SHA-256 of allowed client certificates, hexadecimal.")
          List<String> verifyCertificateHash,
      @Doc("Lowest TLS version; left out: 1.2.") TlsProtocol minProtocolVersion,
      @Doc("Highest TLS version; left out: 1.3.") TlsProtocol maxProtocolVersion,
      @Doc("Allowed cipher suites; left out: a good default.") List<String> cipherSuites,
      @Doc("Do not check client certificates.") @Nullable Boolean insecureSkipVerify) {
    public ServerTls {
      credentialNames = List.copyOf(credentialNames);
      tlsCertificates = List.copyOf(tlsCertificates);
      subjectAltNames = List.copyOf(subjectAltNames);
      verifyCertificateSpki = List.copyOf(verifyCertificateSpki);
      verifyCertificateHash = List.copyOf(verifyCertificateHash);
      cipherSuites = List.copyOf(cipherSuites);
    }
  }

  /** Istio's ServerTLSSettings.TLSCertificate. */
  @Doc("A certificate with its key.")
  public record TlsCertificate(
      @Doc("File of the server certificate.") String serverCertificate,
      @Doc("File of the server's private key.") String privateKey,
      @Doc("File of the authorities that client certificates must come from.")
          String caCertificates) {}

  /** Istio's ServerTLSSettings.TLSmode, in the order of its numbers. */
  public enum TlsMode {
    @Doc("Forward TLS as it is, by server name.")
    PASSTHROUGH,
    @Doc("Terminate TLS.")
    SIMPLE,
    @Doc("Terminate TLS and require a client certificate.")
    MUTUAL,
    @Doc("Forward TLS of the mesh by the destination in its server name.")
    AUTO_PASSTHROUGH,
    @Doc("Terminate TLS of the mesh, with its own certificates.")
    ISTIO_MUTUAL,
    @Doc("Terminate TLS and check a client certificate if there is one.")
    OPTIONAL_MUTUAL
  }

  /** Istio's ServerTLSSettings.TLSProtocol, in the order of its numbers. */
  public enum TlsProtocol {
    @Doc("The default.")
    TLS_AUTO,
    @Doc("TLS 1.0.")
    TLSV1_0,
    @Doc("TLS 1.1.")
    TLSV1_1,
    @Doc("TLS 1.2.")
    TLSV1_2,
    @Doc("TLS 1.3.")
    TLSV1_3
  }
}

package dev.layar.proxy.observe;

import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operators about TLS, {@code DOWNSTREAM_…} and {@code UPSTREAM_…} alike. */
final class TlsOperators {
  private TlsOperators() {}

  /** The piece of an operator; null when its name is not one of these. */
  static TextFormat.@Nullable Piece of(String name) {
    if (name.startsWith("DOWNSTREAM_")) {
      return of(name.substring("DOWNSTREAM_".length()), info -> info.downstreamTls);
    }
    if (name.startsWith("UPSTREAM_")) {
      return of(name.substring("UPSTREAM_".length()), info -> info.upstreamTls);
    }
    return null;
  }

  private static TextFormat.@Nullable Piece of(
      String name, Function<StreamInfo, @Nullable TlsFacts> side) {
    return switch (name) {
      case "TLS_VERSION" -> text(side, TlsFacts::version);
      case "TLS_CIPHER" -> text(side, TlsFacts::cipher);
      case "TLS_SESSION_ID" -> text(side, TlsFacts::sessionId);
      case "ALPN" -> text(side, TlsFacts::alpn);
      case "PEER_CERT" -> text(side, tls -> first(tls.peerPem()));
      case "PEER_SUBJECT" -> peer(side, CertificateFacts::subject);
      case "PEER_ISSUER" -> peer(side, CertificateFacts::issuer);
      case "PEER_URI_SAN" -> peer(side, peer -> String.join(",", peer.uris()));
      case "PEER_DNS_SAN" -> peer(side, peer -> String.join(",", peer.dnsNames()));
      case "PEER_IP_SAN" -> peer(side, peer -> String.join(",", peer.ips()));
      case "PEER_EMAIL_SAN" -> peer(side, peer -> String.join(",", peer.emails()));
      case "PEER_FINGERPRINT_256" -> peer(side, CertificateFacts::sha256);
      case "PEER_FINGERPRINT_1" -> peer(side, CertificateFacts::sha1);
      case "PEER_SERIAL" -> peer(side, CertificateFacts::serial);
      case "PEER_CERT_V_START" ->
          peer(side, peer -> DateTimeFormatter.ISO_INSTANT.format(peer.notBefore()));
      case "PEER_CERT_V_END" ->
          peer(side, peer -> DateTimeFormatter.ISO_INSTANT.format(peer.notAfter()));
      case "LOCAL_SUBJECT" -> local(side, CertificateFacts::subject);
      case "LOCAL_URI_SAN" -> local(side, local -> String.join(",", local.uris()));
      case "LOCAL_DNS_SAN" -> local(side, local -> String.join(",", local.dnsNames()));
      default -> null;
    };
  }

  private static String first(List<String> texts) {
    return texts.isEmpty() ? "" : texts.getFirst();
  }

  private static TextFormat.Piece peer(
      Function<StreamInfo, @Nullable TlsFacts> side, Function<CertificateFacts, String> value) {
    return text(
        side,
        tls -> {
          CertificateFacts peer = tls.peer();
          return peer == null ? "" : value.apply(peer);
        });
  }

  private static TextFormat.Piece local(
      Function<StreamInfo, @Nullable TlsFacts> side, Function<CertificateFacts, String> value) {
    return text(
        side,
        tls -> {
          CertificateFacts local = tls.local();
          return local == null ? "" : value.apply(local);
        });
  }

  private static TextFormat.Piece text(
      Function<StreamInfo, @Nullable TlsFacts> side, Function<TlsFacts, String> value) {
    return (info, out) -> {
      TlsFacts tls = side.apply(info);
      String text = tls == null ? "" : value.apply(tls);
      if (text.isEmpty()) {
        return false;
      }
      out.put(text);
      return true;
    };
  }
}

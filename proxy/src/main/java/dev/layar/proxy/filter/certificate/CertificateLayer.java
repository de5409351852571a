package dev.layar.proxy.filter.certificate;

import dev.layar.proxy.config.ClientCertificateHeader;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.CertificateFacts;
import dev.layar.proxy.observe.TlsFacts;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * {@code x-forwarded-client-cert} (Envoy: {@code
 * ConnectionManagerUtility::mutateXfccRequestHeader}). Stateless.
 */
public final class CertificateLayer implements Layer {
  private static final long MASK = 1L << HeaderName.X_FORWARDED_CLIENT_CERT;

  @Override
  public String name() {
    return "certificate";
  }

  @Override
  public String reason() {
    return "upstreams read the client's identity from a header that clients must not forge";
  }

  @Override
  public Step request(Call call) {
    ClientCertificateHeader wanted = call.config().clientCertificate();
    TlsFacts tls = call.info().downstreamTls;
    if (wanted.mode() == ClientCertificateHeader.Mode.ALWAYS_FORWARD_ONLY) {
      return Step.CONTINUE;
    }
    CertificateFacts peer = tls == null ? null : tls.peer();
    if (tls == null || peer == null) {
      remove(call.request());
      return Step.CONTINUE;
    }
    switch (wanted.mode()) {
      case SANITIZE -> remove(call.request());
      case FORWARD_ONLY, ALWAYS_FORWARD_ONLY -> {
        // What the client sent goes on: it is trusted by its certificate.
      }
      case SANITIZE_SET -> {
        remove(call.request());
        set(call, wanted, tls, peer);
      }
      case APPEND_FORWARD -> set(call, wanted, tls, peer);
    }
    return Step.CONTINUE;
  }

  private static void remove(Head request) {
    if (request.mayHaveAny(MASK)) {
      request.dropAll(HeaderName.X_FORWARDED_CLIENT_CERT);
    }
  }

  private static void set(
      Call call, ClientCertificateHeader wanted, TlsFacts tls, CertificateFacts peer) {
    Head request = call.request();
    ByteSink out = call.scratch();
    out.clear();
    for (int i = request.find(HeaderName.X_FORWARDED_CLIENT_CERT);
        i >= 0;
        i = request.findNext(HeaderName.X_FORWARDED_CLIENT_CERT, i)) {
      out.put(request.bytes(), request.valueStart(i), request.valueLength(i)).put(',');
    }
    element(wanted, tls, peer, out);
    request.dropAll(HeaderName.X_FORWARDED_CLIENT_CERT);
    request.append(
        HeaderName.bytes(HeaderName.X_FORWARDED_CLIENT_CERT),
        HeaderName.X_FORWARDED_CLIENT_CERT,
        out.bytes(),
        0,
        out.length());
  }

  private static void element(
      ClientCertificateHeader wanted, TlsFacts tls, CertificateFacts peer, ByteSink out) {
    CertificateFacts local = tls.local();
    if (local != null) {
      for (String uri : local.uris()) {
        out.put("By=").put(uri).put(';');
      }
    }
    out.put("Hash=").put(peer.sha256());
    if (wanted.cert() && !tls.peerPem().isEmpty()) {
      out.put(";Cert=\"").put(encoded(tls.peerPem().getFirst())).put('"');
    }
    if (wanted.chain() && !tls.peerPem().isEmpty()) {
      out.put(";Chain=\"").put(encoded(String.join("", tls.peerPem()))).put('"');
    }
    if (wanted.subject()) {
      out.put(";Subject=\"").put(peer.subject().replace("\"", "\\\"")).put('"');
    }
    if (wanted.uri()) {
      for (String uri : peer.uris()) {
        out.put(";URI=").put(uri);
      }
      if (peer.uris().isEmpty()) {
        out.put(";URI=");
      }
    }
    if (wanted.dns()) {
      for (String name : peer.dnsNames()) {
        out.put(";DNS=").put(name);
      }
    }
  }

  /** Percent encoding as Envoy does it: a space is {@code %20}. */
  private static String encoded(String pem) {
    return URLEncoder.encode(pem, StandardCharsets.US_ASCII).replace("+", "%20");
  }
}

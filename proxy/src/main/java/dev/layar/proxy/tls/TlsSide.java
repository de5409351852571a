package dev.layar.proxy.tls;

import dev.layar.proxy.observe.CertificateFacts;
import dev.layar.proxy.observe.TlsFacts;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side's TLS for a filter chain or a cluster: its context, built when first used and again when
 * a secret changed. Handshakes begun before go on with the context they have; a secret that cannot
 * be used leaves the one before in use. Thread-safe.
 *
 * <p>BoringSSL does the work where its native library is there, else the JDK, which refuses server
 * names with underscores, as Istio's own are. A context is native memory: it is given back when it
 * is replaced, or when whoever held this is gone.
 */
abstract class TlsSide {
  private static final Logger LOG = LoggerFactory.getLogger(TlsSide.class);
  private static final Cleaner CLEANER = Cleaner.create();

  /** {@code TLS error: Secret is not supplied by SDS} (Envoy NotReadySslSocket). */
  static final String NO_SECRET = "TLS error: Secret is not supplied by SDS";

  /** What has to be released; must not refer to its owner. */
  private static final class Held implements Runnable {
    private @Nullable SslContext context;

    @Override
    public void run() {
      replace(null);
    }

    private synchronized void replace(@Nullable SslContext next) {
      SslContext old = context;
      context = next;
      ReferenceCountUtil.release(old);
    }
  }

  /** Makes the handler for one connection; the context is kept while it runs. */
  @FunctionalInterface
  interface Maker {
    SslHandler handler(SslContext context);
  }

  private final TlsConfig config;
  private final List<TlsConfig.TicketKey> ticketKeys;
  private final SecretStore secrets;
  final InstantSource clock;
  private final Held held = new Held();
  private long seen = -1;
  private @Nullable TlsMaterial material;
  private @Nullable Validation validation;
  private @Nullable CertificateFacts local;
  private volatile int generation;

  TlsSide(
      TlsConfig config,
      List<TlsConfig.TicketKey> ticketKeys,
      SecretStore secrets,
      InstantSource clock) {
    this.config = config;
    this.ticketKeys = ticketKeys;
    this.secrets = secrets;
    this.clock = clock;
    CLEANER.register(this, held);
  }

  /** Whether BoringSSL does the work; else the JDK does. */
  public static boolean usesBoringSsl() {
    return OpenSsl.isAvailable();
  }

  static SslProvider provider() {
    return usesBoringSsl() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
  }

  /** Grows when connections made before have another identity than those made now. */
  public final int generation() {
    if (secrets.version() != seenVersion()) {
      refreshed();
    }
    return generation;
  }

  private synchronized long seenVersion() {
    return seen;
  }

  /** A handler for one connection; null while a secret has not come. */
  final synchronized @Nullable SslHandler handler(Maker maker) {
    SslContext context = refreshed();
    if (context == null) {
      return null;
    }
    SslHandler handler = maker.handler(context);
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  private synchronized @Nullable SslContext refreshed() {
    long version = secrets.version();
    if (seen == version) {
      return held.context;
    }
    seen = version;
    TlsMaterial next = TlsMaterial.of(config, ticketKeys, secrets);
    if (next == null || next.equals(material)) {
      return held.context;
    }
    try {
      SslContext built = build(next);
      material = next;
      validation = next.validation();
      local = localFacts(next);
      held.replace(built);
      generation++;
    } catch (GeneralSecurityException | SSLException | IllegalArgumentException e) {
      LOG.warn("a TLS context cannot be built, the one before stays: {}", e.getMessage());
    }
    return held.context;
  }

  private static @Nullable CertificateFacts localFacts(TlsMaterial material)
      throws GeneralSecurityException {
    if (material.pairs().isEmpty()) {
      return null;
    }
    List<X509Certificate> chain = Pem.certificates(material.pairs().getFirst().chain());
    return chain.isEmpty() ? null : CertificateFacts.of(chain.getFirst());
  }

  abstract SslContext build(TlsMaterial material) throws GeneralSecurityException, SSLException;

  final void common(SslContextBuilder builder) {
    builder.sslProvider(provider()).protocols(config.protocols());
    if (!config.ciphers().isEmpty()) {
      builder.ciphers(ciphers(), SupportedCipherSuiteFilter.INSTANCE);
    }
    if (!config.alpn().isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              config.alpn()));
    }
  }

  /** Envoy's list is about TLS 1.2; the suites of TLS 1.3 are always on. */
  private List<String> ciphers() {
    List<String> all =
        new ArrayList<>(
            List.of(
                "TLS_AES_128_GCM_SHA256",
                "TLS_AES_256_GCM_SHA384",
                "TLS_CHACHA20_POLY1305_SHA256"));
    all.addAll(config.ciphers());
    return all;
  }

  // ---- facts

  /** What is to be said about a connection whose handshake is complete. */
  final TlsFacts facts(SslHandler handler) {
    SSLSession session = handler.engine().getSession();
    List<X509Certificate> chain = peerChain(session);
    Validation asked = validation;
    String alpn = handler.applicationProtocol();
    return new TlsFacts(
        session.getProtocol(),
        opensslName(session.getCipherSuite()),
        alpn == null ? "" : alpn,
        HexFormat.of().formatHex(session.getId()),
        chain.isEmpty() ? null : CertificateFacts.of(chain.getFirst()),
        !chain.isEmpty() && asked != null && asked.verifies() && !asked.acceptUntrusted(),
        pem(chain),
        local);
  }

  private static List<X509Certificate> peerChain(SSLSession session) {
    List<X509Certificate> chain = new ArrayList<>();
    try {
      for (Certificate one : session.getPeerCertificates()) {
        if (one instanceof X509Certificate certificate) {
          chain.add(certificate);
        }
      }
    } catch (SSLPeerUnverifiedException showedNone) {
      return List.of();
    }
    return chain;
  }

  private static List<String> pem(List<X509Certificate> chain) {
    List<String> texts = new ArrayList<>();
    try {
      for (X509Certificate one : chain) {
        texts.add(Pem.encode("CERTIFICATE", one.getEncoded()));
      }
    } catch (java.security.cert.CertificateEncodingException unreadable) {
      return List.of();
    }
    return texts;
  }

  /** {@code TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256} → {@code ECDHE-RSA-AES128-GCM-SHA256}. */
  private static String opensslName(String suite) {
    if (!suite.contains("_WITH_")) {
      return suite;
    }
    return suite
        .replaceFirst("^(TLS|SSL)_", "")
        .replace("_WITH_", "-")
        .replace("AES_", "AES")
        .replace("_SHA256", suite.contains("CHACHA20") ? "" : "_SHA256")
        .replace('_', '-');
  }
}

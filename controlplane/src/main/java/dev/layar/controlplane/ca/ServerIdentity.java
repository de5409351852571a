package dev.layar.controlplane.ca;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The control plane's own certificate, renewed at half its life, and its trust in the mesh's
 * present roots. Thread-safe; renewal happens on the thread of the handshake that first needs it.
 */
public final class ServerIdentity {
  private static final String ALIAS = "layar";

  private final CertificateAuthority authority;
  private final List<String> dnsNames;
  private final SpiffeId id;
  private final Duration ttl;
  private final InstantSource clock;
  private @Nullable Held held;
  private @Nullable Trusted trusted;

  private record Held(PrivateKey key, List<X509Certificate> chain, Instant renewAt) {}

  private record Trusted(List<X509Certificate> roots, X509ExtendedTrustManager manager) {}

  /**
   * @param id the control plane's own
   * @param dnsNames names under which proxies reach it, as {@code istiod.istio-system.svc}
   */
  public ServerIdentity(
      CertificateAuthority authority,
      SpiffeId id,
      List<String> dnsNames,
      Duration ttl,
      InstantSource clock) {
    this.authority = authority;
    this.id = id;
    this.dnsNames = List.copyOf(dnsNames);
    this.ttl = ttl;
    this.clock = clock;
  }

  /**
   * TLS that asks for a client's certificate without demanding one: a workload's first call can
   * only bring a token, as on istiod's port 15012.
   */
  public ServerCredentials credentials() {
    return TlsServerCredentials.newBuilder()
        .keyManager(new OwnKey())
        .trustManager(new MeshTrust())
        .clientAuth(TlsServerCredentials.ClientAuth.OPTIONAL)
        .build();
  }

  private synchronized Held held() {
    Instant now = clock.instant();
    Held present = held;
    if (present == null || !now.isBefore(present.renewAt())) {
      KeyPair pair = Certificates.keyPair(new SecureRandom());
      List<X509Certificate> chain = authority.issueServer(pair.getPublic(), id, dnsNames, ttl);
      present = new Held(pair.getPrivate(), chain, now.plus(ttl.dividedBy(2)));
      held = present;
    }
    return present;
  }

  private synchronized X509ExtendedTrustManager trust() {
    List<X509Certificate> roots = authority.roots();
    Trusted present = trusted;
    if (present == null || !present.roots().equals(roots)) {
      present = new Trusted(roots, manager(roots));
      trusted = present;
    }
    return present.manager();
  }

  private static X509ExtendedTrustManager manager(List<X509Certificate> roots) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < roots.size(); i++) {
        store.setCertificateEntry("root-" + i, roots.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return extended;
        }
      }
      throw new IllegalStateException("the JDK has no extended trust manager");
    } catch (GeneralSecurityException | java.io.IOException impossible) {
      throw new IllegalStateException("a key store in memory", impossible);
    }
  }

  private final class OwnKey extends X509ExtendedKeyManager {
    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return keyType.startsWith("EC") ? new String[] {ALIAS} : null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return keyType.startsWith("EC") ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return chooseServerAlias(keyType, issuers, null);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return held().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return held().key();
    }
  }

  private final class MeshTrust extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      trust().checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      trust().checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      trust().checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("this side is the server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authority.roots().toArray(X509Certificate[]::new);
    }
  }
}

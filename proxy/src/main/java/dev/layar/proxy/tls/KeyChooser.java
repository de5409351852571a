package dev.layar.proxy.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Several certificates in one context, one of which fits the peer's algorithms: ECDSA and RSA side
 * by side ({@code Envoy CommonTlsContext.tls_certificates}). Immutable, thread-safe.
 */
final class KeyChooser extends X509ExtendedKeyManager {
  private record Pair(X509Certificate[] chain, PrivateKey key) {}

  private final List<Pair> pairs = new ArrayList<>();

  /**
   * @throws GeneralSecurityException when a certificate or key cannot be read
   */
  KeyChooser(List<KeyPairPem> pems) throws GeneralSecurityException {
    for (KeyPairPem pem : pems) {
      X509Certificate[] chain = Pem.certificates(pem.chain()).toArray(X509Certificate[]::new);
      if (chain.length == 0) {
        throw new GeneralSecurityException("no certificate in PEM form");
      }
      pairs.add(new Pair(chain, Pem.privateKey(pem.key())));
    }
  }

  boolean single() {
    return pairs.size() == 1;
  }

  X509Certificate[] firstChain() {
    return pairs.getFirst().chain();
  }

  PrivateKey firstKey() {
    return pairs.getFirst().key();
  }

  private @Nullable String alias(String keyType) {
    for (int i = 0; i < pairs.size(); i++) {
      String algorithm = pairs.get(i).key().getAlgorithm();
      boolean fits =
          keyType.startsWith("EC") ? algorithm.equals("EC") : keyType.startsWith(algorithm);
      if (fits) {
        return Integer.toString(i);
      }
    }
    return null;
  }

  private @Nullable Pair pair(String alias) {
    int index = alias.matches("[0-9]{1,4}") ? Integer.parseInt(alias) : -1;
    return index >= 0 && index < pairs.size() ? pairs.get(index) : null;
  }

  private @Nullable String first(String[] keyTypes) {
    for (String type : keyTypes) {
      String alias = alias(type);
      if (alias != null) {
        return alias;
      }
    }
    return null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal[] issuers, SSLEngine engine) {
    return alias(keyType);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyType, Principal[] issuers, SSLEngine engine) {
    return first(keyType);
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
    return first(keyType);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return aliases(keyType);
  }

  private String[] aliases(String keyType) {
    String alias = alias(keyType);
    return alias == null ? new String[0] : new String[] {alias};
  }

  @Override
  public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return alias(keyType);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Pair pair = pair(alias);
    return pair == null ? null : pair.chain().clone();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Pair pair = pair(alias);
    return pair == null ? null : pair.key();
  }
}

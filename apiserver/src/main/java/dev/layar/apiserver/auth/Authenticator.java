package dev.layar.apiserver.auth;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who asks: by client certificate, administrator's token or service account token.
 * Thread-safe.
 */
public final class Authenticator {
  private final Api api;
  private final byte[] adminToken;
  private final Tokens tokens;

  public Authenticator(Api api, Credentials credentials, Tokens tokens) {
    this.api = api;
    this.adminToken = credentials.adminToken().getBytes(StandardCharsets.UTF_8);
    this.tokens = tokens;
  }

  /**
   * The caller.
   *
   * @param authorization the header, empty for none
   * @param certificate checked by TLS; null for none
   * @return null when what was shown proves nothing
   */
  public @Nullable Caller authenticate(String authorization, @Nullable Certificate certificate) {
    if (certificate instanceof X509Certificate x509) {
      return certified(x509);
    }
    if (authorization.isEmpty()) {
      return Callers.ANONYMOUS;
    }
    return authorization.regionMatches(true, 0, "Bearer ", 0, 7)
        ? bearer(authorization.substring(7).strip())
        : null;
  }

  private @Nullable Caller bearer(String token) {
    if (MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), adminToken)) {
      return Callers.ADMIN;
    }
    Tokens.Claims claims = verified(token);
    return claims != null && claims.audiences().contains(Tokens.ISSUER) ? caller(claims) : null;
  }

  /** What a service account's token says, when its account and pod still exist; else null. */
  public Tokens.@Nullable Claims verified(String token) {
    Tokens.Claims claims = tokens.verify(token);
    if (claims == null
        || !exists("serviceaccounts", claims.namespace(), claims.account(), claims.accountUid())) {
      return null;
    }
    boolean bound =
        claims.pod().isEmpty() || exists("pods", claims.namespace(), claims.pod(), claims.podUid());
    return bound ? claims : null;
  }

  public static Caller caller(Tokens.Claims claims) {
    return Callers.serviceAccount(claims.namespace(), claims.account(), claims.accountUid());
  }

  private boolean exists(String plural, String namespace, String name, String uid) {
    ResourceType type = api.type("", plural);
    if (type == null) {
      return false;
    }
    try {
      return api.get(new ObjectRef(type, namespace, name), "v1", Subresource.NONE)
          .path("metadata")
          .path("uid")
          .asString("")
          .equals(uid);
    } catch (StatusException notThere) {
      return false;
    }
  }

  /** Common name and organizations of the subject. */
  private static @Nullable Caller certified(X509Certificate certificate) {
    String user = "";
    List<String> groups = new ArrayList<>();
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          user = part.getValue().toString();
        } else if (part.getType().equalsIgnoreCase("O")) {
          groups.add(part.getValue().toString());
        }
      }
    } catch (InvalidNameException malformed) {
      return null;
    }
    return user.isEmpty() ? null : Callers.certified(user, groups);
  }
}

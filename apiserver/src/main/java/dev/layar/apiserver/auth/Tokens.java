package dev.layar.apiserver.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Service account tokens: JWTs (RFC 7519) signed with ES256 (RFC 7518 §3.4), with the claims that
 * Kubernetes puts into bound tokens. Thread-safe.
 */
public final class Tokens {
  /** Who issues them, and the audience that the API server itself accepts. */
  public static final String ISSUER = "https://kubernetes.default.svc";

  /** As Kubernetes: no shorter than this. */
  public static final Duration SHORTEST = Duration.ofMinutes(10);

  public static final Duration LONGEST = Duration.ofDays(365);
  private static final int LONGEST_TOKEN = 8_192;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Base64.Encoder TO_BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final KeyPair keys;
  private final InstantSource clock;
  private final String keyId;

  /**
   * What a token says.
   *
   * @param pod the pod that it is bound to, empty for none
   */
  public record Claims(
      String namespace,
      String account,
      String accountUid,
      String pod,
      String podUid,
      List<String> audiences,
      Instant expires) {
    public Claims {
      audiences = List.copyOf(audiences);
    }
  }

  public Tokens(KeyPair keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
    this.keyId = keyId(keys);
  }

  /** Signs a token with these claims, valid from now. */
  public String issue(Claims claims) {
    Instant now = clock.instant();
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    header.put("alg", "ES256").put("kid", keyId).put("typ", "JWT");
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    claims.audiences().forEach(body.putArray("aud")::add);
    body.put("exp", claims.expires().getEpochSecond());
    body.put("iat", now.getEpochSecond());
    body.put("iss", ISSUER);
    body.put("jti", UUID.randomUUID().toString());
    ObjectNode kubernetes = body.putObject("kubernetes.io");
    kubernetes.put("namespace", claims.namespace());
    if (!claims.pod().isEmpty()) {
      kubernetes.putObject("pod").put("name", claims.pod()).put("uid", claims.podUid());
    }
    kubernetes
        .putObject("serviceaccount")
        .put("name", claims.account())
        .put("uid", claims.accountUid());
    body.put("nbf", now.getEpochSecond());
    body.put("sub", "system:serviceaccount:" + claims.namespace() + ":" + claims.account());
    String signed = base64(header) + "." + base64(body);
    return signed + "." + TO_BASE64.encodeToString(sign(signed));
  }

  /** What a token says, when we signed it and it is valid now; null otherwise. */
  public @Nullable Claims verify(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3 || token.length() > LONGEST_TOKEN) {
      return null;
    }
    try {
      JsonNode header = decode(parts[0]);
      JsonNode body = decode(parts[1]);
      boolean ours =
          header.path("alg").asString("").equals("ES256")
              && body.path("iss").asString("").equals(ISSUER)
              && isSigned(parts[0] + "." + parts[1], Base64.getUrlDecoder().decode(parts[2]));
      long now = clock.instant().getEpochSecond();
      boolean valid =
          body.path("exp").asLong(0) > now && body.path("nbf").asLong(Long.MAX_VALUE) <= now + 60;
      return ours && valid ? claims(body) : null;
    } catch (JacksonException | IllegalArgumentException malformed) {
      return null;
    }
  }

  private static Claims claims(JsonNode body) {
    JsonNode kubernetes = body.path("kubernetes.io");
    List<String> audiences = new ArrayList<>();
    body.path("aud").forEach(each -> audiences.add(each.asString("")));
    return new Claims(
        kubernetes.path("namespace").asString(""),
        kubernetes.path("serviceaccount").path("name").asString(""),
        kubernetes.path("serviceaccount").path("uid").asString(""),
        kubernetes.path("pod").path("name").asString(""),
        kubernetes.path("pod").path("uid").asString(""),
        audiences,
        Instant.ofEpochSecond(body.path("exp").asLong(0)));
  }

  private static JsonNode decode(String part) {
    return JSON.readTree(Base64.getUrlDecoder().decode(part));
  }

  private static String base64(JsonNode node) {
    return TO_BASE64.encodeToString(JSON.writeValueAsBytes(node));
  }

  private byte[] sign(String text) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(keys.getPrivate());
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign a token", e);
    }
  }

  private boolean isSigned(String text, byte[] given) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initVerify(keys.getPublic());
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return signature.verify(given);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }

  private static String keyId(KeyPair keys) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(keys.getPublic().getEncoded());
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

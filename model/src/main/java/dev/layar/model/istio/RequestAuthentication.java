package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's RequestAuthentication ({@code security/v1beta1/request_authentication.proto}) and its
 * messages.
 */
@Doc("Which tokens of callers are checked. A bad token is refused; a call without one passes.")
public record RequestAuthentication(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: of the mesh.")
        @Nullable PolicySelector selector,
    @Doc("Deprecated: one of targetRefs.") @Nullable TargetReference targetRef,
    @Doc("Objects it is attached to instead of a selector.") List<TargetReference> targetRefs,
    @Doc("Issuers whose tokens are accepted.") List<JwtRule> jwtRules) {
  public RequestAuthentication {
    targetRefs = List.copyOf(targetRefs);
    jwtRules = List.copyOf(jwtRules);
  }

  /** Istio's JWTRule. */
  @Doc("An issuer of tokens.")
  public record JwtRule(
      @Doc("The issuer: claim iss of its tokens.") @Required String issuer,
      @Doc("Claim aud must have one of these; left out: any.") List<String> audiences,
      @Doc("Where the issuer's keys are fetched; left out: found by OpenID discovery.")
          String jwksUri,
      @Doc("The issuer's keys, written out.") String jwks,
      @Doc("Headers that carry the token; left out: Authorization with prefix Bearer.")
          List<JwtHeader> fromHeaders,
      @Doc("Query parameters that carry the token; left out: access_token.")
          List<String> fromParams,
      @Doc("Header that gets the token's payload, as base64.") String outputPayloadToHeader,
      @Doc("Cookies that carry the token.") List<String> fromCookies,
      @Doc("Leave the token in the request.") boolean forwardOriginalToken,
      @Doc("Headers that get claims.") List<ClaimToHeader> outputClaimToHeaders,
      @Doc("How long fetching keys may take; left out: 5s.") @Nullable Duration timeout,
      @Doc("Claims, besides scope and permission, that are lists of words in one string.")
          List<String> spaceDelimitedClaims) {
    public JwtRule {
      audiences = List.copyOf(audiences);
      fromHeaders = List.copyOf(fromHeaders);
      fromParams = List.copyOf(fromParams);
      fromCookies = List.copyOf(fromCookies);
      outputClaimToHeaders = List.copyOf(outputClaimToHeaders);
      spaceDelimitedClaims = List.copyOf(spaceDelimitedClaims);
    }
  }

  /** Istio's JWTHeader. */
  @Doc("A header that carries a token.")
  public record JwtHeader(
      @Doc("Its name.") @Required String name,
      @Doc("What precedes the token, for example `Bearer `.") String prefix) {}

  /** Istio's ClaimToHeader. */
  @Doc("A header that gets a claim.")
  public record ClaimToHeader(
      @Doc("Name of the header.") @Required String header,
      @Doc("Name of the claim; dots lead into objects.") @Required String claim) {}
}

package dev.layar.proxy.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which origins may read responses ({@code Envoy CorsPolicy}). Null where a field is not set, so
 * that the virtual host's applies. Immutable.
 *
 * @param origins any of which has to match; {@code *} matches all
 * @param methods {@code access-control-allow-methods}; {@code *} says what was asked for, as do
 *     headers
 * @param enabled share of requests for which it acts; all by default
 * @param forwardMisses whether a preflight of another origin goes upstream, as it does by default
 */
public record CorsConfig(
    List<BytesMatcher> origins,
    byte @Nullable [] methods,
    byte @Nullable [] headers,
    byte @Nullable [] expose,
    byte @Nullable [] maxAge,
    @Nullable Boolean credentials,
    @Nullable Fraction enabled,
    @Nullable Boolean forwardMisses) {
  public CorsConfig {
    origins = List.copyOf(origins);
  }

  /** This, with what it leaves open taken from the policy of an outer level. */
  public CorsConfig over(@Nullable CorsConfig outer) {
    return outer == null
        ? this
        : new CorsConfig(
            origins.isEmpty() ? outer.origins : origins,
            methods != null ? methods : outer.methods,
            headers != null ? headers : outer.headers,
            expose != null ? expose : outer.expose,
            maxAge != null ? maxAge : outer.maxAge,
            credentials != null ? credentials : outer.credentials,
            enabled != null ? enabled : outer.enabled,
            forwardMisses != null ? forwardMisses : outer.forwardMisses);
  }

  /** Whether it acts upon a request with this random value. */
  public boolean acts(long random) {
    return enabled == null || enabled.samples(random);
  }

  /** Whether this origin may read. */
  public boolean allows(byte[] bytes, int start, int length) {
    for (int i = 0; i < origins.size(); i++) {
      BytesMatcher matcher = origins.get(i);
      if (anything(matcher) || matcher.matches(bytes, start, length)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anything(BytesMatcher matcher) {
    return matcher instanceof BytesMatcher.Exact exact
        && exact.value().length == 1
        && exact.value()[0] == '*';
  }
}

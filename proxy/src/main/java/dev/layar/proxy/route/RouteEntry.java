package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.Provenance;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One route of a virtual host: what it matches and what it does. Immutable, shared by all event
 * loops.
 *
 * @param name the route's name; empty when it has none
 * @param requestHeaders edits of the request head by route, virtual host and table, in the order in
 *     which they are applied; those of a weighted cluster are applied before them
 * @param responseHeaders the same for the response head
 * @param fault the most specific per-route fault configuration; null leaves the listener's
 * @param cors who may read responses; null when nothing is said
 * @param overrides what is said to filters, by their names in the listener
 * @param decoratorOperation span name; empty when there is none
 * @param attemptCount {@code include_request_attempt_count}: sends {@code x-envoy-attempt-count}
 *     upstream
 * @param attemptCountInResponse {@code include_attempt_count_in_response}
 * @param bufferLimitBytes {@code per_request_buffer_limit_bytes}; -1 when unset
 */
public record RouteEntry(
    String name,
    byte[] nameBytes,
    String virtualHostName,
    byte[] virtualHostBytes,
    RouteMatcher matcher,
    RouteAction action,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders,
    @Nullable FaultConfig fault,
    @Nullable CorsConfig cors,
    Map<String, FilterOverride> overrides,
    String decoratorOperation,
    boolean attemptCount,
    boolean attemptCountInResponse,
    long bufferLimitBytes,
    @Nullable Provenance provenance)
    implements RouteResult {
  public RouteEntry {
    overrides = Map.copyOf(overrides);
  }

  /** An entry whose byte forms are derived from its names. */
  @SuppressWarnings("TooManyParameters")
  public static RouteEntry of(
      String name,
      String virtualHostName,
      RouteMatcher matcher,
      RouteAction action,
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders,
      @Nullable FaultConfig fault,
      @Nullable CorsConfig cors,
      Map<String, FilterOverride> overrides,
      String decoratorOperation,
      boolean attemptCount,
      boolean attemptCountInResponse,
      long bufferLimitBytes,
      @Nullable Provenance provenance) {
    return new RouteEntry(
        name,
        Ascii.bytes(name),
        virtualHostName,
        Ascii.bytes(virtualHostName),
        matcher,
        action,
        requestHeaders,
        responseHeaders,
        fault,
        cors,
        overrides,
        decoratorOperation,
        attemptCount,
        attemptCountInResponse,
        bufferLimitBytes,
        provenance);
  }

  /** Whether the route's conditions hold for this request. */
  boolean matches(Head head, long random) {
    return matcher.matches(head, random);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "route " + name + " of " + virtualHostName;
  }
}

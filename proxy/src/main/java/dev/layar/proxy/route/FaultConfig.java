package dev.layar.proxy.route;

import java.util.List;

/**
 * Faults to inject ({@code Envoy HTTPFault}). Delay and abort are sampled independently, each with
 * a random value of its own.
 *
 * @param delayNanos 0 is no delay
 * @param abortHttpStatus 0 when there is none
 * @param abortGrpcStatus -1 when there is none; an HTTP status wins over it
 * @param headers conditions on the request, all of which must hold
 * @param upstreamCluster acts only on requests routed there; empty for all
 * @param maxActiveFaults further requests pass unharmed
 */
public record FaultConfig(
    long delayNanos,
    Fraction delayShare,
    int abortHttpStatus,
    int abortGrpcStatus,
    Fraction abortShare,
    List<HeaderMatcher> headers,
    String upstreamCluster,
    int maxActiveFaults) {
  /** Injects nothing. */
  public static final FaultConfig NONE =
      new FaultConfig(0, Fraction.NEVER, 0, -1, Fraction.NEVER, List.of(), "", Integer.MAX_VALUE);

  public FaultConfig {
    headers = List.copyOf(headers);
  }
}

package dev.layar.proxy.route;

/**
 * A share of requests ({@code Envoy type.v3.FractionalPercent}).
 *
 * @param denominator 100, 10 000 or 1 000 000
 */
public record Fraction(long numerator, long denominator) {
  public static final Fraction ALWAYS = new Fraction(100, 100);
  public static final Fraction NEVER = new Fraction(0, 100);

  /** Whether the request with this random value is in the share. */
  public boolean samples(long random) {
    return Long.remainderUnsigned(random, denominator) < numerator;
  }
}

package dev.layar.testkit;

import dev.layar.base.SplitMix64;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Reproducible random choices for property tests, and the loop that runs a property over many seeds
 * and names the one that failed. One thread at a time.
 */
public final class Seeded {
  private final SplitMix64 random;

  public Seeded(long seed) {
    this.random = new SplitMix64(seed);
  }

  /** A property of one seed. */
  @FunctionalInterface
  public interface Property {
    void check(Seeded random);
  }

  /**
   * Checks a property for the seeds {@code first} to {@code first + count - 1}. The system property
   * {@code layar.seed} restricts the run to one seed.
   *
   * @throws AssertionError naming the seed, with the property's own failure as its cause
   */
  public static void forSeeds(long first, int count, Property property) {
    Long only = Long.getLong("layar.seed");
    for (long seed = first; seed < first + count; seed++) {
      if (only == null || only == seed) {
        checkSeed(seed, property);
      }
    }
  }

  private static void checkSeed(long seed, Property property) {
    try {
      property.check(new Seeded(seed));
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "failed for seed " + seed + " (repeat it with -Dlayar.seed=" + seed + "): " + e, e);
    }
  }

  /** A uniform value in {@code [0, bound)}. */
  public int below(int bound) {
    return random.below(bound);
  }

  /** True once in {@code n} on average. */
  public boolean oneIn(int n) {
    return random.below(n) == 0;
  }

  /** One of the choices. */
  @SafeVarargs
  public final <T> T pick(T... choices) {
    return choices[random.below(choices.length)];
  }

  /** One of the choices. */
  public <T> T pick(List<? extends T> choices) {
    return choices.get(random.below(choices.size()));
  }

  /** Between {@code min} and {@code max} generated values, both inclusive. */
  public <T> List<T> list(int min, int max, Supplier<? extends T> generator) {
    int size = min + random.below(max - min + 1);
    List<T> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(generator.get());
    }
    return list;
  }
}

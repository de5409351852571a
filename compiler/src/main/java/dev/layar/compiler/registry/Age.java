package dev.layar.compiler.registry;

import dev.layar.model.ObjectMeta;
import java.util.Comparator;

/**
 * The order of objects that claim the same thing: older first, then by name, then by namespace
 * (Istio {@code configCompareByCreationTime}). Objects without a time are as old as can be, so that
 * among them the names decide.
 *
 * @param createdAt seconds since the epoch, 0 when unknown
 */
public record Age(long createdAt, String name, String namespace) implements Comparable<Age> {
  private static final Comparator<Age> ORDER =
      Comparator.comparingLong(Age::createdAt)
          .thenComparing(Age::name)
          .thenComparing(Age::namespace);

  public static Age of(ObjectMeta metadata) {
    return new Age(
        metadata.creationTimestamp() == null ? 0 : metadata.creationTimestamp().getEpochSecond(),
        metadata.name(),
        metadata.namespace());
  }

  @Override
  public int compareTo(Age other) {
    return ORDER.compare(this, other);
  }
}

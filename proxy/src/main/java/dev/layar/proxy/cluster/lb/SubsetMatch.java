package dev.layar.proxy.cluster.lb;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a route asks of an endpoint's {@code envoy.lb} metadata ({@code Envoy
 * RouteAction.metadata_match}), and by which the endpoints of a subset are found. Immutable, its
 * hash known beforehand, so that looking a subset up costs no allocation.
 */
public final class SubsetMatch {
  private final SortedMap<String, String> criteria;
  private final int hash;

  private SubsetMatch(SortedMap<String, String> criteria) {
    this.criteria = criteria;
    this.hash = criteria.hashCode();
  }

  /**
   * @param criteria key to the value's canonical text
   */
  public static SubsetMatch of(Map<String, String> criteria) {
    return new SubsetMatch(new TreeMap<>(criteria));
  }

  /** The same with more criteria, which win over these ({@code ClusterWeight.metadata_match}). */
  public SubsetMatch with(SubsetMatch more) {
    SortedMap<String, String> merged = new TreeMap<>(criteria);
    merged.putAll(more.criteria);
    return new SubsetMatch(merged);
  }

  Set<String> keys() {
    return criteria.keySet();
  }

  /** The criteria with these keys only. */
  SubsetMatch only(Set<String> keys) {
    SortedMap<String, String> fewer = new TreeMap<>(criteria);
    fewer.keySet().retainAll(keys);
    return new SubsetMatch(fewer);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SubsetMatch match
        && hash == match.hash
        && criteria.equals(match.criteria);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return criteria.toString();
  }
}

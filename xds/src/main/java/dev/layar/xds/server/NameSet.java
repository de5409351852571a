package dev.layar.xds.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names one client subscribed to, as a difference from names that many clients share: a sidecar
 * subscribes to every assignment of its scope, and a thousand of them need not hold ten thousand
 * names each. Confined to its session.
 */
final class NameSet {
  /** A difference smaller than this is not worth a comparison. */
  private static final int WORTHWHILE = 16;

  private Set<String> shared = Set.of();
  private Set<String> added = new HashSet<>();
  private Set<String> removed = new HashSet<>();

  boolean contains(String name) {
    return added.contains(name) || (shared.contains(name) && !removed.contains(name));
  }

  /** Whether the name was not there. */
  boolean add(String name) {
    return shared.contains(name) ? removed.remove(name) : added.add(name);
  }

  /** Whether the name was there. */
  boolean remove(String name) {
    return added.remove(name) || (shared.contains(name) && removed.add(name));
  }

  int size() {
    return shared.size() - removed.size() + added.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }

  List<String> toList() {
    List<String> names = new ArrayList<>(added);
    shared.stream().filter(name -> !removed.contains(name)).forEach(names::add);
    return names;
  }

  /** Whether {@link #share} might do anything with a set of that size. */
  boolean mayShare(int size) {
    return size == size() && added.size() + removed.size() >= WORTHWHILE;
  }

  /**
   * Holds an equal set instead of names of its own.
   *
   * @param candidate immutable; nothing happens when it is not equal
   */
  void share(Set<String> candidate) {
    if (candidate.size() == size() && candidate.stream().allMatch(this::contains)) {
      shared = candidate;
      added = new HashSet<>();
      removed = new HashSet<>();
    }
  }
}

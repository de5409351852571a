package dev.layar.compiler.registry;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who may see an object: Istio's {@code exportTo}. Immutable.
 *
 * @param everyone whether all namespaces see it
 * @param namespaces who sees it otherwise, sorted
 */
public record Audience(boolean everyone, List<String> namespaces) {
  /** The group of an index that holds what everyone sees. */
  public static final String EVERYONE = "*";

  public Audience {
    namespaces = List.copyOf(namespaces);
  }

  /**
   * Reads a list as Istio does: empty means everyone, {@code *} anywhere means everyone, {@code .}
   * is the own namespace, and {@code ~} is nobody.
   */
  public static Audience of(Collection<String> exportTo, String namespace) {
    if (exportTo.isEmpty() || exportTo.contains("*")) {
      return new Audience(true, List.of());
    }
    Set<String> namespaces = new TreeSet<>();
    for (String entry : exportTo) {
      if (entry.equals(".")) {
        namespaces.add(namespace);
      } else if (!entry.equals("~")) {
        namespaces.add(entry);
      }
    }
    return new Audience(false, List.copyOf(namespaces));
  }

  /** Reads a list, or the mesh's when it is empty. */
  public static Audience of(
      Collection<String> exportTo, Collection<String> otherwise, String namespace) {
    return of(exportTo.isEmpty() ? otherwise : exportTo, namespace);
  }

  public boolean includes(String namespace) {
    return everyone || namespaces.contains(namespace);
  }

  /** Whether only this namespace sees it. */
  public boolean isPrivateTo(String namespace) {
    return !everyone && namespaces.equals(List.of(namespace));
  }

  /** The groups under which an index by audience holds the object. */
  public Set<String> groups() {
    return everyone ? Set.of(EVERYONE) : new LinkedHashSet<>(namespaces);
  }
}

package dev.layar.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of object in the Kubernetes API. Two kinds are equal when group and name are.
 *
 * @param group API group, empty for the core group
 * @param kind name in singular CamelCase, as the {@code kind} field has it
 * @param plural lower-case plural, as URLs and kubectl have it
 * @param shortNames kubectl's abbreviations
 * @param versions served versions, the preferred one first; all have the same schema
 * @param namespaced whether objects live in a namespace
 * @param type the record that {@link Resource#spec()} holds
 * @param body which part of the object that record is
 */
public record Kind(
    String group,
    String kind,
    String plural,
    List<String> shortNames,
    List<String> versions,
    boolean namespaced,
    Class<? extends Record> type,
    Body body) {

  /** Which part of an object a kind's record describes. */
  public enum Body {
    /** The content of {@code spec}: Istio's kinds. */
    SPEC,
    /** Everything beside {@code apiVersion}, {@code kind} and {@code metadata}. */
    OBJECT
  }

  public Kind {
    shortNames = List.copyOf(shortNames);
    versions = List.copyOf(versions);
  }

  /** {@code group/version}, or the version alone in the core group. */
  public String apiVersion(String version) {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** The {@code apiVersion} under which Layar itself writes this kind. */
  public String preferredApiVersion() {
    return apiVersion(versions.getFirst());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Kind that && kind.equals(that.kind) && group.equals(that.group);
  }

  @Override
  public int hashCode() {
    return kind.hashCode();
  }

  /** {@code Kind} or {@code Kind.group}, as kubectl writes it. */
  @Override
  public String toString() {
    return group.isEmpty() ? kind : kind + "." + group;
  }
}

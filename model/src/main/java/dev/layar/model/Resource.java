package dev.layar.model;

import org.jspecify.annotations.Nullable;

/**
 * One object of the API, decoded. Immutable. Equality leaves {@link #sources()} out: two files that
 * say the same thing on different lines hold equal resources.
 *
 * @param kind the object's kind
 * @param apiVersion the version it was written in
 * @param metadata name, labels and so on; the namespace is filled in for namespaced kinds
 * @param spec the record of the kind, see {@link Kind#type()} and {@link Kind#body()}
 * @param sources where each field was written
 */
public record Resource<S>(
    Kind kind, String apiVersion, ObjectMeta metadata, S spec, SourceMap sources) {

  public Resource {
    if (!kind.type().isInstance(spec)) {
      throw new IllegalArgumentException("spec of " + kind + " must be " + kind.type());
    }
  }

  /** An object that was made by code and has no source. */
  public static <S extends Record> Resource<S> of(ObjectMeta metadata, S spec) {
    Kind kind = Kinds.of(spec.getClass());
    return new Resource<>(kind, kind.preferredApiVersion(), metadata, spec, SourceMap.EMPTY);
  }

  public ObjectKey key() {
    return new ObjectKey(kind, metadata.namespace(), metadata.name());
  }

  /** This resource with its spec's type known, or null when it is of another kind. */
  @SuppressWarnings("unchecked") // the constructor checks that spec is of the kind's type
  public <T> @Nullable Resource<T> as(Class<T> type) {
    return type.isInstance(spec) ? (Resource<T>) this : null;
  }

  /** The same with other metadata. */
  public Resource<S> withMetadata(ObjectMeta other) {
    return new Resource<>(kind, apiVersion, other, spec, sources);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Resource<?> that
        && kind.equals(that.kind)
        && apiVersion.equals(that.apiVersion)
        && metadata.equals(that.metadata)
        && spec.equals(that.spec);
  }

  @Override
  public int hashCode() {
    return 31 * metadata.hashCode() + spec.hashCode();
  }

  @Override
  public String toString() {
    return key().toString();
  }
}

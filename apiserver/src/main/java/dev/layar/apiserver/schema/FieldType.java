package dev.layar.apiserver.schema;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a field may hold, as far as patches and field owners need it: its structure, and how lists
 * are merged. Immutable.
 */
public sealed interface FieldType {
  /** A value that is replaced as a whole. */
  FieldType LEAF = new Leaf(Scalar.ANY);

  /** Any value: fields of maps are merged one by one, lists are replaced. */
  FieldType OPEN = new Open();

  /** How a list is merged. */
  enum Merge {
    /** It is replaced. */
    ATOMIC,
    /** By value. */
    SET,
    /** By keys of its elements. */
    BY_KEY
  }

  /** Which JSON a value has to be. */
  enum Scalar {
    ANY,
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN
  }

  /** See {@link #LEAF}. */
  record Leaf(Scalar scalar) implements FieldType {}

  /** See {@link #OPEN}. */
  record Open() implements FieldType {}

  /**
   * An object with known fields.
   *
   * @param fields the type of a field; null when there is none of that name
   * @param atomic whether appliers own it as a whole
   */
  record Struct(String name, Function<String, @Nullable FieldType> fields, boolean atomic)
      implements FieldType {}

  /** A map from any string. */
  record MapOf(FieldType value, boolean atomic) implements FieldType {}

  /**
   * A list.
   *
   * @param keys of {@link Merge#BY_KEY}; the first one is what strategic patches merge by
   */
  record ListOf(FieldType element, Merge merge, List<String> keys) implements FieldType {}

  /** The type of a member; null when there is none of that name. */
  default @Nullable FieldType member(String name) {
    return switch (this) {
      case Struct struct -> struct.fields().apply(name);
      case MapOf map -> map.value();
      case Open _ -> OPEN;
      case Leaf _, ListOf _ -> null;
    };
  }

  /** The type of a list's elements; open when it is not a list. */
  default FieldType element() {
    return this instanceof ListOf list ? list.element() : OPEN;
  }

  /** How it is merged, if it is a list. */
  default Merge merge() {
    return this instanceof ListOf list ? list.merge() : Merge.ATOMIC;
  }

  /** The keys by which it is merged, if it is such a list. */
  default List<String> keys() {
    return this instanceof ListOf list ? list.keys() : List.of();
  }
}

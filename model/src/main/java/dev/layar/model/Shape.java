package dev.layar.model;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The form of a field's value, derived from the records by {@link Shapes}. Decoder, encoder, schema
 * and field docs all walk this and nothing else, so that they cannot disagree. Immutable.
 */
public sealed interface Shape {
  /** A string; {@code format} is empty or one of {@link Format}. */
  record Str(String format) implements Shape {}

  /** A whole number; {@code wide} when the component is a long. */
  record Int(long min, long max, boolean wide) implements Shape {}

  /** A number. */
  record Dec() implements Shape {}

  /** A boolean. */
  record Bool() implements Shape {}

  /** A Go duration. */
  record Span() implements Shape {}

  /** An RFC 3339 time. */
  record Time() implements Shape {}

  /** A number or a string. */
  record IntOrStr() implements Shape {}

  /** An object of any content. */
  record Open() implements Shape {}

  /** One of a few words. */
  record Word(Class<? extends Enum<?>> type, List<Constant> constants) implements Shape {
    /** The words alone. */
    List<String> names() {
      return constants.stream().map(Constant::name).toList();
    }
  }

  /** A word with its meaning. */
  record Constant(String name, String doc, Object value) {}

  /** A list. */
  record Listing(Shape element) implements Shape {}

  /** A map with string keys. */
  record Mapping(Shape value, boolean nullIsEmpty) implements Shape {}

  /**
   * An object.
   *
   * @param slots the fields by name
   * @param statusSlots those that live in the object's status instead, see {@link InStatus}
   */
  record Message(
      Class<?> type,
      String doc,
      boolean open,
      Set<String> alsoAccepts,
      List<Field> fields,
      Map<String, Slot> slots,
      Map<String, Slot> statusSlots,
      Constructor<?> constructor)
      implements Shape {
    /** The fields by name, of the one part or the other. */
    Map<String, Slot> slots(boolean status) {
      return status ? statusSlots : slots;
    }

    /** The type's name, for a person. */
    public String name() {
      return type.getSimpleName();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Message that && type == that.type;
    }

    @Override
    public int hashCode() {
      return type.hashCode();
    }
  }

  /** An object of which at most one field may be written. */
  record OneOf(Class<?> type, String doc, List<Member> members, @Nullable Object none)
      implements Shape {
    /** The fields' names. */
    List<String> names() {
      return members.stream().map(m -> m.field().name()).toList();
    }
  }

  /** One way to fill a {@link OneOf}: a record with this single field. */
  record Member(Class<?> type, Field field, Constructor<?> constructor) {}

  /**
   * One component of a record.
   *
   * @param name as in YAML and JSON
   * @param index position among the record's components
   * @param empty the component's value when the field is not written; null where it may be null
   * @param inline the shape is a {@link OneOf} whose fields are written in the enclosing object
   */
  record Field(
      String name,
      int index,
      Shape shape,
      String doc,
      @Nullable Object empty,
      boolean required,
      boolean inline,
      boolean inStatus,
      List<String> mistaken,
      Method accessor) {}

  /**
   * What a field name of an object stands for.
   *
   * @param field the component
   * @param member the member, when the component is an inline choice
   */
  record Slot(Field field, @Nullable Member member) {
    /** The shape of what is written under the name. */
    public Shape shape() {
      return member == null ? field.shape() : member.field().shape();
    }

    /** The doc of what is written under the name. */
    public String doc() {
      return member == null ? field.doc() : member.field().doc();
    }
  }
}

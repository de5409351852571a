package dev.layar.model;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link Shape}s from records, once each. A record that breaks the rules is a bug: throws.
 */
public final class Shapes {
  private static final ClassValue<Shape.Message> MESSAGES =
      new ClassValue<>() {
        @Override
        protected Shape.Message computeValue(Class<?> type) {
          return message(type);
        }
      };

  private Shapes() {}

  /** The shape of a record. */
  public static Shape.Message of(Class<?> record) {
    return MESSAGES.get(record);
  }

  /** Makes a record from its components' values. */
  static Object create(Constructor<?> constructor, @Nullable Object... values) {
    try {
      return constructor.newInstance(values);
    } catch (InstantiationException | IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot make a " + constructor.getDeclaringClass(), e);
    }
  }

  /** Reads a component of a record. */
  static @Nullable Object get(Shape.Field field, Object record) {
    try {
      return field.accessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("cannot read " + field.name(), e);
    }
  }

  private static Shape.Message message(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    List<Shape.Field> fields = new ArrayList<>();
    for (int i = 0; i < components.length; i++) {
      fields.add(field(components[i], i));
    }
    AlsoAccepts also = type.getAnnotation(AlsoAccepts.class);
    return new Shape.Message(
        type,
        doc(type, type.getSimpleName()),
        type.isAnnotationPresent(Open.class),
        also == null ? Set.of() : Set.of(also.value()),
        List.copyOf(fields),
        slots(fields, false),
        slots(fields, true),
        constructor(type));
  }

  private static Map<String, Shape.Slot> slots(List<Shape.Field> fields, boolean status) {
    Map<String, Shape.Slot> slots = new LinkedHashMap<>();
    for (Shape.Field field : fields) {
      if (field.inStatus() != status) {
        continue;
      }
      if (field.inline() && field.shape() instanceof Shape.OneOf oneOf) {
        oneOf.members().forEach(m -> slots.put(m.field().name(), new Shape.Slot(field, m)));
      } else {
        slots.put(field.name(), new Shape.Slot(field, null));
      }
    }
    return Collections.unmodifiableMap(slots);
  }

  private static Shape.Field field(RecordComponent component, int index) {
    Name name = component.getAnnotation(Name.class);
    Mistaken mistaken = component.getAnnotation(Mistaken.class);
    Shape shape = shape(component.getGenericType(), component);
    Method accessor = component.getAccessor();
    accessor.setAccessible(true);
    return new Shape.Field(
        name == null ? component.getName() : name.value(),
        index,
        shape,
        doc(component, component.getDeclaringRecord().getSimpleName() + "." + component.getName()),
        isNullable(component) ? null : empty(shape),
        component.isAnnotationPresent(Required.class),
        component.isAnnotationPresent(Inline.class),
        component.isAnnotationPresent(InStatus.class),
        mistaken == null ? List.of() : List.of(mistaken.value()),
        accessor);
  }

  private static boolean isNullable(RecordComponent component) {
    AnnotatedType type = component.getAnnotatedType();
    return type.isAnnotationPresent(Nullable.class);
  }

  private static String doc(AnnotatedElement element, String what) {
    Doc doc = element.getAnnotation(Doc.class);
    if (doc == null || doc.value().isBlank()) {
      throw new IllegalStateException(what + " has no @Doc");
    }
    return doc.value();
  }

  private static Shape shape(Type type, RecordComponent component) {
    if (type instanceof ParameterizedType generic) {
      return container(generic, component);
    }
    Class<?> raw = (Class<?>) type;
    Range range = component.getAnnotation(Range.class);
    if (raw == int.class || raw == Integer.class) {
      return range == null
          ? new Shape.Int(Integer.MIN_VALUE, Integer.MAX_VALUE, false)
          : new Shape.Int(range.min(), Math.min(range.max(), Integer.MAX_VALUE), false);
    }
    if (raw == long.class || raw == Long.class) {
      return range == null
          ? new Shape.Int(Long.MIN_VALUE, Long.MAX_VALUE, true)
          : new Shape.Int(range.min(), range.max(), true);
    }
    return raw == String.class ? string(component) : simple(raw);
  }

  private static Shape string(RecordComponent component) {
    Format format = component.getAnnotation(Format.class);
    return new Shape.Str(format == null ? "" : format.value());
  }

  private static Shape simple(Class<?> raw) {
    if (raw == boolean.class || raw == Boolean.class) {
      return new Shape.Bool();
    }
    if (raw == double.class || raw == Double.class) {
      return new Shape.Dec();
    }
    if (raw == Duration.class) {
      return new Shape.Span();
    }
    if (raw == Instant.class) {
      return new Shape.Time();
    }
    if (raw == IntOrString.class) {
      return new Shape.IntOrStr();
    }
    if (raw == FreeForm.class) {
      return new Shape.Open();
    }
    if (raw.isEnum()) {
      return word(raw);
    }
    return raw.isSealed() ? oneOf(raw) : of(raw);
  }

  private static Shape container(ParameterizedType type, RecordComponent component) {
    Type[] arguments = type.getActualTypeArguments();
    if (type.getRawType() == List.class) {
      return new Shape.Listing(shape(arguments[0], component));
    }
    if (type.getRawType() == Map.class && arguments[0] == String.class) {
      return new Shape.Mapping(
          shape(arguments[1], component), component.isAnnotationPresent(NullIsEmpty.class));
    }
    throw new IllegalStateException("no shape for " + type);
  }

  private static Shape.Word word(Class<?> raw) {
    @SuppressWarnings("unchecked") // the caller asked isEnum
    Class<? extends Enum<?>> type = (Class<? extends Enum<?>>) raw;
    List<Shape.Constant> constants = new ArrayList<>();
    for (Enum<?> constant : type.getEnumConstants()) {
      constants.add(new Shape.Constant(constant.name(), constantDoc(constant), constant));
    }
    return new Shape.Word(type, List.copyOf(constants));
  }

  private static String constantDoc(Enum<?> constant) {
    try {
      return doc(
          constant.getDeclaringClass().getField(constant.name()),
          constant.getDeclaringClass().getSimpleName() + "." + constant.name());
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Shape.OneOf oneOf(Class<?> type) {
    List<Shape.Member> members = new ArrayList<>();
    Object none = null;
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      RecordComponent[] components = permitted.getRecordComponents();
      if (components.length == 0) {
        none = create(constructor(permitted));
      } else {
        members.add(new Shape.Member(permitted, field(components[0], 0), constructor(permitted)));
      }
    }
    return new Shape.OneOf(type, doc(type, type.getSimpleName()), List.copyOf(members), none);
  }

  private static Constructor<?> constructor(Class<?> record) {
    Class<?>[] types =
        Arrays.stream(record.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable Object empty(Shape shape) {
    return switch (shape) {
      case Shape.Str _ -> "";
      case Shape.Int i -> i.wide() ? (Object) 0L : (Object) 0;
      case Shape.Dec _ -> 0.0;
      case Shape.Bool _ -> false;
      case Shape.Word word -> word.constants().getFirst().value();
      case Shape.Listing _ -> List.of();
      case Shape.Mapping _ -> Map.of();
      case Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Message _,
          Shape.OneOf _ ->
          null;
    };
  }
}

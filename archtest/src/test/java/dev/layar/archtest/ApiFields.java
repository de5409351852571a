package dev.layar.archtest;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.layar.compiler.UnsupportedSetting;
import dev.layar.compiler.build.Support;
import dev.layar.model.Kind;
import dev.layar.model.Shape;
import dev.layar.model.Shapes;
import dev.layar.model.k8s.LabelSelector;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The fields of an API kind as the model declares them, and which of them the compiler reads. */
final class ApiFields {
  /**
   * A field of a message.
   *
   * @param message the message's type
   * @param value what is inside, for messages of their own; else a scalar's shape
   * @param accessor how code reads it
   */
  record ApiField(Class<?> message, String name, String doc, Shape value, Method accessor) {
    /** For example {@code HttpRoute.corsPolicy}. */
    String id() {
      return message.getSimpleName() + "." + name;
    }
  }

  private static final Set<String> READ = accessorsTheCompilerCalls();

  private ApiFields() {}

  /** The fields of every message that a kind consists of, outermost message first. */
  static Map<Class<?>, List<ApiField>> of(Kind kind) {
    Map<Class<?>, List<ApiField>> messages = new LinkedHashMap<>();
    collect(Shapes.of(kind.type()), messages);
    return messages;
  }

  /** The fields of a message that belongs to no kind. */
  static Map<Class<?>, List<ApiField>> of(Class<? extends Record> message) {
    Map<Class<?>, List<ApiField>> messages = new LinkedHashMap<>();
    collect(Shapes.of(message), messages);
    return messages;
  }

  /** Whether the compiler looks at the field for more than to warn of it. */
  static boolean isRead(ApiField field) {
    return isSelector(field.message())
        || READ.contains(
            key(field.accessor().getDeclaringClass().getName(), field.accessor().getName()));
  }

  /** A selector is read by its own method. */
  private static boolean isSelector(Class<?> message) {
    return (message == LabelSelector.class || message.getEnclosingClass() == LabelSelector.class)
        && READ.contains(key(LabelSelector.class.getName(), "matches"));
  }

  private static void collect(Shape shape, Map<Class<?>, List<ApiField>> messages) {
    switch (inner(shape)) {
      case Shape.Message message -> {
        if (!messages.containsKey(message.type())) {
          List<ApiField> fields = new ArrayList<>();
          messages.put(message.type(), fields);
          message.slots().forEach((name, slot) -> fields.add(slot(message.type(), name, slot)));
          message
              .statusSlots()
              .forEach((name, slot) -> fields.add(slot(message.type(), "status." + name, slot)));
          fields.forEach(field -> collect(field.value(), messages));
        }
      }
      case Shape.OneOf oneOf -> {
        if (!messages.containsKey(oneOf.type())) {
          List<ApiField> fields = new ArrayList<>();
          messages.put(oneOf.type(), fields);
          oneOf
              .members()
              .forEach(
                  member -> fields.add(field(oneOf.type(), member.field().name(), member.field())));
          fields.forEach(field -> collect(field.value(), messages));
        }
      }
      default -> {}
    }
  }

  private static ApiField slot(Class<?> message, String name, Shape.Slot slot) {
    Shape.Member member = slot.member();
    return field(message, name, member == null ? slot.field() : member.field());
  }

  private static ApiField field(Class<?> message, String name, Shape.Field field) {
    return new ApiField(message, name, field.doc(), field.shape(), field.accessor());
  }

  /** What lists and maps are made of. */
  static Shape inner(Shape shape) {
    return switch (shape) {
      case Shape.Listing list -> inner(list.element());
      case Shape.Mapping map -> inner(map.value());
      default -> shape;
    };
  }

  private static Set<String> accessorsTheCompilerCalls() {
    JavaClasses compiler =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.layar.compiler");
    return compiler.stream()
        .filter(type -> !type.getName().startsWith(Support.class.getName()))
        .filter(type -> !type.getName().startsWith(UnsupportedSetting.class.getName()))
        .flatMap(
            type ->
                Stream.concat(
                    type.getMethodCallsFromSelf().stream(),
                    type.getMethodReferencesFromSelf().stream()))
        .map(JavaAccess::getTarget)
        .map(target -> key(target.getOwner().getName(), target.getName()))
        .collect(Collectors.toSet());
  }

  private static String key(String type, String method) {
    return type + "#" + method;
  }
}

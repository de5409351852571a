package dev.layar.compiler.patch;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.layar.compiler.ConfigDump;
import dev.layar.model.FreeForm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Envoy's messages as patches write them, and how they are joined. Pure functions. */
final class Values {
  private static final String WELL_KNOWN = "google.protobuf.";

  private Values() {}

  /** Why a value is no message of that type, or null when it is one. */
  static @Nullable String problem(Message type, FreeForm value) {
    try {
      parser().merge(value.json(), type.newBuilderForType());
      return null;
    } catch (InvalidProtocolBufferException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The value, or null when it is no message of that type, which is reported elsewhere. */
  @SuppressWarnings("unchecked") // a builder builds what it was made from
  static <M extends Message> @Nullable M read(M type, @Nullable FreeForm value) {
    try {
      Message.Builder out = type.newBuilderForType();
      parser().merge((value == null ? FreeForm.EMPTY : value).json(), out);
      return (M) out.build();
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  private static JsonFormat.Parser parser() {
    return JsonFormat.parser().usingTypeRegistry(ConfigDump.types());
  }

  /**
   * Joins field by field: messages within, lists one after the other, everything else replaced.
   *
   * @param replace whether lists are replaced too
   */
  @SuppressWarnings("unchecked") // a builder builds what it was made from
  static <M extends Message> M merged(M base, M over, boolean replace) {
    Message.Builder out = base.toBuilder();
    for (Map.Entry<FieldDescriptor, Object> entry : over.getAllFields().entrySet()) {
      merge(out, entry.getKey(), entry.getValue(), replace);
    }
    return (M) out.build();
  }

  private static void merge(
      Message.Builder out, FieldDescriptor field, Object value, boolean replace) {
    if (field.isRepeated()) {
      if (replace) {
        out.clearField(field);
      }
      ((List<?>) value).forEach(item -> out.addRepeatedField(field, item));
    } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && out.hasField(field)) {
      out.setField(field, within((Message) out.getField(field), (Message) value, replace));
    } else {
      out.setField(field, value);
    }
  }

  private static Message within(Message base, Message over, boolean replace) {
    if (base instanceof Any to && over instanceof Any from) {
      return anyMerged(to, from, replace);
    }
    return base.getDescriptorForType().getFullName().startsWith(WELL_KNOWN)
        ? over
        : merged(base, over, replace);
  }

  private static Any anyMerged(Any base, Any over, boolean replace) {
    if (!base.getTypeUrl().equals(over.getTypeUrl())) {
      return over;
    }
    try {
      Descriptor type =
          ConfigDump.types()
              .find(base.getTypeUrl().substring(base.getTypeUrl().lastIndexOf('/') + 1));
      if (type == null) {
        return over;
      }
      Message joined =
          merged(
              DynamicMessage.parseFrom(type, base.getValue()),
              DynamicMessage.parseFrom(type, over.getValue()),
              replace);
      return base.toBuilder().setValue(joined.toByteString()).build();
    } catch (InvalidProtocolBufferException e) {
      return over;
    }
  }

  /**
   * One operation on a list (Istio {@code envoyfilter/listener_patch.go}).
   *
   * @param named whether the patch says which item it is about
   */
  static <M extends Message> List<M> changed(
      List<M> items, Step step, M type, boolean named, Predicate<M> meant) {
    List<M> out = new ArrayList<>(items);
    M value = read(type, step.value());
    int first = 0;
    while (first < out.size() && !meant.test(out.get(first))) {
      first++;
    }
    boolean found = first < out.size();
    switch (step.operation()) {
      case REMOVE -> out.removeIf(meant);
      case MERGE, MERGE_AND_REPLACE_LIST, REPLACE -> {
        if (value != null) {
          out.replaceAll(item -> meant.test(item) ? joined(item, value, step) : item);
        }
      }
      case ADD -> add(out, out.size(), value);
      case INSERT_FIRST -> add(out, 0, value);
      case INSERT_BEFORE -> {
        if (found || !named) {
          add(out, named ? first : 0, value);
        }
      }
      case INSERT_AFTER -> {
        if (found || !named) {
          add(out, named ? first + 1 : out.size(), value);
        }
      }
      case INVALID -> {}
    }
    return out;
  }

  private static <M> void add(List<M> items, int at, @Nullable M value) {
    if (value != null) {
      items.add(at, value);
    }
  }

  private static <M extends Message> M joined(M item, M value, Step step) {
    return switch (step.operation()) {
      case REPLACE -> value;
      case MERGE_AND_REPLACE_LIST -> merged(item, value, true);
      case MERGE, INVALID, ADD, REMOVE, INSERT_BEFORE, INSERT_AFTER, INSERT_FIRST ->
          merged(item, value, false);
    };
  }
}

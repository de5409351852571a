package dev.layar.proxy.config;

import com.github.xds.type.v3.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.Value;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Makes messages printable as JSON: an Any of an unknown or broken type becomes a TypedStruct that
 * names the type and holds its bytes in base64.
 */
final class OpaqueAnys {
  private OpaqueAnys() {}

  static Message replace(Message message, TypeRegistry types)
      throws InvalidProtocolBufferException {
    Message.Builder builder = message.toBuilder();
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        builder.setField(field, replaced(entry.getValue(), types));
      }
    }
    return builder.build();
  }

  private static Object replaced(Object value, TypeRegistry types)
      throws InvalidProtocolBufferException {
    if (value instanceof List<?> list) {
      List<Object> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(one((Message) item, types));
      }
      return items;
    }
    return one((Message) value, types);
  }

  private static Message one(Message message, TypeRegistry types)
      throws InvalidProtocolBufferException {
    return message instanceof Any any ? any(any, types) : replace(message, types);
  }

  private static Any any(Any any, TypeRegistry types) throws InvalidProtocolBufferException {
    if (any.getTypeUrl().isEmpty()) {
      return opaque(any);
    }
    Descriptor descriptor = types.getDescriptorForTypeUrl(any.getTypeUrl());
    if (descriptor == null) {
      return opaque(any);
    }
    DynamicMessage inner;
    try {
      inner = DynamicMessage.parseFrom(descriptor, any.getValue());
    } catch (InvalidProtocolBufferException broken) {
      return opaque(any);
    }
    Message printable = replace(inner, types);
    return printable.equals(inner)
        ? any
        : any.toBuilder().setValue(printable.toByteString()).build();
  }

  private static Any opaque(Any any) {
    ByteString bytes = any.getValue();
    String base64 = Base64.getEncoder().encodeToString(bytes.toByteArray());
    Value value = Value.newBuilder().setStringValue(base64).build();
    return Any.pack(
        TypedStruct.newBuilder()
            .setTypeUrl(any.getTypeUrl())
            .setValue(Struct.newBuilder().putFields("bytes_base64", value))
            .build());
  }
}

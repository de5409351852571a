package dev.layar.compiler;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.layar.xds.XdsResource;
import org.jspecify.annotations.Nullable;

/** Resources as messages. */
final class Decode {
  private Decode() {}

  static <M extends Message> M as(@Nullable XdsResource resource, Class<M> type) {
    if (resource == null) {
      throw new AssertionError("no such " + type.getSimpleName());
    }
    try {
      return resource.body().unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(resource.name(), e);
    }
  }
}

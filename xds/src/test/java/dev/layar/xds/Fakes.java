package dev.layar.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;

/**
 * Resources that carry a name, as all real ones do, and a word. The word {@code bad} is refused by
 * {@link FakeSink}; for a route it lists the clusters it refers to.
 */
public final class Fakes {
  private static final int NAME = 1;
  private static final int WORD = 1000;

  private Fakes() {}

  public static XdsResource resource(ResourceType type, String name, String word) {
    return XdsResource.of(type, name, bytes(name, word));
  }

  static String word(XdsResource resource) {
    try {
      return UnknownFieldSet.parseFrom(resource.body().getValue())
          .getField(WORD)
          .getLengthDelimitedList()
          .getFirst()
          .toStringUtf8();
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException(malformed);
    }
  }

  private static ByteString bytes(String name, String word) {
    return UnknownFieldSet.newBuilder()
        .addField(NAME, field(name))
        .addField(WORD, field(word))
        .build()
        .toByteString();
  }

  private static UnknownFieldSet.Field field(String text) {
    return UnknownFieldSet.Field.newBuilder()
        .addLengthDelimited(ByteString.copyFromUtf8(text))
        .build();
  }
}

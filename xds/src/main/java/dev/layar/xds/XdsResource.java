package dev.layar.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.layar.base.SplitMix64;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * One compiled resource as it goes over the wire. Serialized once and shared by every proxy that
 * gets it; the version is a hash of the bytes, so that equal content means equal version on every
 * replica.
 *
 * @param type what it is
 * @param name the resource's name
 * @param version hash of {@code body}'s bytes, 16 hex digits
 * @param body the serialized message with its type URL
 */
public record XdsResource(ResourceType type, String name, String version, Any body) {

  /**
   * A resource whose version is the hash of {@code bytes}.
   *
   * @param bytes the message, serialized deterministically
   */
  public static XdsResource of(ResourceType type, String name, ByteString bytes) {
    Any body = Any.newBuilder().setTypeUrl(type.typeUrl()).setValue(bytes).build();
    return new XdsResource(type, name, hash(bytes), body);
  }

  /** Without the body, which may hold a private key. */
  @Override
  public String toString() {
    return type + " " + name + " " + version;
  }

  private static String hash(ByteString bytes) {
    ByteBuffer rest = bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long hash = SplitMix64.mix(bytes.size());
    while (rest.remaining() >= Long.BYTES) {
      hash = SplitMix64.mix(hash * 31 + rest.getLong());
    }
    if (rest.hasRemaining()) {
      long word = 0;
      for (int shift = 0; rest.hasRemaining(); shift += Byte.SIZE) {
        word |= (rest.get() & 0xFFL) << shift;
      }
      hash = SplitMix64.mix(hash * 31 + word);
    }
    return HexFormat.of().toHexDigits(hash);
  }
}

package dev.layar.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.layar.base.SplitMix64;

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

  private static String hash(ByteString bytes) {
    long hash = SplitMix64.mix(bytes.size());
    int at = 0;
    for (; at + Long.BYTES <= bytes.size(); at += Long.BYTES) {
      hash = SplitMix64.mix(hash * 31 + word(bytes, at, Long.BYTES));
    }
    if (at < bytes.size()) {
      hash = SplitMix64.mix(hash * 31 + word(bytes, at, bytes.size() - at));
    }
    return String.format("%016x", hash);
  }

  private static long word(ByteString bytes, int from, int length) {
    long word = 0;
    for (int i = 0; i < length; i++) {
      word |= (bytes.byteAt(from + i) & 0xFFL) << (i * 8);
    }
    return word;
  }
}

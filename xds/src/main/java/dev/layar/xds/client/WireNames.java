package dev.layar.xds.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a resource's name without decoding the resource: it is string field 1 of {@code Cluster},
 * {@code ClusterLoadAssignment} (there {@code cluster_name}), {@code Listener}, {@code
 * RouteConfiguration} and {@code Secret} alike.
 */
final class WireNames {
  private static final int NAME_TAG = (1 << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  private WireNames() {}

  /** The name, empty when the message has none, null when the bytes are not a message. */
  static @Nullable String nameIn(ByteString message) {
    CodedInputStream in = message.newCodedInput();
    String name = "";
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == NAME_TAG) {
          name = in.readStringRequireUtf8();
        } else if (!in.skipField(tag)) {
          return null;
        }
      }
      return name;
    } catch (IOException malformed) {
      return null;
    }
  }
}

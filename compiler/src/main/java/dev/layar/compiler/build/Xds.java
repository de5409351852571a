package dev.layar.compiler.build;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.layar.model.ObjectKey;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Small pieces that several resources are made of. */
public final class Xds {
  private static final String TYPE_PREFIX = "type.googleapis.com/";

  /** Envoy's key of the metadata that names the object a resource came from. */
  static final String PROVENANCE = "layar";

  private Xds() {}

  /** Serializes once; equal messages give equal bytes and so equal versions. */
  public static XdsResource resource(ResourceType type, String name, Message message) {
    byte[] bytes = bytes(message);
    Any body =
        Any.newBuilder()
            .setTypeUrl(type.typeUrl())
            .setValue(UnsafeByteOperations.unsafeWrap(bytes))
            .build();
    return new XdsResource(type, name, ContentHash.hex(bytes), body);
  }

  /** The message of a resource that this compiler made. */
  public static <M extends Message> M unpack(XdsResource resource, Parser<M> parser) {
    try {
      return parser.parseFrom(resource.body().getValue());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("own bytes of " + resource.name() + " do not parse", e);
    }
  }

  /** An extension's configuration, serialized deterministically. */
  public static Any any(Message message) {
    return Any.newBuilder()
        .setTypeUrl(TYPE_PREFIX + message.getDescriptorForType().getFullName())
        .setValue(ByteString.copyFrom(bytes(message)))
        .build();
  }

  private static byte[] bytes(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new IllegalStateException("an array of the message's own size is too small", e);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  public static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  public static UInt32Value uint(long value) {
    return UInt32Value.of((int) value);
  }

  public static BoolValue bool(boolean value) {
    return BoolValue.of(value);
  }

  public static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }

  static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  public static Struct struct(Map<String, Value> fields) {
    return Struct.newBuilder().putAllFields(fields).build();
  }

  /** A JSON object; empty when the text is none. */
  public static Optional<Struct> json(String text) {
    Struct.Builder out = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(text, out);
      return Optional.of(out.build());
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  /** Which object, and which part of it, something came from. */
  static Map<String, Value> provenance(ObjectKey source) {
    Map<String, Value> fields = new TreeMap<>();
    fields.put("kind", text(source.kind().kind()));
    fields.put("namespace", text(source.namespace()));
    fields.put("name", text(source.name()));
    return fields;
  }

  /**
   * Istio's path of an object: {@code /apis/GROUP/VERSION/namespaces/NAMESPACE/KIND-IN-KEBAB/NAME}.
   */
  static String configPath(ObjectKey source) {
    String kind =
        source.kind().kind().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    return "/apis/"
        + source.kind().preferredApiVersion()
        + "/namespaces/"
        + source.namespace()
        + "/"
        + kind
        + "/"
        + source.name();
  }

  static Address socket(String address, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(port))
        .build();
  }

  /** The aggregated stream, waited for without limit as istiod has it. */
  static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setInitialFetchTimeout(com.google.protobuf.Duration.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  /** Percent in steps of 0.0001, as Istio converts it. */
  static FractionalPercent percent(double percent) {
    return FractionalPercent.newBuilder()
        .setNumerator((int) (percent * 10_000))
        .setDenominator(FractionalPercent.DenominatorType.MILLION)
        .build();
  }
}

package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.BytesMatcher;
import dev.layar.proxy.route.CorsConfig;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code CorsPolicy} → {@link CorsConfig}. */
final class CorsReader {
  private CorsReader() {}

  static @Nullable CorsConfig read(Any config, String path, Problems problems) {
    try {
      return read(CorsPolicy.parseFrom(config.getValue()), path, problems);
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, "not a CorsPolicy: " + e.getMessage(), "", "CorsPolicy");
      return null;
    }
  }

  private static CorsConfig read(CorsPolicy proto, String path, Problems problems) {
    SupportedFields.check(CorsPolicy.getDescriptor(), proto, path, problems);
    List<BytesMatcher> origins = new ArrayList<>();
    for (int i = 0; i < proto.getAllowOriginStringMatchCount(); i++) {
      origins.add(
          Matchers.string(
              proto.getAllowOriginStringMatch(i),
              path + ".allow_origin_string_match[" + i + "]",
              problems));
    }
    return new CorsConfig(
        origins,
        text(proto.getAllowMethods()),
        text(proto.getAllowHeaders()),
        text(proto.getExposeHeaders()),
        text(proto.getMaxAge()),
        proto.hasAllowCredentials() ? proto.getAllowCredentials().getValue() : null,
        proto.hasFilterEnabled()
            ? Matchers.fraction(
                proto.getFilterEnabled().getDefaultValue(), path + ".filter_enabled", problems)
            : null,
        proto.hasForwardNotMatchingPreflights()
            ? proto.getForwardNotMatchingPreflights().getValue()
            : null);
  }

  private static byte @Nullable [] text(String value) {
    return value.isEmpty() ? null : Ascii.bytes(value);
  }
}

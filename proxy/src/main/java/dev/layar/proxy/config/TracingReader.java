package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.proxy.http.Ascii;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing;
import io.envoyproxy.envoy.type.tracing.v3.CustomTag;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code HttpConnectionManager.Tracing} → {@link TracingConfig}. */
final class TracingReader {
  private static final int DEFAULT_PATH_LENGTH = 256;

  private final Problems problems;

  private TracingReader(Problems problems) {
    this.problems = problems;
  }

  /** Null when there is no tracer that this proxy has. */
  static @Nullable TracingConfig read(Tracing proto, boolean outbound, Problems problems) {
    return new TracingReader(problems).read(proto, outbound);
  }

  private @Nullable TracingConfig read(Tracing proto, boolean outbound) {
    TracingConfig.Zipkin zipkin = zipkin(proto);
    if (zipkin == null) {
      return null;
    }
    List<TracingConfig.Tag> tags = new ArrayList<>();
    for (int i = 0; i < proto.getCustomTagsCount(); i++) {
      TracingConfig.Tag tag = tag(proto.getCustomTags(i), "custom_tags[" + i + "]");
      if (tag != null) {
        tags.add(tag);
      }
    }
    return new TracingConfig(
        percent(proto.hasClientSampling(), proto.getClientSampling(), "client_sampling"),
        percent(proto.hasRandomSampling(), proto.getRandomSampling(), "random_sampling"),
        percent(proto.hasOverallSampling(), proto.getOverallSampling(), "overall_sampling"),
        proto.hasMaxPathTagLength() ? proto.getMaxPathTagLength().getValue() : DEFAULT_PATH_LENGTH,
        tags,
        zipkin,
        outbound);
  }

  private double percent(boolean present, Percent percent, String path) {
    double value = present ? percent.getValue() : 100;
    if (value < 0 || value > 100) {
      problems.invalid(path, "not a percentage", value, "0 to 100");
    }
    return value;
  }

  private TracingConfig.@Nullable Zipkin zipkin(Tracing proto) {
    Any any = Extensions.unwrap(proto.getProvider().getTypedConfig(), "provider", problems);
    if (!Extensions.is(any, Extensions.ZIPKIN)) {
      problems.warning(
          Problems.UNSUPPORTED,
          "provider",
          "spans are not reported to this kind of tracer: " + any.getTypeUrl());
      return null;
    }
    try {
      ZipkinConfig config = ZipkinConfig.parseFrom(any.getValue());
      SupportedFields.check(
          ZipkinConfig.getDescriptor(), config, "provider.typed_config", problems);
      String host = config.getCollectorHostname();
      if (!host.isEmpty() && !OwnRequests.isHost(host)) {
        problems.invalid(
            "provider.typed_config.collector_hostname", "not a host", host, "a host name");
      }
      if (!OwnRequests.isPath(config.getCollectorEndpoint())) {
        problems.invalid(
            "provider.typed_config.collector_endpoint",
            "not a path",
            config.getCollectorEndpoint(),
            "a path with a '/'");
      }
      return new TracingConfig.Zipkin(
          config.getCollectorCluster(),
          config.getCollectorEndpoint(),
          host.isEmpty() ? OwnRequests.hostOf(config.getCollectorCluster()) : host,
          config.getTraceId128Bit(),
          !config.hasSharedSpanContext() || config.getSharedSpanContext().getValue());
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, "provider", String.valueOf(e.getMessage()), "", "a ZipkinConfig");
      return null;
    }
  }

  private TracingConfig.@Nullable Tag tag(CustomTag proto, String path) {
    return switch (proto.getTypeCase()) {
      case LITERAL -> new TracingConfig.Literal(proto.getTag(), proto.getLiteral().getValue());
      case ENVIRONMENT -> {
        String value = System.getenv(proto.getEnvironment().getName());
        String used = value == null ? proto.getEnvironment().getDefaultValue() : value;
        yield used.isEmpty() ? null : new TracingConfig.Literal(proto.getTag(), used);
      }
      case REQUEST_HEADER ->
          new TracingConfig.Header(
              proto.getTag(),
              Ascii.bytes(proto.getRequestHeader().getName().toLowerCase(Locale.ROOT)),
              proto.getRequestHeader().getDefaultValue());
      case METADATA, TYPE_NOT_SET -> {
        problems.warning(Problems.UNSUPPORTED, path, "this kind of tag is left out");
        yield null;
      }
    };
  }
}

package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import dev.layar.proxy.observe.AccessLogFilter;
import dev.layar.proxy.observe.AccessLogFormat;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.TextFormat;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code AccessLog} → {@link AccessLogConfig}. */
final class AccessLogReader {
  private final Problems problems;

  private AccessLogReader(Problems problems) {
    this.problems = problems;
  }

  static List<AccessLogConfig> read(List<AccessLog> protos, String path, Problems problems) {
    AccessLogReader reader = new AccessLogReader(problems);
    List<AccessLogConfig> logs = new ArrayList<>();
    for (int i = 0; i < protos.size(); i++) {
      AccessLogConfig log = reader.log(protos.get(i), path + "[" + i + "]");
      if (log != null) {
        logs.add(log);
      }
    }
    return logs;
  }

  private @Nullable AccessLogConfig log(AccessLog proto, String path) {
    String where = path + ".typed_config";
    Any config = Extensions.unwrap(proto.getTypedConfig(), where, problems);
    AccessLogFilter filter = filter(proto.hasFilter(), proto.getFilter(), path + ".filter");
    try {
      if (Extensions.is(config, Extensions.FILE_LOG)) {
        return file(FileAccessLog.parseFrom(config.getValue()), filter, where);
      }
      if (Extensions.is(config, Extensions.STDOUT_LOG)) {
        StdoutAccessLog log = StdoutAccessLog.parseFrom(config.getValue());
        SupportedFields.check(StdoutAccessLog.getDescriptor(), log, where, problems);
        return stream("/dev/stdout", log.hasLogFormat(), log.getLogFormat(), filter, where);
      }
      if (Extensions.is(config, Extensions.STDERR_LOG)) {
        StderrAccessLog log = StderrAccessLog.parseFrom(config.getValue());
        SupportedFields.check(StderrAccessLog.getDescriptor(), log, where, problems);
        return stream("/dev/stderr", log.hasLogFormat(), log.getLogFormat(), filter, where);
      }
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, where, String.valueOf(e.getMessage()), "", config.getTypeUrl());
      return null;
    }
    problems.error(
        Problems.UNKNOWN_EXTENSION,
        where,
        "this access logger is not known",
        config.getTypeUrl(),
        "FileAccessLog, StdoutAccessLog or StderrAccessLog");
    return null;
  }

  @SuppressWarnings("deprecation")
  private AccessLogConfig file(FileAccessLog proto, AccessLogFilter filter, String path) {
    SupportedFields.check(FileAccessLog.getDescriptor(), proto, path, problems);
    if (proto.getPath().isEmpty()) {
      problems.missing(path + ".path", "a file log needs a path", "a file's path");
    }
    TextFormat format =
        switch (proto.getAccessLogFormatCase()) {
          case LOG_FORMAT -> format(proto.getLogFormat(), path + ".log_format");
          case FORMAT -> text(proto.getFormat(), false, path + ".format");
          case JSON_FORMAT -> json(proto.getJsonFormat(), false, path + ".json_format");
          case TYPED_JSON_FORMAT ->
              json(proto.getTypedJsonFormat(), false, path + ".typed_json_format");
          case ACCESSLOGFORMAT_NOT_SET -> text(AccessLogFormat.ENVOY_DEFAULT, false, path);
        };
    return new AccessLogConfig(proto.getPath(), format, filter);
  }

  private AccessLogConfig stream(
      String file,
      boolean present,
      SubstitutionFormatString format,
      AccessLogFilter filter,
      String path) {
    return new AccessLogConfig(
        file,
        present
            ? format(format, path + ".log_format")
            : text(AccessLogFormat.ENVOY_DEFAULT, false, path),
        filter);
  }

  @SuppressWarnings("deprecation")
  private TextFormat format(SubstitutionFormatString proto, String path) {
    boolean omit = proto.getOmitEmptyValues();
    return switch (proto.getFormatCase()) {
      case TEXT_FORMAT -> text(proto.getTextFormat(), omit, path + ".text_format");
      case TEXT_FORMAT_SOURCE ->
          text(proto.getTextFormatSource().getInlineString(), omit, path + ".text_format_source");
      case JSON_FORMAT -> json(proto.getJsonFormat(), omit, path + ".json_format");
      case FORMAT_NOT_SET -> {
        problems.missing(path, "no format", "text_format_source or json_format");
        yield text("", omit, path);
      }
    };
  }

  private TextFormat text(String format, boolean omit, String path) {
    return TextFormat.text(
        format, omit, problem -> problems.invalid(path, problem, format, "a format string"));
  }

  private TextFormat json(Struct fields, boolean omit, String path) {
    Map<String, String> flat = new TreeMap<>();
    fields
        .getFieldsMap()
        .forEach(
            (key, value) -> {
              if (value.hasStructValue() || value.hasListValue()) {
                problems.error(
                    Problems.UNSUPPORTED,
                    path + "." + key,
                    "nested objects are not supported in JSON logs",
                    "",
                    "a string");
              } else {
                flat.put(key, Metadatas.text(fields, key));
              }
            });
    return TextFormat.json(
        flat, omit, problem -> problems.invalid(path, problem, "", "format strings"));
  }

  // ---- filters

  private AccessLogFilter filter(
      boolean present, io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter proto, String path) {
    if (!present) {
      return new AccessLogFilter.All();
    }
    return switch (proto.getFilterSpecifierCase()) {
      case STATUS_CODE_FILTER ->
          new AccessLogFilter.Status(
              comparison(proto.getStatusCodeFilter().getComparison()),
              Integer.toUnsignedLong(
                  proto.getStatusCodeFilter().getComparison().getValue().getDefaultValue()));
      case DURATION_FILTER ->
          new AccessLogFilter.Duration(
              comparison(proto.getDurationFilter().getComparison()),
              Integer.toUnsignedLong(
                  proto.getDurationFilter().getComparison().getValue().getDefaultValue()));
      case RESPONSE_FLAG_FILTER -> flags(proto.getResponseFlagFilter().getFlagsList(), path);
      case AND_FILTER ->
          new AccessLogFilter.And(filters(proto.getAndFilter().getFiltersList(), path));
      case OR_FILTER -> new AccessLogFilter.Or(filters(proto.getOrFilter().getFiltersList(), path));
      case NOT_HEALTH_CHECK_FILTER -> new AccessLogFilter.All();
      case TRACEABLE_FILTER,
          RUNTIME_FILTER,
          HEADER_FILTER,
          GRPC_STATUS_FILTER,
          EXTENSION_FILTER,
          METADATA_FILTER,
          LOG_TYPE_FILTER,
          FILTERSPECIFIER_NOT_SET -> {
        problems.warning(
            Problems.UNSUPPORTED,
            path,
            "this filter is not supported and everything is logged: "
                + proto.getFilterSpecifierCase());
        yield new AccessLogFilter.All();
      }
    };
  }

  private List<AccessLogFilter> filters(
      List<io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter> protos, String path) {
    return protos.stream().map(proto -> filter(true, proto, path)).toList();
  }

  private AccessLogFilter flags(List<String> names, String path) {
    long bits = 0;
    for (String name : names) {
      long bit = ResponseFlags.of(name);
      if (bit == 0) {
        problems.invalid(
            path + ".response_flag_filter.flags", "no such flag", name, "a short name such as NR");
      }
      bits |= bit;
    }
    return new AccessLogFilter.Flags(bits);
  }

  private static AccessLogFilter.Comparison comparison(ComparisonFilter proto) {
    return switch (proto.getOp()) {
      case EQ, UNRECOGNIZED -> AccessLogFilter.Comparison.EQ;
      case GE -> AccessLogFilter.Comparison.GE;
      case LE -> AccessLogFilter.Comparison.LE;
    };
  }
}

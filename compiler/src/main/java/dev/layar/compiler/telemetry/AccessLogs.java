package dev.layar.compiler.telemetry;

import com.google.protobuf.Message;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.Xds;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.MeshConfig.LogForm;
import dev.layar.model.istio.MeshConfig.Provider;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ResponseFlagFilter;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import java.util.List;
import java.util.Optional;

/** Access logs to files (Istio {@code telemetry_logging.go}). Pure functions. */
public final class AccessLogs {
  private static final String STDOUT = "/dev/stdout";

  private AccessLogs() {}

  /** What MeshConfig's {@code accessLogFile} asks for; none where it is empty. */
  public static List<AccessLog> ofMesh(MeshSettings settings) {
    MeshSettings.AccessLog log = settings.accessLog();
    return log.enabled() ? List.of(file(log.path(), format(log).build())) : List.of();
  }

  /** A listener's own log: connections for which no chain was found. */
  public static List<AccessLog> ofListener(List<AccessLog> logs) {
    AccessLogFilter unrouted =
        AccessLogFilter.newBuilder()
            .setResponseFlagFilter(ResponseFlagFilter.newBuilder().addFlags("NR"))
            .build();
    return logs.stream().map(log -> log.toBuilder().setFilter(unrouted).build()).toList();
  }

  /** The log of an extension provider; empty when it is none to a file. */
  static Optional<AccessLog> of(MeshConfig.ExtensionProvider provider, MeshSettings settings) {
    if (!(provider.provider() instanceof Provider.FileLog(MeshConfig.FileAccessLog file))) {
      return Optional.empty();
    }
    String path = file.path().isEmpty() ? STDOUT : file.path();
    LogForm form = file.logFormat() == null ? null : file.logFormat().logFormat();
    SubstitutionFormatString.Builder format =
        switch (form) {
          case null -> format(settings.accessLog());
          case LogForm.Text(String text) -> format(new MeshSettings.AccessLog(path, text));
          case LogForm.Labels(var labels) ->
              format(new MeshSettings.AccessLog(path, labels.json(), true));
        };
    return Optional.of(file(path, format.setOmitEmptyValues(file.omitEmptyValues()).build()));
  }

  /** Istio's own provider {@code envoy}: the mesh's line to standard output. */
  static AccessLog envoy(MeshSettings settings) {
    return file(STDOUT, format(settings.accessLog()).build());
  }

  private static AccessLog file(String path, SubstitutionFormatString format) {
    Message file = FileAccessLog.newBuilder().setPath(path).setLogFormat(format).build();
    return AccessLog.newBuilder()
        .setName("envoy.access_loggers.file")
        .setTypedConfig(Xds.any(file))
        .build();
  }

  /** A format that is not JSON where JSON is wanted gives way to Istio's own. */
  private static SubstitutionFormatString.Builder format(MeshSettings.AccessLog log) {
    SubstitutionFormatString.Builder out = SubstitutionFormatString.newBuilder();
    return log.json()
        ? out.setJsonFormat(
            Xds.json(log.format())
                .or(() -> Xds.json(MeshSettings.AccessLog.ISTIO_JSON))
                .orElseThrow())
        : out.setTextFormatSource(DataSource.newBuilder().setInlineString(log.format()));
  }
}

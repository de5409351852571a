package dev.layar.compiler.build;

import com.google.protobuf.Any;
import dev.layar.base.GrpcCodes;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService.Abort;
import dev.layar.model.istio.VirtualService.CorsPolicy;
import dev.layar.model.istio.VirtualService.Delay;
import dev.layar.model.istio.VirtualService.DelayType;
import dev.layar.model.istio.VirtualService.ErrorType;
import dev.layar.model.istio.VirtualService.HttpFault;
import dev.layar.model.istio.VirtualService.UnmatchedPreflights;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a route tells the filters before the router. */
final class RouteFilters {
  static final String FAULT = "envoy.filters.http.fault";
  static final String CORS = "envoy.filters.http.cors";

  private RouteFilters() {}

  static Any fault(HttpFault fault) {
    HTTPFault.Builder out = HTTPFault.newBuilder();
    FaultDelay delay = delay(fault.delay());
    if (delay != null) {
      out.setDelay(delay);
    }
    FaultAbort abort = abort(fault.abort());
    if (abort != null) {
      out.setAbort(abort);
    }
    return Xds.any(out.build());
  }

  private static @Nullable FaultDelay delay(@Nullable Delay delay) {
    if (delay == null || !(delay.delayType() instanceof DelayType.Fixed(var fixed))) {
      return null;
    }
    FractionalPercent percent =
        delay.percentage() != null
            ? Xds.percent(delay.percentage().value())
            : Xds.percent(delay.percent());
    return FaultDelay.newBuilder()
        .setFixedDelay(Xds.duration(fixed))
        .setPercentage(percent)
        .build();
  }

  private static @Nullable FaultAbort abort(@Nullable Abort abort) {
    if (abort == null || abort.errorType() == null) {
      return null;
    }
    FaultAbort.Builder out = FaultAbort.newBuilder();
    switch (abort.errorType()) {
      case ErrorType.HttpStatus(int status) -> out.setHttpStatus(status);
      case ErrorType.GrpcStatus(String name) -> out.setGrpcStatus(grpcStatus(name));
      case ErrorType.Http2Error unsupported -> {
        return null;
      }
    }
    return out.setPercentage(
            Xds.percent(abort.percentage() == null ? 0 : abort.percentage().value()))
        .build();
  }

  /** The number of a gRPC status; UNKNOWN for names that gRPC does not have. */
  private static int grpcStatus(String name) {
    int index = GrpcCodes.NAMES.indexOf(name.toUpperCase(Locale.ROOT));
    return index < 0 ? GrpcCodes.NAMES.indexOf("UNKNOWN") : index;
  }

  static Any cors(CorsPolicy cors) {
    io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy.Builder out =
        io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy.newBuilder()
            .setFilterEnabled(
                RuntimeFractionalPercent.newBuilder()
                    .setDefaultValue(FractionalPercent.newBuilder().setNumerator(100)));
    if (cors.allowOrigins().isEmpty()) {
      for (String origin : cors.allowOrigin()) {
        out.addAllowOriginStringMatch(
            origin.equals("*")
                ? RouteMatches.string(new StringMatch.Regex(".*"))
                : StringMatcher.newBuilder().setExact(origin).build());
      }
    } else {
      cors.allowOrigins().forEach(o -> out.addAllowOriginStringMatch(RouteMatches.string(o)));
    }
    out.setAllowMethods(String.join(",", cors.allowMethods()))
        .setAllowHeaders(String.join(",", cors.allowHeaders()))
        .setExposeHeaders(String.join(",", cors.exposeHeaders()));
    if (cors.maxAge() != null) {
      out.setMaxAge(Long.toString(cors.maxAge().toSeconds()));
    }
    if (cors.allowCredentials() != null) {
      out.setAllowCredentials(Xds.bool(cors.allowCredentials()));
    }
    out.setForwardNotMatchingPreflights(
        Xds.bool(cors.unmatchedPreflights() != UnmatchedPreflights.IGNORE));
    return Xds.any(out.build());
  }
}

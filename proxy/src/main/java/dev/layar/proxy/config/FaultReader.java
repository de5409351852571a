package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.proxy.route.FaultConfig;
import dev.layar.proxy.route.Fraction;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;

/** {@code HTTPFault} → {@link FaultConfig}. */
final class FaultReader {
  private FaultReader() {}

  static FaultConfig read(Any config, String path, Problems problems) {
    try {
      return read(HTTPFault.parseFrom(config.getValue()), path, problems);
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, "not an HTTPFault: " + e.getMessage(), "", "HTTPFault");
      return FaultConfig.NONE;
    }
  }

  private static FaultConfig read(HTTPFault proto, String path, Problems problems) {
    SupportedFields.check(HTTPFault.getDescriptor(), proto, path, problems);
    FaultDelay delay = proto.getDelay();
    FaultAbort abort = proto.getAbort();
    int status = abort.hasHttpStatus() ? abort.getHttpStatus() : 0;
    if (abort.hasHttpStatus() && (status < 200 || status > 599)) {
      problems.invalid(path + ".abort.http_status", "not a final status", status, "200 to 599");
    }
    return new FaultConfig(
        Durations.nanos(
            delay.hasFixedDelay(), delay.getFixedDelay(), 0, path + ".delay.fixed_delay", problems),
        delay.hasPercentage()
            ? Matchers.fraction(delay.getPercentage(), path + ".delay.percentage", problems)
            : Fraction.NEVER,
        status,
        abort.hasGrpcStatus() ? abort.getGrpcStatus() : -1,
        abort.hasPercentage()
            ? Matchers.fraction(abort.getPercentage(), path + ".abort.percentage", problems)
            : Fraction.NEVER,
        Matchers.headers(proto.getHeadersList(), path + ".headers", problems),
        proto.getUpstreamCluster(),
        proto.hasMaxActiveFaults() ? proto.getMaxActiveFaults().getValue() : Integer.MAX_VALUE);
  }
}

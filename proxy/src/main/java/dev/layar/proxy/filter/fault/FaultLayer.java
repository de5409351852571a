package dev.layar.proxy.filter.fault;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.route.FaultConfig;
import dev.layar.proxy.route.HeaderMatcher;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.stream.HttpStats;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Delays and aborts requests (Envoy: HTTPFault). Delay and abort are sampled each by a random value
 * of its own; the abort is sampled when the delay is over. A faulted request reaches no upstream
 * and is not retried.
 *
 * <p>Shared by all event loops; the only shared state is the number of faults under way, which only
 * faulted requests touch.
 *
 * <p>DEVIATION: a gRPC status without an HTTP status aborts with the HTTP status it maps from.
 */
public final class FaultLayer implements Layer {
  private static final byte[] BODY = Ascii.bytes("fault filter abort");
  private static final byte[] DETAILS = Ascii.bytes("fault_filter_abort");

  private final FaultConfig own;
  private final AtomicInteger active = new AtomicInteger();

  /**
   * @param own what acts where a route says nothing
   */
  public FaultLayer(FaultConfig own) {
    this.own = own;
  }

  @Override
  public String name() {
    return "fault";
  }

  @Override
  public String reason() {
    return "injected before the router, so that no timeout runs and no retry repairs it";
  }

  @Override
  public Step request(Call call) {
    FaultConfig config = config(call);
    if (config == FaultConfig.NONE || !concerns(config, call)) {
      return Step.CONTINUE;
    }
    boolean delayed =
        config.delayNanos() > 0
            && config.delayShare().samples(call.loop().random().next())
            && active.get() < config.maxActiveFaults();
    if (!delayed) {
      return aborts(config, call) ? Step.ANSWERED : Step.CONTINUE;
    }
    active.incrementAndGet();
    call.info().flag(ResponseFlags.DELAY_INJECTED);
    call.count(HttpStats.FAULT_DELAYS);
    call.after(config.delayNanos(), () -> delayOver(config, call), active::decrementAndGet);
    return Step.WAIT;
  }

  private void delayOver(FaultConfig config, Call call) {
    if (!aborts(config, call)) {
      call.resume();
    }
  }

  private boolean aborts(FaultConfig config, Call call) {
    int status = status(config);
    boolean sampled =
        status != 0
            && config.abortShare().samples(call.loop().random().next())
            && active.get() < config.maxActiveFaults();
    if (sampled) {
      call.count(HttpStats.FAULT_ABORTS);
      call.reply(status, BODY, ResponseFlags.FAULT_INJECTED, DETAILS);
    }
    return sampled;
  }

  private static int status(FaultConfig config) {
    if (config.abortHttpStatus() != 0 || config.abortGrpcStatus() < 0) {
      return config.abortHttpStatus();
    }
    return switch (config.abortGrpcStatus()) {
      case 7 -> 403;
      case 12 -> 404;
      case 13 -> 400;
      case 14 -> 503;
      case 16 -> 401;
      default -> 500;
    };
  }

  /** The most specific configuration replaces the others as a whole. */
  private FaultConfig config(Call call) {
    RouteAction.Target target = call.target();
    if (target != null && target.fault() != null) {
      return target.fault();
    }
    RouteEntry route = call.route();
    return route != null && route.fault() != null ? route.fault() : own;
  }

  private static boolean concerns(FaultConfig config, Call call) {
    if (!config.upstreamCluster().isEmpty()) {
      RouteAction.Target target = call.target();
      if (target == null || !target.cluster().equals(config.upstreamCluster())) {
        return false;
      }
    }
    List<HeaderMatcher> headers = config.headers();
    for (int i = 0; i < headers.size(); i++) {
      if (!headers.get(i).matches(call.request())) {
        return false;
      }
    }
    return true;
  }
}

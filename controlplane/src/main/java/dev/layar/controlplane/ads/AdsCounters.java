package dev.layar.controlplane.ads;

import dev.layar.xds.server.RequestOutcome;
import java.util.concurrent.atomic.LongAdder;

/** Totals since the server started. Thread-safe. */
public final class AdsCounters {
  final LongAdder streams = new LongAdder();
  final LongAdder refusedStreams = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder responses = new LongAdder();
  final LongAdder acks = new LongAdder();
  final LongAdder nacks = new LongAdder();
  final LongAdder stale = new LongAdder();
  final LongAdder unknownTypes = new LongAdder();
  final LongAdder pushes = new LongAdder();
  final LongAdder failedPushes = new LongAdder();

  AdsCounters() {}

  /**
   * @param streams streams accepted
   * @param refusedStreams streams refused or closed for what they sent
   * @param requests requests read
   * @param responses responses sent
   * @param stale requests whose nonce was not the outstanding one
   * @param unknownTypes requests for types that are not served
   * @param pushes rounds over all proxies
   * @param failedPushes snapshots that could not be computed
   */
  public record Totals(
      long streams,
      long refusedStreams,
      long requests,
      long responses,
      long acks,
      long nacks,
      long stale,
      long unknownTypes,
      long pushes,
      long failedPushes) {}

  Totals totals() {
    return new Totals(
        streams.sum(),
        refusedStreams.sum(),
        requests.sum(),
        responses.sum(),
        acks.sum(),
        nacks.sum(),
        stale.sum(),
        unknownTypes.sum(),
        pushes.sum(),
        failedPushes.sum());
  }

  void count(RequestOutcome outcome) {
    requests.increment();
    switch (outcome) {
      case SUBSCRIBED, OVER_LIMIT -> {}
      case ACKED -> acks.increment();
      case NACKED -> nacks.increment();
      case STALE -> stale.increment();
      case UNKNOWN_TYPE -> unknownTypes.increment();
    }
  }
}

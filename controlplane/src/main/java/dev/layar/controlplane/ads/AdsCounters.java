package dev.layar.controlplane.ads;

import dev.layar.xds.ResourceType;
import dev.layar.xds.server.RequestOutcome;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
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
  private final Map<ResourceType, LongAdder> responsesByType = adders();
  private final Map<ResourceType, LongAdder> nacksByType = adders();

  AdsCounters() {}

  private static Map<ResourceType, LongAdder> adders() {
    EnumMap<ResourceType, LongAdder> adders = new EnumMap<>(ResourceType.class);
    for (ResourceType type : ResourceType.values()) {
      adders.put(type, new LongAdder());
    }
    return adders;
  }

  /**
   * @param streams streams accepted
   * @param refusedStreams streams refused or closed for what they sent
   * @param requests requests read
   * @param responses responses sent
   * @param stale requests whose nonce was not the outstanding one
   * @param unknownTypes requests for types that are not served
   * @param pushes rounds over all proxies
   * @param failedPushes snapshots that could not be computed
   * @param responsesByType responses sent of each type
   * @param nacksByType responses refused of each type
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
      long failedPushes,
      Map<ResourceType, Long> responsesByType,
      Map<ResourceType, Long> nacksByType) {}

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
        failedPushes.sum(),
        sums(responsesByType),
        sums(nacksByType));
  }

  private static Map<ResourceType, Long> sums(Map<ResourceType, LongAdder> adders) {
    EnumMap<ResourceType, Long> sums = new EnumMap<>(ResourceType.class);
    adders.forEach((type, adder) -> sums.put(type, adder.sum()));
    return Collections.unmodifiableMap(sums);
  }

  /** Counts a response. */
  void sent(String typeUrl) {
    responses.increment();
    count(responsesByType, typeUrl);
  }

  /** Counts a refusal, beside {@link #count}. */
  void refused(String typeUrl) {
    count(nacksByType, typeUrl);
  }

  private static void count(Map<ResourceType, LongAdder> adders, String typeUrl) {
    ResourceType type = ResourceType.ofTypeUrl(typeUrl);
    LongAdder adder = type == null ? null : adders.get(type);
    if (adder != null) {
      adder.increment();
    }
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

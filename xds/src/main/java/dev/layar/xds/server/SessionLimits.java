package dev.layar.xds.server;

/**
 * Bounds on what one stream may cost.
 *
 * @param namesPerType resource names in one subscription, and versions given on reconnect
 * @param nameLength characters of one resource name
 * @param responseBytes aimed-at size of a delta response; what does not fit follows after the
 *     acknowledgement. A single larger resource still goes out, alone.
 */
public record SessionLimits(int namesPerType, int nameLength, int responseBytes) {
  public static final SessionLimits DEFAULT = new SessionLimits(50_000, 4_096, 2 << 20);

  /** Envoy cuts the NACK text it sends at 4 KiB; so do we with what we receive. */
  static final int NACK_TEXT_LENGTH = 4_096;
}

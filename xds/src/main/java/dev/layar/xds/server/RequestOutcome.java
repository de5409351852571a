package dev.layar.xds.server;

/** What a request turned out to be; for counters and for deciding whether to keep the stream. */
public enum RequestOutcome {
  /** A subscription, or a change of one. */
  SUBSCRIBED,
  /** The outstanding response was accepted. */
  ACKED,
  /** The outstanding response was refused, wholly or in part; its text is in the type's status. */
  NACKED,
  /** Its nonce is not that of the outstanding response, so its verdict was ignored. */
  STALE,
  /** A type that Layar does not serve; ignored. */
  UNKNOWN_TYPE,
  /** Over a limit; the request was not applied and the stream should be closed. */
  OVER_LIMIT
}

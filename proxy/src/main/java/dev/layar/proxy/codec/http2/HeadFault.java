package dev.layar.proxy.codec.http2;

/** Why a header block is no head that may be passed on (RFC 9113 §8.2, §8.3). */
public enum HeadFault {
  /** A name that is not a lower-case token, or a control character in a value. */
  FIELD("http2.invalid.header.field"),
  /** A pseudo-header that is unknown, repeated, missing, misplaced or has a bad value. */
  PSEUDO("http2.violation.of.messaging.rule"),
  /** A header of one connection, such as Connection or Transfer-Encoding (RFC 9113 §8.2.2). */
  CONNECTION_SPECIFIC("http2.violation.of.messaging.rule"),
  /** A Content-Length that is no number, repeated, or not the body's. */
  LENGTH("http2.violation.of.messaging.rule"),
  /** A second Host, or an authority with characters that none has. */
  AUTHORITY("http2.violation.of.messaging.rule"),
  /** More bytes than the limit. */
  TOO_LARGE("http2.headers_too_large"),
  /** More lines than the limit. */
  TOO_MANY("http2.too_many_headers");

  private final String details;

  HeadFault(String details) {
    this.details = details;
  }

  /** RESPONSE_CODE_DETAILS. */
  public String details() {
    return details;
  }

  /** Whether the head is well-formed, only more than is taken. */
  public boolean limit() {
    return this == TOO_LARGE || this == TOO_MANY;
  }
}

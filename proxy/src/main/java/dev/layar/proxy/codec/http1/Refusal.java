package dev.layar.proxy.codec.http1;

/**
 * Why a message is not HTTP/1.1 that may be passed on. Status and details are Envoy's where Envoy
 * refuses the same ({@code source/common/http/http1/codec_impl.cc}); for a response only the
 * details matter.
 */
public enum Refusal {
  /** A malformed start line, or a line that does not end in CRLF. */
  PROTOCOL(400, "http1.codec_error"),
  /** A target that is none of the four forms of RFC 9112 §3.2. */
  URL(400, "http1.invalid_url"),
  /** An absolute target with scheme https on a clear connection. */
  HTTPS_ON_CLEAR(403, "http1.invalid_scheme"),
  /** An absolute target with a scheme that no proxy of HTTP serves. */
  SCHEME(400, "http1.invalid_scheme"),
  /** HTTP/1.0 where it is not accepted. */
  VERSION(426, "low_version"),
  /** A name that is no token: also white space before the colon, and a folded line. */
  HEADER_NAME(400, "http1.invalid_header_name"),
  /** A control character in a value. */
  HEADER_VALUE(400, "http1.invalid_characters"),
  /** More bytes than {@link Limits#headBytes}. */
  HEAD_TOO_LARGE(431, "http1.headers_too_large"),
  /** More lines than {@link Limits#headers}. */
  TOO_MANY_HEADERS(431, "http1.too_many_headers"),
  /** Both Content-Length and Transfer-Encoding: the classic of request smuggling. */
  LENGTH_AND_CHUNKED(400, "http1.content_length_and_chunked_not_allowed"),
  /** A Content-Length that is no number, or a second one. */
  LENGTH(400, "http1.invalid_content_length"),
  /** A Transfer-Encoding other than the single word chunked. */
  TRANSFER_ENCODING(501, "http1.invalid_transfer_encoding"),
  /** A body announced where none may be (CONNECT). */
  BODY_NOT_ALLOWED(400, "http1.body_disallowed"),
  /** A second Host, or one with characters that no authority has. */
  HOST(400, "http1.invalid_host"),
  /** Connection nominates a header that the proxy needs. */
  CONNECTION_HEADER(400, "http1.connection_header_rejected"),
  /** A malformed chunk, chunk extension or trailer. */
  CHUNK(400, "http1.invalid_chunk");

  private final int status;
  private final String details;

  Refusal(int status, String details) {
    this.status = status;
    this.details = details;
  }

  /** The answer to a request refused so. */
  public int status() {
    return status;
  }

  /** Envoy's RESPONSE_CODE_DETAILS. */
  public String details() {
    return details;
  }
}

/**
 * HTTP/2 on the wire (RFC 9113 and RFC 7541): frames, header compression, flow control and the
 * state of streams; knows nothing of what the streams carry.
 */
@NullMarked
package dev.layar.proxy.codec.http2;

import org.jspecify.annotations.NullMarked;

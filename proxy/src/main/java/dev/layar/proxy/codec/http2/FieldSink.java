package dev.layar.proxy.codec.http2;

/** Takes the fields of one header block as they are decoded. */
interface FieldSink {
  /** In place of a name's number: no field name of RFC 9113 §8.2.1. */
  short BAD_NAME = -1;

  /** In place of a name's number: a pseudo-header, a name that begins with a colon. */
  short PSEUDO = -2;

  /**
   * One field, the name at {@code start} and the value behind it; the bytes are the sink's during
   * the call only.
   *
   * @param id the name's number, or one of this interface's constants
   */
  void field(byte[] bytes, int start, int nameLength, int valueLength, short id);
}

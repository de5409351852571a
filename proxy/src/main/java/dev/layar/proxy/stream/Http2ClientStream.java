package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http2.ErrorCode;
import dev.layar.proxy.codec.http2.HeadFault;
import dev.layar.proxy.codec.http2.Http2Stream;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.StreamInfo;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/2 stream. It may outlive its exchange, which is over when the last byte of the
 * response is in hand, by the time that the client takes to make room for it. Event-loop confined;
 * reused by its connection when both have ended.
 */
final class Http2ClientStream extends Http2Stream implements ClientStream {
  private final Http2Downstream connection;
  private @Nullable Exchange exchange;
  private long unsentSince;

  Http2ClientStream(Http2Downstream connection) {
    this.connection = connection;
  }

  void begin(Exchange of) {
    exchange = of;
  }

  /** When the exchange ended whose response still waits for the client. */
  long unsentSince() {
    return unsentSince;
  }

  /** Whether the response is whole and waits for the client. */
  boolean flushing() {
    return exchange == null && pendingBytes() > 0;
  }

  /** The client has taken nothing for too long. */
  void giveUp() {
    session().reset(this, ErrorCode.CANCEL);
  }

  // ---- the client speaks

  private Exchange present() {
    Exchange present = exchange;
    if (present == null) {
      throw new IllegalStateException("no exchange is under way");
    }
    return present;
  }

  @Override
  protected Head head() {
    return present().request();
  }

  @Override
  protected Head trailers() {
    Exchange present = exchange;
    return present == null ? connection.nowhere() : present.requestTrailers();
  }

  @Override
  protected void onHead(boolean ends) {
    Exchange present = present();
    if (present.request().upgrade()) {
      connection.completeUpgrade(present.request());
    }
    present.headComplete(ends);
  }

  @Override
  protected void onData(ByteBuf in, int size) {
    Exchange present = exchange;
    if (present == null) {
      in.skipBytes(size);
    } else {
      present.requestBody(in, size);
    }
  }

  @Override
  protected void onEnd() {
    Exchange present = exchange;
    if (present != null) {
      present.requestEnd();
    }
  }

  @Override
  protected void onMalformed(HeadFault fault) {
    connection.protocolError();
    Exchange present = exchange;
    if (present != null) {
      present.malformed(fault);
    }
  }

  @Override
  protected void onReset(int code, boolean byPeer) {
    Exchange present = exchange;
    if (present == null) {
      return;
    }
    if (connection.gone()) {
      present.clientGone();
    } else if (byPeer) {
      present.clientReset();
    } else {
      present.clientBroke();
    }
  }

  @Override
  protected void onWritable() {
    Exchange present = exchange;
    if (present != null) {
      present.downstreamWritable();
    }
  }

  /** RFC 9113 §8.1: a response that does not need the rest of the request says so. */
  @Override
  protected void onSent() {
    if (exchange == null && !remoteEnded()) {
      session().reset(this, ErrorCode.NO_ERROR);
    }
  }

  @Override
  protected void onClosed() {
    if (exchange == null) {
      connection.recycle(this);
    }
  }

  // ---- the exchange speaks

  @Override
  public long connectionId() {
    return connection.id();
  }

  @Override
  public Arrival arrival() {
    return connection.arrival();
  }

  @Override
  public StreamInfo.Protocol protocol() {
    return StreamInfo.Protocol.HTTP_2;
  }

  @Override
  public void sendContinue() {
    session().sendContinue(this);
  }

  @Override
  public int sendHead(Exchange of, boolean ends) {
    return isOpen() ? session().sendHead(this, of.response(), false, ends) : 0;
  }

  @Override
  public void sendBody(ByteBuf in, int size) {
    if (isOpen()) {
      session().sendData(this, in, size);
    } else {
      in.skipBytes(size);
    }
  }

  @Override
  public void sendBody(byte[] body) {
    ByteBuf copy = connection.buffer(body);
    sendBody(copy, body.length);
    copy.release();
  }

  @Override
  public void sendEnd(Exchange of) {
    if (isOpen()) {
      session().sendEnd(this, of.trailersOut());
    }
  }

  @Override
  public boolean full() {
    return pendingBytes() > 0;
  }

  @Override
  public void pauseBody(boolean on) {
    pause(on);
  }

  @Override
  public void breakOff() {
    if (isOpen()) {
      session().reset(this, ErrorCode.INTERNAL_ERROR);
    }
  }

  @Override
  public void exchangeEnded(boolean closeNow) {
    exchange = null;
    if (!isOpen()) {
      connection.recycle(this);
    } else if (localEnded()) {
      session().reset(this, ErrorCode.NO_ERROR);
    } else {
      pause(false);
      unsentSince = connection.flushing();
    }
  }
}

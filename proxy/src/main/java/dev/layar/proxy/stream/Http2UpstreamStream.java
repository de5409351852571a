package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http2.ErrorCode;
import dev.layar.proxy.codec.http2.HeadFault;
import dev.layar.proxy.codec.http2.Http2Stream;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.TlsFacts;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A call's HTTP/2 stream to an upstream. Event-loop confined; one per call. */
final class Http2UpstreamStream extends Http2Stream implements UpstreamStream {
  private static final byte[] UPGRADE = Ascii.bytes("upgrade");

  private final Http2Upstream connection;
  private @Nullable UpstreamCall call;
  private boolean malformed;
  private byte @Nullable [] protocol;

  Http2UpstreamStream(Http2Upstream connection, UpstreamCall call) {
    this.connection = connection;
    this.call = call;
  }

  // ---- the upstream speaks

  private UpstreamCall present() {
    UpstreamCall present = call;
    if (present == null) {
      throw new IllegalStateException("no call is under way");
    }
    return present;
  }

  @Override
  protected Head head() {
    return present().responseHead();
  }

  @Override
  protected Head trailers() {
    return present().responseTrailers();
  }

  @Override
  protected boolean bodiless() {
    UpstreamCall present = call;
    return present != null && present.isHeadRequest();
  }

  @Override
  protected void onHead(boolean ends) {
    UpstreamCall present = present();
    Head head = present.responseHead();
    if (protocol != null && head.status() == 200) {
      head.statusLine(101, 1);
      head.append(HeaderName.CONNECTION, UPGRADE);
      head.append(HeaderName.UPGRADE, protocol);
      head.framing(Head.NO_LENGTH, false, true, true);
    }
    present.responseHead(ends);
    if (ends && call == present) {
      finish(present);
    }
  }

  @Override
  protected void onData(ByteBuf in, int size) {
    UpstreamCall present = call;
    if (present == null) {
      in.skipBytes(size);
    } else {
      present.responseBody(in, size);
    }
  }

  @Override
  protected void onEnd() {
    UpstreamCall present = call;
    if (present != null) {
      finish(present);
    }
  }

  /** The response is complete; what is left of the request nobody needs. */
  private void finish(UpstreamCall present) {
    call = null;
    connection.callEnded();
    if (isOpen() && !localEnded()) {
      session().reset(this, ErrorCode.CANCEL);
    }
    present.responseEnd();
  }

  @Override
  protected void onMalformed(HeadFault fault) {
    malformed = true;
    connection.protocolError();
  }

  @Override
  protected void onReset(int code, boolean byPeer) {
    UpstreamCall present = call;
    if (present == null) {
      return;
    }
    call = null;
    connection.callEnded();
    present.failed(failure(code, byPeer), "");
  }

  private UpstreamFailure failure(int code, boolean byPeer) {
    if (connection.broken()) {
      return UpstreamFailure.PROTOCOL;
    }
    if (!connection.isOpen()) {
      return UpstreamFailure.TERMINATED;
    }
    if (malformed || !byPeer) {
      return UpstreamFailure.PROTOCOL;
    }
    return switch (code) {
      case ErrorCode.REFUSED_STREAM -> UpstreamFailure.REFUSED_STREAM;
      case ErrorCode.NO_ERROR -> UpstreamFailure.CLEAN_RESET;
      default -> UpstreamFailure.REMOTE_RESET;
    };
  }

  @Override
  protected void onWritable() {
    UpstreamCall present = call;
    if (present != null) {
      present.writable(true);
    }
  }

  @Override
  protected void onClosed() {}

  // ---- the call speaks

  @Override
  public byte[] localAddress() {
    return connection.localAddress();
  }

  @Override
  public @Nullable TlsFacts tls() {
    return connection.tls();
  }

  @Override
  public boolean used() {
    return false;
  }

  @Override
  public void sendHead(Head request, boolean ends) {
    if (isOpen()) {
      protocol = request.upgrade() ? upgrade(request) : null;
      session().sendHead(this, request, true, ends);
    }
  }

  private static byte[] upgrade(Head request) {
    int at = request.find(HeaderName.UPGRADE);
    int start = request.valueStart(at);
    return Arrays.copyOfRange(request.bytes(), start, start + request.valueLength(at));
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
  public void sendEnd(@Nullable Head trailers) {
    if (isOpen()) {
      session().sendEnd(this, trailers);
    }
  }

  @Override
  public boolean full() {
    return pendingBytes() > 0;
  }

  @Override
  public void reading(boolean on) {
    pause(!on);
  }

  @Override
  public void abandon() {
    if (call != null) {
      call = null;
      connection.callEnded();
      if (isOpen()) {
        session().reset(this, ErrorCode.CANCEL);
      }
    }
  }
}

package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http1.BodyDecoder;
import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.codec.http1.Refusal;
import dev.layar.proxy.codec.http2.Preface;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeadWriter;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.net.HalfClose;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.StreamInfo;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection from a client. Requests are taken one at a time; a pipelined one waits,
 * with reading stopped, until the response before it is out. Event-loop confined.
 *
 * <p>Implementation notes. (1) An idle connection owns no buffer and no exchange. (2) After the
 * last response this end stops sending and drops what still comes for up to {@code
 * delayed_close_timeout}, so that the response is not lost to a reset (RFC 9112 §9.6).
 */
public final class DownstreamConnection extends ChannelInboundHandlerAdapter
    implements ClientConnection, ClientStream {
  private static final byte[] CLOSE = Ascii.bytes("close");
  private static final byte[] KEEP_ALIVE = Ascii.bytes("keep-alive");
  private static final byte[] CHUNKED = Ascii.bytes("chunked");
  private static final byte[] CONTINUE = Ascii.bytes("HTTP/1.1 100 Continue\r\n\r\n");

  /** A request body up to this size is read and dropped so that its connection can be kept. */
  private static final long DISCARDABLE = 64 * 1024;

  private static final int STASH = 4096;

  private enum Phase {
    HEAD,
    BODY,
    RESPONSE,
    CLOSING,
    CLOSED
  }

  private final Worker worker;
  private final Loop loop;
  private final HttpContext context;
  private final ConnectionSet siblings;
  private final Arrival arrival;
  private final HeadParser parser;
  private final BodyDecoder body;
  private final Timer timer = new Timer(this::onTimer);

  private Phase phase = Phase.HEAD;
  private @Nullable Channel channel;
  private @Nullable Outbox outbox;
  private @Nullable Exchange exchange;
  private @Nullable ByteBuf stash;
  private long id;
  private long bodyBytes;
  private long openedNanos;
  private long idleSince;
  private int requests;
  private boolean processing;
  private boolean bodyPaused;
  private boolean drainRequested;
  private boolean undecided = true;
  private @Nullable ByteBuf sniffed;
  private boolean chunkedOut;
  private boolean closeAfter;

  /**
   * @param siblings the set of the listener's connections on this loop, which it joins while open
   */
  public DownstreamConnection(
      Worker worker, HttpContext context, ConnectionSet siblings, Arrival arrival) {
    this.worker = worker;
    this.arrival = arrival;
    this.loop = worker.loop();
    this.context = context;
    this.siblings = siblings;
    this.parser = HeadParser.requests(context.limits(), context.config().acceptHttp10(), false);
    this.body = new BodyDecoder(context.limits());
  }

  // ---- life

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Channel open = ctx.channel();
    channel = open;
    outbox = new Outbox(loop, open);
    id = worker.newConnectionId();
    openedNanos = loop.now();
    siblings.add(this);
    context.stats().increment(loop.index(), HttpStats.CX_TOTAL);
    context.stats().increment(loop.index(), HttpStats.CX_ACTIVE);
    idle();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSED;
    context.stats().add(loop.index(), HttpStats.CX_ACTIVE, -1);
    context.stats().increment(loop.index(), HttpStats.CX_DESTROY);
    context.stats().increment(loop.index(), HttpStats.CX_DESTROY_REMOTE);
    siblings.remove(this);
    loop.cancel(timer);
    releaseStash();
    Exchange present = exchange;
    if (present != null) {
      context.stats().increment(loop.index(), HttpStats.CX_DESTROY_REMOTE_ACTIVE_RQ);
      present.clientGone();
    }
    Outbox box = outbox;
    if (box != null) {
      box.discard();
    }
    loop.endTurn();
  }

  /** A reset arrives as an exception before the channel goes inactive. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** Closes as soon as no exchange is under way; responses until then say so. */
  @Override
  public void drain() {
    drainRequested = true;
    if (exchange == null && phase == Phase.HEAD) {
      context.stats().increment(loop.index(), HttpStats.CX_DRAIN_CLOSE);
      close();
    }
  }

  @Override
  public void cut() {
    phase = phase == Phase.CLOSED ? Phase.CLOSED : Phase.CLOSING;
    Outbox box = outbox;
    if (box != null) {
      box.flush();
    }
    close();
  }

  private void close() {
    Channel open = channel;
    if (open != null) {
      open.close();
    }
  }

  // ---- what the exchange asks

  @Override
  public long connectionId() {
    return id;
  }

  @Override
  public Arrival arrival() {
    return arrival;
  }

  @Override
  public StreamInfo.Protocol protocol() {
    Exchange present = exchange;
    return present != null && present.request().minorVersion() == 0
        ? StreamInfo.Protocol.HTTP_10
        : StreamInfo.Protocol.HTTP_11;
  }

  private Outbox outbox() {
    Outbox box = outbox;
    if (box == null) {
      throw new IllegalStateException("not connected");
    }
    return box;
  }

  /**
   * Whether the connection may carry another request after this response.
   *
   * @param requestEnded whether the request was read to its end
   */
  private boolean mayKeep(boolean requestEnded) {
    int most = context.config().maxRequestsPerConnection();
    long longest = context.config().maxConnectionDurationNanos();
    return !drainRequested
        && (most == 0 || requests < most)
        && (longest == 0 || loop.coarseNow() - openedNanos < longest)
        && (requestEnded || bodyBytes >= 0 && bodyBytes <= DISCARDABLE);
  }

  @Override
  public void sendContinue() {
    outbox().buffer().writeBytes(CONTINUE);
  }

  /** Says how the body ends and whether the connection stays (RFC 9112 §6.3 and §9.3). */
  @Override
  public int sendHead(Exchange of, boolean ends) {
    Head request = of.request();
    Head response = of.response();
    if (response.opensTunnel(request)) {
      return openTunnel(response);
    }
    boolean http11 = request.minorVersion() == 1;
    boolean delimited = ends || response.find(HeaderName.CONTENT_LENGTH) >= 0;
    chunkedOut = !delimited && http11;
    if (chunkedOut) {
      response.append(HeaderName.TRANSFER_ENCODING, CHUNKED);
    }
    closeAfter =
        of.closing()
            || !delimited && !http11
            || !request.keepAlive()
            || context.draining()
            || !mayKeep(of.requestEnded());
    if (context.draining()) {
      context.stats().increment(loop.index(), HttpStats.CX_DRAIN_CLOSE);
    }
    if (closeAfter) {
      response.append(HeaderName.CONNECTION, CLOSE);
    } else if (!http11) {
      response.append(HeaderName.CONNECTION, KEEP_ALIVE);
    }
    return write(response);
  }

  private int write(Head response) {
    ByteBuf out = outbox().buffer();
    int before = out.writerIndex();
    HeadWriter.response(response, out);
    return out.writerIndex() - before;
  }

  /** From here on bytes are bytes, either way, until one end closes. */
  private int openTunnel(Head response) {
    response.dropAll(HeaderName.CONTENT_LENGTH);
    closeAfter = true;
    return write(response);
  }

  @Override
  public void sendBody(ByteBuf in, int size) {
    Outbox to = outbox();
    if (chunkedOut) {
      BodyDecoder.writeChunkStart(to.buffer(), size);
      to.write(in, size);
      BodyDecoder.writeChunkEnd(to.buffer());
    } else {
      to.write(in, size);
    }
  }

  @Override
  public void sendBody(byte[] body) {
    outbox().buffer().writeBytes(body);
  }

  @Override
  public void sendEnd(Exchange of) {
    if (chunkedOut) {
      BodyDecoder.writeLastChunk(outbox().buffer());
    }
  }

  @Override
  public boolean full() {
    return outbox().full();
  }

  @Override
  public void breakOff() {
    cut();
  }

  @Override
  public void pauseBody(boolean on) {
    bodyPaused = on;
    updateReading();
  }

  /** The exchange is over: the next one, or the end. */
  @Override
  public void exchangeEnded(boolean closeNow) {
    boolean close = closeNow || closeAfter;
    exchange = null;
    chunkedOut = false;
    closeAfter = false;
    bodyPaused = false;
    if (phase == Phase.CLOSED || phase == Phase.CLOSING) {
      return;
    }
    if (close) {
      lingeringClose();
      return;
    }
    if (phase == Phase.RESPONSE) {
      nextRequest();
      if (!processing) {
        continueWithStash();
      }
    }
    updateReading();
  }

  private void nextRequest() {
    phase = Phase.HEAD;
    parser.reset();
    idle();
  }

  // ---- timers

  private void idle() {
    idleSince = loop.coarseNow();
    long timeout = context.config().idleTimeoutNanos();
    if (timeout > 0 && !timer.armed()) {
      loop.arm(timer, idleSince + timeout);
    }
  }

  /** The idle timer is lazy: it looks at the last use instead of being moved at each. */
  private void onTimer() {
    if (phase == Phase.CLOSING) {
      close();
      return;
    }
    long now = loop.now();
    long deadline = idleSince + context.config().idleTimeoutNanos();
    if (exchange == null && now >= deadline) {
      context.stats().increment(loop.index(), HttpStats.CX_IDLE_TIMEOUT);
      close();
    } else {
      loop.arm(timer, Math.max(deadline, now + 1_000_000_000L));
    }
  }

  private void lingeringClose() {
    phase = Phase.CLOSING;
    releaseStash();
    updateReading();
    outbox().flush();
    Channel open = channel;
    if (open == null) {
      return;
    }
    HalfClose.after(open);
    loop.arm(timer, loop.now() + Math.max(1, context.config().delayedCloseTimeoutNanos()));
  }

  // ---- bytes

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (undecided) {
      in = decide(ctx, in);
      if (in == null) {
        return;
      }
    }
    if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
      in.release();
      return;
    }
    context.stats().add(loop.index(), HttpStats.CX_RX_BYTES, in.readableBytes());
    ByteBuf waiting = stash;
    if (waiting != null) {
      stash = null;
      waiting.writeBytes(in);
      in.release();
      in = waiting;
    }
    process(in);
  }

  /**
   * Tells by the first bytes what the client speaks ({@code codec_type}).
   *
   * @return what is to be read as HTTP/1.1; null when nothing is, yet
   */
  private @Nullable ByteBuf decide(ChannelHandlerContext ctx, ByteBuf more) {
    ByteBuf in = more;
    ByteBuf before = sniffed;
    if (before != null) {
      sniffed = null;
      in = before.writeBytes(more);
      more.release();
    }
    boolean http2 =
        switch (context.config().codec()) {
          case HTTP1 -> false;
          case HTTP2 -> true;
          case AUTO -> Preface.matches(in);
        };
    if (http2 && context.config().codec() == HttpConfig.CodecType.AUTO && !Preface.complete(in)) {
      ByteBuf copy = in.alloc().directBuffer(STASH);
      copy.writeBytes(in);
      in.release();
      sniffed = copy;
      return null;
    }
    undecided = false;
    if (http2) {
      handOver(ctx, in);
      return null;
    }
    context.stats().increment(loop.index(), HttpStats.CX_HTTP1_TOTAL);
    return in;
  }

  /** The client speaks HTTP/2: another handler takes the connection over. */
  private void handOver(ChannelHandlerContext ctx, ByteBuf in) {
    phase = Phase.CLOSED;
    siblings.remove(this);
    loop.cancel(timer);
    Http2Downstream next =
        new Http2Downstream(
            worker, context, siblings, ctx.channel(), id, arrival, arrival.tls() != null);
    ctx.pipeline().replace(this, null, next);
    next.channelRead(ctx, in);
  }

  /** Takes ownership of the buffer. */
  private void process(ByteBuf in) {
    processing = true;
    try {
      boolean more = true;
      while (more) {
        more = advance(in);
      }
    } finally {
      processing = false;
      if (in.isReadable() && phase == Phase.RESPONSE) {
        keep(in);
      } else {
        in.release();
      }
    }
  }

  private void keep(ByteBuf in) {
    ByteBuf copy = in.alloc().directBuffer(Math.max(in.readableBytes(), STASH));
    copy.writeBytes(in);
    in.release();
    stash = copy;
    updateReading();
  }

  private void continueWithStash() {
    ByteBuf waiting = stash;
    if (waiting != null) {
      stash = null;
      process(waiting);
    }
  }

  private boolean advance(ByteBuf in) {
    return switch (phase) {
      case HEAD -> in.isReadable() && head(in);
      case BODY -> body(in);
      case RESPONSE, CLOSING, CLOSED -> false;
    };
  }

  private boolean head(ByteBuf in) {
    Exchange present = exchange;
    if (present == null) {
      present = worker.borrow();
      exchange = present;
      requests++;
      present.begin(this, context);
      context.stats().increment(loop.index(), HttpStats.RQ_HTTP1_TOTAL);
    }
    Head request = present.request();
    if (!parser.parse(in, request)) {
      Refusal refusal = parser.refusal();
      if (refusal != null) {
        present.refuse(refusal);
      }
      return false;
    }
    frame(request);
    boolean ended = body.done();
    phase = ended ? Phase.RESPONSE : Phase.BODY;
    present.headComplete(ended);
    return true;
  }

  private void frame(Head request) {
    if (request.asksForTunnel()) {
      bodyBytes = -1;
      body.untilClose();
    } else if (request.chunked()) {
      bodyBytes = -1;
      body.chunked();
    } else {
      bodyBytes = Math.max(0, request.contentLength());
      body.length(bodyBytes);
    }
  }

  private boolean body(ByteBuf in) {
    int size = body.next(in);
    Exchange present = exchange;
    if (size > 0) {
      if (present == null) {
        in.skipBytes(size);
      } else {
        present.requestBody(in, size);
      }
      return phase == Phase.BODY && (in.isReadable() || body.done());
    }
    if (size == BodyDecoder.END) {
      bodyEnd(present);
      return true;
    }
    if (size == BodyDecoder.BAD) {
      badBody(present);
    }
    return false;
  }

  private void bodyEnd(@Nullable Exchange present) {
    if (present == null) {
      nextRequest();
    } else {
      phase = Phase.RESPONSE;
      present.requestEnd();
    }
  }

  private void badBody(@Nullable Exchange present) {
    if (present == null) {
      cut();
    } else {
      present.refuse(Refusal.CHUNK);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    loop.endTurn();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Exchange present = exchange;
    if (present != null && ctx.channel().isWritable()) {
      present.downstreamWritable();
      loop.endTurn();
    }
  }

  private void updateReading() {
    Channel open = channel;
    if (open == null) {
      return;
    }
    boolean wanted = !bodyPaused && stash == null;
    if (open.config().isAutoRead() != wanted) {
      open.config().setAutoRead(wanted);
    }
  }

  private void releaseStash() {
    ByteBuf first = sniffed;
    if (first != null) {
      sniffed = null;
      first.release();
    }
    ByteBuf waiting = stash;
    if (waiting != null) {
      stash = null;
      waiting.release();
    }
  }
}

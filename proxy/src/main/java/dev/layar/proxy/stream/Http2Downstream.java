package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http2.ErrorCode;
import dev.layar.proxy.codec.http2.Http2Options;
import dev.layar.proxy.codec.http2.Http2Session;
import dev.layar.proxy.codec.http2.Http2Stream;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.net.TimerWheel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection from a client. Event-loop confined.
 *
 * <p>Implementation notes. (1) It goes in two steps, as Envoy's does: a GOAWAY that names no last
 * stream, then after {@code drain_timeout} the one that does, then the close when the last stream
 * is over. (2) One timer serves all deadlines; it looks when it fires, and is moved only to come
 * earlier. (3) A session that has failed is closed in a turn of its own, when nobody is in the
 * middle of it.
 */
final class Http2Downstream extends ChannelInboundHandlerAdapter
    implements ClientConnection, Http2Session.Owner {
  private static final int SPARE = 64;
  private static final byte[] WEBSOCKET_KEY = Ascii.bytes("sec-websocket-key");

  /**
   * A response that is whole waits this long for its client where no stream idle timeout is set.
   */
  private static final long LONGEST_FLUSH_NANOS = 300_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000_000L;

  private enum Phase {
    OPEN,
    /** The first GOAWAY is out. */
    NOTICE,
    /** The last GOAWAY is out. */
    LAST,
    /** Nothing more is said or heard. */
    CLOSING,
    CLOSED
  }

  private final Worker worker;
  private final Loop loop;
  private final HttpContext context;
  private final ConnectionSet siblings;
  private final Channel channel;
  private final Outbox outbox;
  private final Http2Session session;
  private final Http2Options options;
  private final Arrival arrival;
  private final long id;
  private final long openedNanos;
  private final Timer timer = new Timer(this::onTimer);
  private final ArrayDeque<Http2ClientStream> spare = new ArrayDeque<>();

  private Phase phase = Phase.OPEN;
  private @Nullable Head nowhere;
  private long armedFor = TimerWheel.NEVER;
  private long idleSince;
  private long phaseSince;
  private long headSince;
  private long pingedAt;
  private long heardAt;
  private boolean pingOpen;
  private boolean flushing;
  private int requests;

  /**
   * Takes a connection over that is open and has carried nothing.
   *
   * @param siblings the set of the listener's connections on this loop, which it joins while open
   */
  Http2Downstream(
      Worker worker,
      HttpContext context,
      ConnectionSet siblings,
      Channel channel,
      long id,
      Arrival arrival,
      boolean secure) {
    this.worker = worker;
    this.loop = worker.loop();
    this.context = context;
    this.siblings = siblings;
    this.channel = channel;
    this.outbox = new Outbox(loop, channel);
    this.id = id;
    this.arrival = arrival;
    this.options = config().http2().withStreamWindowAtMost(context.bufferLimit());
    this.openedNanos = loop.now();
    this.heardAt = openedNanos;
    this.pingedAt = openedNanos;
    this.session =
        new Http2Session(
            loop,
            outbox,
            options,
            true,
            config().maxRequestHeadersBytes(),
            config().maxRequestHeaders(),
            secure,
            worker.frameScratch(),
            this);
    siblings.add(this);
    context.stats().increment(loop.index(), HttpStats.CX_HTTP2_TOTAL);
    idle();
  }

  private HttpConfig config() {
    return context.config();
  }

  // ---- what the streams ask

  long id() {
    return id;
  }

  Arrival arrival() {
    return arrival;
  }

  /** Whether the socket is closed. */
  boolean gone() {
    return phase == Phase.CLOSED || phase == Phase.CLOSING;
  }

  /** A head that nobody reads. */
  Head nowhere() {
    Head target = nowhere;
    if (target == null) {
      target = new Head(256);
      nowhere = target;
    }
    return target;
  }

  ByteBuf buffer(byte[] bytes) {
    return channel.alloc().directBuffer(bytes.length).writeBytes(bytes);
  }

  void recycle(Http2ClientStream stream) {
    if (spare.size() < SPARE) {
      spare.push(stream);
    }
  }

  /** RFC 8441 §5 leaves out the key that a WebSocket upstream of HTTP/1.1 asks for. */
  void completeUpgrade(Head request) {
    if (request.find(WEBSOCKET_KEY, -1) < 0) {
      byte[] nonce = new byte[16];
      ByteBuffer.wrap(nonce).putLong(loop.random().next()).putLong(loop.random().next());
      byte[] key = Base64.getEncoder().encode(nonce);
      request.append(WEBSOCKET_KEY, HeaderName.UNKNOWN, key, 0, key.length);
    }
  }

  /** A response waits for its client without an exchange; returns the time. */
  long flushing() {
    flushing = true;
    schedule();
    return loop.coarseNow();
  }

  void protocolError() {
    context.stats().increment(loop.index(), HttpStats.CX_PROTOCOL_ERROR);
  }

  // ---- what the session asks

  @Override
  public @Nullable Http2Stream accept() {
    if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
      return null;
    }
    Http2ClientStream stream = spare.poll();
    if (stream == null) {
      stream = new Http2ClientStream(this);
    }
    requests++;
    Exchange exchange = worker.borrow();
    stream.begin(exchange);
    exchange.begin(stream, context);
    context.stats().increment(loop.index(), HttpStats.RQ_HTTP2_TOTAL);
    int most = config().maxRequestsPerConnection();
    if (most > 0 && requests == most) {
      context.stats().increment(loop.index(), HttpStats.CX_MAX_REQUESTS_REACHED);
      drain();
    }
    return stream;
  }

  @Override
  public void idle() {
    idleSince = loop.coarseNow();
    if (phase == Phase.LAST) {
      lingeringClose();
    } else {
      schedule();
    }
  }

  @Override
  public void capacityChanged() {}

  @Override
  public void goingAway() {
    if (phase == Phase.OPEN || phase == Phase.NOTICE) {
      phase = Phase.LAST;
      if (session.streamCount() == 0) {
        lingeringClose();
      }
    }
  }

  @Override
  public void pong(long opaque) {
    pingOpen = false;
  }

  @Override
  public void failed(int code, String details) {
    context.stats().increment(loop.index(), HttpStats.CX_PROTOCOL_ERROR);
    loop.execute(
        () -> {
          lingeringClose();
          loop.endTurn();
        });
  }

  // ---- the end

  @Override
  public void drain() {
    if (phase != Phase.OPEN) {
      return;
    }
    context.stats().increment(loop.index(), HttpStats.CX_DRAIN_CLOSE);
    phase = Phase.NOTICE;
    phaseSince = loop.now();
    session.goAway(false, ErrorCode.NO_ERROR);
    schedule();
  }

  private void drainForGood() {
    phase = Phase.LAST;
    session.goAway(true, ErrorCode.NO_ERROR);
    if (session.streamCount() == 0) {
      lingeringClose();
    }
  }

  @Override
  public void cut() {
    if (!gone()) {
      session.goAway(true, ErrorCode.NO_ERROR);
      outbox.flush();
      phase = Phase.CLOSING;
    }
    channel.close();
  }

  /** Says the last, and drops what still comes so that it is not lost to a reset. */
  private void lingeringClose() {
    if (gone()) {
      return;
    }
    phase = Phase.CLOSING;
    phaseSince = loop.now();
    session.abort();
    outbox.flush();
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done -> {
              if (channel instanceof DuplexChannel duplex && channel.isActive()) {
                duplex.shutdownOutput();
              }
            });
    loop.arm(timer, loop.now() + Math.max(1, config().delayedCloseTimeoutNanos()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (session.streamCount() > 0) {
      context.stats().increment(loop.index(), HttpStats.CX_DESTROY_REMOTE_ACTIVE_RQ);
    }
    phase = Phase.CLOSED;
    context.stats().add(loop.index(), HttpStats.CX_ACTIVE, -1);
    context.stats().increment(loop.index(), HttpStats.CX_DESTROY);
    context.stats().increment(loop.index(), HttpStats.CX_DESTROY_REMOTE);
    siblings.remove(this);
    loop.cancel(timer);
    session.abort();
    outbox.discard();
    loop.endTurn();
  }

  /** A reset arrives as an exception before the channel goes inactive. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  // ---- bytes

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (!gone()) {
        read(in);
      }
    } finally {
      in.release();
    }
  }

  private void read(ByteBuf in) {
    context.stats().add(loop.index(), HttpStats.CX_RX_BYTES, in.readableBytes());
    heardAt = loop.now();
    session.read(in);
    if (!session.insideHead()) {
      headSince = 0;
    } else if (headSince == 0) {
      headSince = heardAt;
      schedule();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    loop.endTurn();
    session.turnEnded();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable() && !gone()) {
      session.socketWritable();
      loop.endTurn();
    }
  }

  // ---- deadlines

  private void schedule() {
    long deadline = nearestDeadline();
    if (deadline < armedFor) {
      armedFor = deadline;
      loop.arm(timer, deadline);
    }
  }

  private long nearestDeadline() {
    long deadline = TimerWheel.NEVER;
    if (phase == Phase.NOTICE) {
      deadline = phaseSince + config().drainTimeoutNanos();
    }
    if (phase == Phase.OPEN) {
      deadline = Math.min(deadline, after(openedNanos, config().maxConnectionDurationNanos()));
      if (session.streamCount() == 0) {
        deadline = Math.min(deadline, after(idleSince, config().idleTimeoutNanos()));
      }
    }
    if (headSince != 0) {
      deadline = Math.min(deadline, after(headSince, config().requestHeadersTimeoutNanos()));
    }
    if (options.keepaliveIntervalNanos() > 0) {
      deadline =
          Math.min(
              deadline,
              pingOpen
                  ? pingedAt + options.keepaliveTimeoutNanos()
                  : Math.max(pingedAt, heardAt) + options.keepaliveIntervalNanos());
    }
    return flushing ? Math.min(deadline, loop.coarseNow() + LOOK_NANOS) : deadline;
  }

  private static long after(long from, long timeout) {
    return timeout > 0 ? from + timeout : TimerWheel.NEVER;
  }

  private void onTimer() {
    armedFor = TimerWheel.NEVER;
    long now = loop.now();
    switch (phase) {
      case OPEN -> openDeadlines(now);
      case NOTICE -> {
        if (now >= phaseSince + config().drainTimeoutNanos()) {
          drainForGood();
        }
      }
      case CLOSING -> channel.close();
      case LAST, CLOSED -> {
        // the last stream decides
      }
    }
    if (!gone()) {
      if (headSince != 0 && now >= after(headSince, config().requestHeadersTimeoutNanos())) {
        context.stats().increment(loop.index(), HttpStats.RQ_HEADER_TIMEOUT);
        session.connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.header_timeout");
        return;
      }
      keepAlive(now);
      flushDeadlines(now);
      schedule();
    }
  }

  private void openDeadlines(long now) {
    if (now >= after(openedNanos, config().maxConnectionDurationNanos())) {
      context.stats().increment(loop.index(), HttpStats.CX_MAX_DURATION_REACHED);
      drain();
    } else if (session.streamCount() == 0 && now >= after(idleSince, config().idleTimeoutNanos())) {
      context.stats().increment(loop.index(), HttpStats.CX_IDLE_TIMEOUT);
      drain();
    }
  }

  /** {@code connection_keepalive}: whoever does not answer a PING is gone. */
  private void keepAlive(long now) {
    if (options.keepaliveIntervalNanos() == 0) {
      return;
    }
    if (pingOpen && now >= pingedAt + options.keepaliveTimeoutNanos()) {
      channel.close();
    } else if (!pingOpen && now >= Math.max(pingedAt, heardAt) + options.keepaliveIntervalNanos()) {
      pingOpen = true;
      pingedAt = now;
      session.ping(now);
    }
  }

  /**
   * Gives up on responses that their clients do not take: a window of zero holds nothing for ever.
   */
  private void flushDeadlines(long now) {
    if (!flushing) {
      return;
    }
    long configured = config().streamIdleTimeoutNanos();
    long longest = configured > 0 ? configured : LONGEST_FLUSH_NANOS;
    flushing = false;
    for (Http2Stream stream : session.streamList()) {
      if (stream instanceof Http2ClientStream client && client.flushing()) {
        if (now - client.unsentSince() >= longest) {
          context.stats().increment(loop.index(), HttpStats.RQ_TX_RESET);
          client.giveUp();
        } else {
          flushing = true;
        }
      }
    }
  }
}

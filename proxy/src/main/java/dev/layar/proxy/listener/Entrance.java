package dev.layar.proxy.listener;

import dev.layar.proxy.config.ConnectionFacts;
import dev.layar.proxy.config.ListenerConfig;
import dev.layar.proxy.config.ListenerFilterConfig;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.observe.TlsFacts;
import dev.layar.proxy.stream.Arrival;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection between its acceptance and its filter chain: listener filters, the choice of the
 * chain, the TLS handshake. Then it puts the chain's own handler in its place. Event-loop confined.
 *
 * <p>Implementation notes. (1) Filters look at bytes that stay in a buffer, which whoever comes
 * next gets first. (2) A connection that belongs to another listener is looked at again by that
 * one's filters, once. (3) DEVIATION: a handshake has 15 s where the chain sets no {@code
 * transport_socket_connect_timeout}; Envoy waits for ever.
 */
final class Entrance extends ChannelInboundHandlerAdapter {
  private static final long HANDSHAKE_NANOS = 15_000_000_000L;
  private static final int MORE_THAN_ANY_FILTER_READS = 128 * 1024;
  private static final byte[] NO_CHAIN = Ascii.bytes("filter_chain_not_found");

  private enum Phase {
    LOOKING,
    HANDSHAKING,
    DONE
  }

  /** What a filter makes of what has come. */
  private enum Verdict {
    NEXT,
    MORE,
    REFUSE
  }

  private final Worker worker;
  private final Loop loop;
  private final Timer timer = new Timer(this::onTimer);
  private ActiveListener listener;
  private ListenerConfig config;
  private Phase phase = Phase.LOOKING;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf seen;
  private @Nullable ChainState chain;
  private @Nullable ServerTls tls;
  private @Nullable SslHandler handshaking;
  private InetSocketAddress local = new InetSocketAddress(0);
  private InetSocketAddress remote = local;
  private InetSocketAddress direct = local;
  private String serverName = "";
  private String transport = "";
  private List<String> protocols = List.of();
  private int next;
  private boolean redirected;
  private boolean handedOver;

  Entrance(Worker worker, ActiveListener listener) {
    this.worker = worker;
    this.loop = worker.loop();
    this.listener = listener;
    this.config = listener.config();
  }

  // ---- listener filters

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    local = (InetSocketAddress) ctx.channel().localAddress();
    remote = (InetSocketAddress) ctx.channel().remoteAddress();
    direct = remote;
    listener.stats().increment(loop.index(), ListenerStats.PRE_CX_ACTIVE);
    armFilterTimer();
    look();
    loop.endTurn();
  }

  private void armFilterTimer() {
    long timeout = config.listenerFiltersTimeoutNanos();
    if (timeout > 0) {
      loop.arm(timer, loop.now() + timeout);
    } else {
      loop.cancel(timer);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (phase != Phase.LOOKING) {
      in.release();
      return;
    }
    ByteBuf before = seen;
    if (before == null) {
      before = ctx.alloc().directBuffer(in.readableBytes());
      seen = before;
    }
    before.writeBytes(in);
    in.release();
    if (before.readableBytes() > MORE_THAN_ANY_FILTER_READS) {
      throw new IllegalStateException("a listener filter does not make up its mind");
    }
    look();
  }

  private void look() {
    while (next < config.filters().size()) {
      ListenerFilterConfig filter = config.filters().get(next);
      Verdict verdict =
          filter.disabled().contains(local.getPort()) ? Verdict.NEXT : verdict(filter);
      if (verdict == Verdict.MORE) {
        return;
      }
      if (verdict == Verdict.REFUSE) {
        listener.stats().increment(loop.index(), ListenerStats.FILTER_ERROR);
        close();
        return;
      }
      next++;
    }
    looked();
  }

  private Verdict verdict(ListenerFilterConfig filter) {
    return switch (filter) {
      case ListenerFilterConfig.OriginalDst original -> restore();
      case ListenerFilterConfig.ProxyProtocol proxy -> proxyHeader(proxy.optional());
      case ListenerFilterConfig.TlsInspector tls -> clientHello();
      case ListenerFilterConfig.HttpInspector http -> firstLine();
    };
  }

  private Verdict restore() {
    InetSocketAddress original = listener.world().originalDestination().apply(channel());
    if (original != null && !original.equals(local)) {
      local = original;
      redirected = true;
    }
    return Verdict.NEXT;
  }

  private Verdict proxyHeader(boolean optional) {
    ByteBuf in = seen;
    if (in == null) {
      return Verdict.MORE;
    }
    ProxyHeader header = ProxyHeader.look(in);
    if (header == ProxyHeader.MORE) {
      return Verdict.MORE;
    }
    if (header == ProxyHeader.BAD || header == ProxyHeader.ABSENT && !optional) {
      return Verdict.REFUSE;
    }
    in.skipBytes(header.length());
    InetSocketAddress source = header.source();
    InetSocketAddress destination = header.destination();
    if (source != null && destination != null) {
      remote = source;
      redirected |= !destination.equals(local);
      local = destination;
    }
    return Verdict.NEXT;
  }

  private Verdict clientHello() {
    ByteBuf in = seen;
    if (in == null || !in.isReadable()) {
      return Verdict.MORE;
    }
    ClientHello.Look look = ClientHello.look(in);
    ClientHello hello = look.hello();
    if (hello != null) {
      transport = "tls";
      serverName = hello.serverName();
      protocols = hello.alpn();
    }
    return look.outcome() == ClientHello.Outcome.MORE ? Verdict.MORE : Verdict.NEXT;
  }

  private Verdict firstLine() {
    if (transport.equals("tls")) {
      return Verdict.NEXT;
    }
    ByteBuf in = seen;
    if (in == null || !in.isReadable()) {
      return Verdict.MORE;
    }
    String protocol = HttpLook.look(in);
    if (HttpLook.MORE.equals(protocol)) {
      return Verdict.MORE;
    }
    protocols = protocol == null ? List.of() : List.of(protocol);
    return Verdict.NEXT;
  }

  // ---- the chain

  private void looked() {
    loop.cancel(timer);
    if (redirected && config.useOriginalDst() && !handedOver && handOver()) {
      return;
    }
    ChainState chosen = listener.choose(facts());
    if (chosen == null) {
      listener.stats().increment(loop.index(), ListenerStats.NO_CHAIN);
      logRefusal(NO_CHAIN);
      close();
      return;
    }
    chain = chosen;
    if (chosen.tls() == null) {
      install(null);
    } else {
      shakeHands(chosen, chosen.tls());
    }
  }

  private boolean handOver() {
    ActiveListener other = listener.world().handover().to(local);
    if (other == null || other == listener) {
      return false;
    }
    handedOver = true;
    listener.stats().add(loop.index(), ListenerStats.PRE_CX_ACTIVE, -1);
    listener = other;
    config = other.config();
    other.stats().increment(loop.index(), ListenerStats.PRE_CX_ACTIVE);
    other.count(loop.index(), channel());
    next = 0;
    armFilterTimer();
    look();
    return true;
  }

  private ConnectionFacts facts() {
    return new ConnectionFacts(
        local.getAddress(),
        local.getPort(),
        serverName,
        transport.isEmpty() ? "raw_buffer" : transport,
        protocols,
        remote.getAddress(),
        remote.getPort(),
        direct.getAddress());
  }

  // ---- TLS

  private void shakeHands(ChainState chosen, ServerTls with) {
    ChannelHandlerContext ctx = context();
    phase = Phase.HANDSHAKING;
    tls = with;
    SslHandler handler = with.handler(ctx.alloc());
    if (handler == null) {
      listener.stats().tls().notReady();
      close();
      return;
    }
    handshaking = handler;
    long own = chosen.chain().handshakeTimeoutNanos();
    loop.arm(timer, loop.now() + (own > 0 ? own : HANDSHAKE_NANOS));
    ctx.pipeline().addBefore(ctx.name(), "tls", handler);
    ByteBuf bytes = takeSeen();
    if (bytes != null) {
      ctx.pipeline().fireChannelRead(bytes);
      ctx.pipeline().fireChannelReadComplete();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    SslHandler handler = handshaking;
    if (event instanceof SslHandshakeCompletionEvent handshake
        && phase == Phase.HANDSHAKING
        && handler != null) {
      handshaken(handshake, handler);
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      close();
    }
    loop.endTurn();
  }

  private void handshaken(SslHandshakeCompletionEvent handshake, SslHandler handler) {
    loop.cancel(timer);
    if (!handshake.isSuccess()) {
      listener.stats().tls().failed(loop.index(), handshake.cause());
      logFailure(handshake.cause());
      close();
      return;
    }
    TlsFacts facts = Objects.requireNonNull(tls).established(handler);
    listener.stats().tls().handshake(loop.index(), facts);
    if (serverName.isEmpty()) {
      serverName = ServerTls.serverName(handler);
    }
    install(facts);
  }

  // ---- over to the chain's handler

  private void install(@Nullable TlsFacts facts) {
    ChannelHandlerContext ctx = context();
    phase = Phase.DONE;
    listener.stats().add(loop.index(), ListenerStats.PRE_CX_ACTIVE, -1);
    Arrival arrival = new Arrival(local, remote, direct, redirected, serverName, facts);
    ChannelInboundHandler handler = Objects.requireNonNull(chain).handler(worker, arrival);
    ChannelPipeline pipeline = ctx.pipeline();
    ByteBuf bytes = takeSeen();
    pipeline.replace(this, null, handler);
    ChannelHandlerContext its = pipeline.context(handler);
    try {
      handler.channelActive(its);
      if (bytes != null) {
        handler.channelRead(its, bytes);
        handler.channelReadComplete(its);
      }
    } catch (Exception e) {
      ctx.channel().close();
      throw new IllegalStateException("a connection's handler failed to start", e);
    }
  }

  private @Nullable ByteBuf takeSeen() {
    ByteBuf bytes = seen;
    seen = null;
    if (bytes != null && !bytes.isReadable()) {
      bytes.release();
      return null;
    }
    return bytes;
  }

  // ---- the ends

  private void onTimer() {
    switch (phase) {
      case LOOKING -> {
        listener.stats().increment(loop.index(), ListenerStats.PRE_CX_TIMEOUT);
        if (config.continueOnListenerFiltersTimeout()) {
          next = config.filters().size();
          looked();
        } else {
          close();
        }
      }
      case HANDSHAKING -> {
        listener.stats().increment(loop.index(), ListenerStats.SOCKET_CONNECT_TIMEOUT);
        close();
      }
      case DONE -> loop.cancel(timer);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close();
    loop.endTurn();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    loop.endTurn();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close();
  }

  private void close() {
    if (phase == Phase.DONE) {
      return;
    }
    phase = Phase.DONE;
    loop.cancel(timer);
    listener.stats().add(loop.index(), ListenerStats.PRE_CX_ACTIVE, -1);
    ByteBuf bytes = takeSeen();
    if (bytes != null) {
      bytes.release();
    }
    channel().close();
  }

  /** The listener's own log gets connections that no chain takes ({@code Listener.access_log}). */
  private void logRefusal(byte[] details) {
    StreamInfo info = info();
    info.flag(ResponseFlags.NO_ROUTE_FOUND);
    info.connectionTerminationDetails = details;
    listener.log().ended(loop.index(), info);
  }

  private void logFailure(Throwable cause) {
    StreamInfo info = info();
    info.downstreamTransportFailure = Ascii.bytes(ServerTls.failure(cause));
    listener.log().ended(loop.index(), info);
  }

  private StreamInfo info() {
    StreamInfo info = new StreamInfo();
    Arrival arrival = new Arrival(local, remote, direct, redirected, serverName, null);
    info.startNanos = loop.now();
    info.endNanos = info.startNanos;
    info.startEpochMillis = worker.epochMillis();
    info.connectionId = worker.newConnectionId();
    info.downstreamLocalAddress = arrival.localText();
    info.downstreamRemoteAddress = arrival.remoteText();
    info.downstreamDirectRemoteAddress = arrival.directText();
    info.requestedServerName = arrival.serverNameText();
    return info;
  }

  private Channel channel() {
    return context().channel();
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "the connection is not active");
  }
}

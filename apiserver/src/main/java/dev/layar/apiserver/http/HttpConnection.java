package dev.layar.apiserver.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: hands its requests out one after another. Confined to its event loop;
 * the requests themselves run on virtual threads.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

  /** Requests sent ahead of the answer; no Kubernetes client sends any. */
  private static final int MOST_AHEAD = 4;

  private final Executor threads;
  private final Consumer<Exchange> requests;
  private final Deque<FullHttpRequest> ahead = new ArrayDeque<>();
  private @Nullable Exchange running;
  private @Nullable Upgraded upgraded;

  HttpConnection(Executor threads, Consumer<Exchange> requests) {
    this.threads = threads;
    this.requests = requests;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (upgraded != null) {
      upgraded.received(message);
    } else if (message instanceof FullHttpRequest request) {
      if (running == null) {
        begin(ctx, request);
      } else if (ahead.size() < MOST_AHEAD) {
        ahead.add(request);
      } else {
        request.release();
        ctx.close();
      }
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, FullHttpRequest request) {
    Exchange exchange;
    try {
      if (request.decoderResult().isFailure()) {
        LOG.debug("unreadable request", request.decoderResult().cause());
        ctx.writeAndFlush(Exchange.unreadable(ctx.alloc()))
            .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
        return;
      }
      exchange = new Exchange(ctx.channel(), request, this);
    } finally {
      request.release();
    }
    running = exchange;
    threads.execute(() -> requests.accept(exchange));
  }

  /** The answer is out. On the event loop. */
  void finished(ChannelHandlerContext ctx, boolean keepAlive) {
    running = null;
    if (!keepAlive) {
      ctx.close();
      return;
    }
    FullHttpRequest next = ahead.poll();
    if (next != null) {
      begin(ctx, next);
    }
  }

  /** From now on messages go there. On the event loop. */
  void upgrade(Upgraded to) {
    upgraded = to;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ahead.forEach(FullHttpRequest::release);
    ahead.clear();
    if (upgraded != null) {
      upgraded.lost();
    }
    Exchange gone = running;
    if (gone != null) {
      gone.lost();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent && running == null) {
      ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection of {} failed", ctx.channel().remoteAddress(), cause);
    // Not now: Netty's SPDY decoder reports from within its loop, and a close frees what it goes on
    // with.
    ctx.channel().eventLoop().execute(ctx::close);
  }
}

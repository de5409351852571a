package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's end of a CONNECT that ends here: its bytes are the tunnel's, and the 200 that
 * opens it is made up. Event-loop confined; one per tunnel.
 */
final class TunnelUpstream extends PooledConnection implements UpstreamStream {
  private @Nullable UpstreamCall call;

  TunnelUpstream(Loop loop, TunnelPool pool) {
    super(loop, pool);
  }

  @Override
  void opened() {
    ((TunnelPool) pool).connected(this);
  }

  void carry(UpstreamCall next) {
    call = next;
    pool.callStarted();
    Head head = next.responseHead();
    head.reset();
    next.ready(this);
    if (call == next) {
      head.statusLine(200, 1);
      head.editStartLine();
      next.responseHead(false);
    }
  }

  @Override
  void onOpenTimer() {}

  @Override
  void retire() {
    if (call == null) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      end();
    }
  }

  // ---- the upstream speaks

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    UpstreamCall present = call;
    try {
      if (present != null) {
        stats().add(loop.index(), ClusterStats.UPSTREAM_CX_RX_BYTES, in.readableBytes());
        present.responseBody(in, in.readableBytes());
      }
    } finally {
      in.release();
    }
  }

  @Override
  void closedByPeer() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_REMOTE);
    UpstreamCall present = call;
    call = null;
    if (present != null) {
      pool.callEnded();
    }
    end();
    if (present != null) {
      present.responseEnd();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    UpstreamCall present = call;
    if (present != null) {
      present.writable(context.channel().isWritable());
      loop.endTurn();
    }
  }

  // ---- the call speaks

  @Override
  public boolean used() {
    return false;
  }

  @Override
  public void sendHead(Head request, boolean ends) {}

  @Override
  public void sendBody(ByteBuf in, int size) {
    outbox().write(in, size);
  }

  @Override
  public void sendEnd(@Nullable Head trailers) {
    halfClose();
  }

  @Override
  public boolean full() {
    return outbox().full();
  }

  @Override
  public void reading(boolean on) {
    autoRead(on);
  }

  @Override
  public void abandon() {
    if (call != null) {
      call = null;
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
      pool.callEnded();
      end();
    }
  }
}

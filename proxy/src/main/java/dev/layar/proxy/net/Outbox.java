package dev.layar.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent on one connection. Heads and small pieces of body are gathered in one buffer
 * and leave in one system call at the end of the loop's turn; large pieces go by reference.
 * Event-loop confined; one per connection.
 */
public final class Outbox {
  private static final int BY_REFERENCE = 8192;

  private final Loop loop;
  private final Channel channel;
  private final @Nullable Socket socket;
  private @Nullable ByteBuf gathered;
  private boolean dirty;
  private int generation;

  public Outbox(Loop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
    this.socket = channel instanceof EpollSocketChannel epoll ? (Socket) epoll.fd() : null;
  }

  /** The buffer to append to; sent at the end of this turn. Do not keep it. */
  public ByteBuf buffer() {
    markDirty();
    ByteBuf buffer = gathered;
    if (buffer == null) {
      buffer = loop.buffers().toSend(channel.alloc());
      gathered = buffer;
    }
    return buffer;
  }

  /** Changes whenever what was gathered has left: what was written before cannot be amended. */
  public int generation() {
    return generation;
  }

  /** Sends {@code size} bytes from the reader index of {@code in} and moves it. */
  public void write(ByteBuf in, int size) {
    if (size < BY_REFERENCE) {
      buffer().writeBytes(in, size);
      return;
    }
    push();
    markDirty();
    channel.write(in.readRetainedSlice(size), channel.voidPromise());
  }

  /** Whether so much is unsent that the source should pause. */
  public boolean full() {
    return !channel.isWritable();
  }

  /** Hands what is gathered to the socket. Called by the loop at the end of its turn. */
  public void flush() {
    dirty = false;
    ByteBuf buffer = gathered;
    if (buffer != null && sent(buffer)) {
      gathered = null;
      generation++;
      buffer.release();
      return;
    }
    push();
    channel.flush();
  }

  /** Sends what the socket takes at once; true when that was everything. */
  private boolean sent(ByteBuf buffer) {
    Socket open = socket;
    if (open == null || !idle() || !buffer.hasMemoryAddress()) {
      return false;
    }
    try {
      int size =
          open.sendAddress(buffer.memoryAddress(), buffer.readerIndex(), buffer.writerIndex());
      if (size > 0) {
        buffer.skipBytes(size);
      }
      return !buffer.isReadable();
    } catch (IOException broken) {
      return false; // sent again by the channel, which meets the same error and closes
    }
  }

  /** Whether the channel holds nothing back and nobody stands between it and its one handler. */
  private boolean idle() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting != null
        && waiting.totalPendingWriteBytes() == 0
        && channel.isActive()
        && channel.pipeline().first() == channel.pipeline().last();
  }

  /** Drops what is gathered: the connection is gone. */
  public void discard() {
    ByteBuf buffer = gathered;
    if (buffer != null) {
      gathered = null;
      buffer.release();
    }
  }

  private void push() {
    ByteBuf buffer = gathered;
    if (buffer != null) {
      gathered = null;
      generation++;
      channel.write(buffer, channel.voidPromise());
    }
  }

  private void markDirty() {
    if (!dirty) {
      dirty = true;
      loop.dirty(this);
    }
  }
}

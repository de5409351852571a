package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 on one connection, either end (RFC 9113): the states of streams, flow control both ways,
 * and the bounds on what a peer may make this end do. Event-loop confined; owned by its connection,
 * which feeds it bytes and does what {@link Owner} asks.
 *
 * <p>Implementation notes. (1) What cannot be sent, because a window or the socket is full, waits
 * in its stream; streams that wait take turns of one frame. (2) A stream's window is refilled only
 * while its reader takes more, and so is its share of the connection's: what a slow reader makes
 * others hold is at most a window. (3) Streams that are over are forgotten at once; the numbers of
 * a few that this end reset are kept, since their frames may still be on the way. (4) The bounds
 * are Envoy's ({@code Http2ProtocolOptions.max_…}, and {@code overload.premature_reset_…}).
 */
public final class Http2Session implements FrameHandler {
  /** The connection that a session is on. */
  public interface Owner {
    /** A stream for a request that begins; null refuses it. Servers only. */
    @Nullable Http2Stream accept();

    /** The last stream is over. */
    void idle();

    /** More streams may be opened than before, or fewer. Clients only. */
    void capacityChanged();

    /** The peer wants no more streams. */
    void goingAway();

    /** An answer to {@link #ping}. */
    void pong(long opaque);

    /**
     * The session is over: what is to be said is in the outbox. Streams are still there, for {@link
     * #abort}.
     */
    void failed(int code, String details);
  }

  private static final int RECENT = 32;
  private static final int FEWEST_STREAMS_FOR_VERDICT = 500;
  private static final long PREMATURE_NANOS = 1_000_000_000L;
  private static final int BLOCK_SLACK = 8 * 1024;

  private final Loop loop;
  private final Outbox outbox;
  private final Http2Options options;
  private final boolean server;
  private final Owner owner;
  private final FrameReader reader;
  private final HpackDecoder decoder;
  private final HpackEncoder encoder = new HpackEncoder();
  private final HeadBuilder builder;
  private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
  private final ArrayDeque<Http2Stream> waiting = new ArrayDeque<>();
  private final int[] recentlyReset = new int[RECENT];
  private int recentAt;
  private @Nullable Head nowhere;

  private int lastPeerStream;
  private int nextStream = 1;
  private int peerStreams = Integer.MAX_VALUE;
  private int peerWindow = Frames.DEFAULT_WINDOW;
  private int peerFrame = Frames.DEFAULT_FRAME_SIZE;
  private long sendWindow = Frames.DEFAULT_WINDOW;
  private int receiveWindow = Frames.DEFAULT_WINDOW;
  private int unacknowledged;
  private boolean settingsAcknowledged;
  private boolean goAwayReceived;
  private int goAwaySent = Integer.MAX_VALUE;
  private boolean over;

  private @Nullable Http2Stream dataOf;
  private int controlFrames;
  private int frames;
  private int emptyFrames;
  private long opened;
  private long closed;
  private long premature;
  private long priorities;
  private long windowUpdates;
  private long dataFramesSent;

  private int patchGeneration = -1;
  private int patchIndex;
  private int patchStream;

  /**
   * Writes the preface or settings at once.
   *
   * @param scratch shared by all sessions of the loop, of {@link #SCRATCH} bytes
   * @param mostHeadBytes of the peer's head
   * @param mostFields of the peer's head
   * @param secure whether the connection is TLS
   */
  public Http2Session(
      Loop loop,
      Outbox outbox,
      Http2Options options,
      boolean server,
      int mostHeadBytes,
      int mostFields,
      boolean secure,
      byte[] scratch,
      Owner owner) {
    this.loop = loop;
    this.outbox = outbox;
    this.options = options;
    this.server = server;
    this.owner = owner;
    this.reader = new FrameReader(this, scratch, server, mostHeadBytes + BLOCK_SLACK);
    this.decoder = new HpackDecoder(options.headerTableSize(), mostHeadBytes + BLOCK_SLACK);
    this.builder =
        new HeadBuilder(mostHeadBytes, mostFields, secure, server && options.extendedConnect());
    greet(mostHeadBytes);
  }

  /** Size of the array that sessions share. */
  public static final int SCRATCH = Frames.DEFAULT_FRAME_SIZE;

  private void greet(int mostHeadBytes) {
    ByteBuf out = outbox.buffer();
    if (!server) {
      out.writeBytes(Frames.PREFACE);
    }
    int header = out.writerIndex();
    Frames.header(out, 0, Frames.SETTINGS, 0, 0);
    if (options.headerTableSize() != 4096) {
      Frames.setting(out, Frames.HEADER_TABLE_SIZE, options.headerTableSize());
    }
    if (server) {
      Frames.setting(out, Frames.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams());
      Frames.setting(out, Frames.MAX_HEADER_LIST_SIZE, mostHeadBytes);
      if (options.extendedConnect()) {
        Frames.setting(out, Frames.ENABLE_CONNECT_PROTOCOL, 1);
      }
    } else {
      Frames.setting(out, Frames.ENABLE_PUSH, 0);
    }
    Frames.setting(out, Frames.INITIAL_WINDOW_SIZE, options.streamWindow());
    out.setMedium(header, out.writerIndex() - header - Frames.HEADER);
    int more = options.connectionWindow() - Frames.DEFAULT_WINDOW;
    if (more > 0) {
      Frames.windowUpdate(out, 0, more);
      receiveWindow += more;
    }
  }

  // ---- what the connection asks

  /** Reads everything that is in the buffer. */
  public void read(ByteBuf in) {
    reader.read(in);
    decoder.shrink();
    if (over) {
      in.skipBytes(in.readableBytes());
    }
  }

  /** The turn is over; what was gathered went to the socket. */
  public void turnEnded() {
    if (!outbox.full()) {
      controlFrames = 0;
      frames = 0;
    }
  }

  /** The socket takes more again. */
  public void socketWritable() {
    controlFrames = 0;
    frames = 0;
    sendWaiting();
  }

  public int streamCount() {
    return streams.size();
  }

  /** Whether a header block has begun and is not complete. */
  public boolean insideHead() {
    return reader.insideBlock();
  }

  /** The open streams, for a look at each; a copy. */
  public List<Http2Stream> streamList() {
    return new ArrayList<>(streams.values());
  }

  /** How many more streams this end may open now. */
  public int capacity() {
    if (over || goAwayReceived || nextStream < 0) {
      return 0;
    }
    return Math.min(peerStreams, options.maxConcurrentStreams()) - streams.size();
  }

  public boolean over() {
    return over;
  }

  /** Says that no stream beyond the one given will be taken. */
  public void goAway(boolean last, int code) {
    goAwaySent = last ? lastPeerStream : Integer.MAX_VALUE;
    Frames.goAway(outbox.buffer(), goAwaySent, code);
  }

  public void ping(long opaque) {
    Frames.ping(outbox.buffer(), false, opaque);
  }

  /** Ends every stream as if the peer had reset it: the connection is gone. */
  public void abort() {
    over = true;
    for (Http2Stream stream : streamList()) {
      if (streams.remove(stream.id) != null) {
        stream.close();
        stream.onReset(ErrorCode.CANCEL, true);
        stream.onClosed();
      }
    }
    waiting.clear();
  }

  // ---- sending

  /** Opens a stream with a request. There must be {@link #capacity}. */
  public void open(Http2Stream stream) {
    int id = nextStream;
    nextStream += 2;
    start(stream, id);
  }

  private void start(Http2Stream stream, int id) {
    int receive = settingsAcknowledged ? options.streamWindow() : firstWindow();
    stream.open(this, id, peerWindow, receive, loop.coarseNow());
    streams.put(id, stream);
    opened++;
  }

  /** Until the peer has acknowledged a smaller window, it may use the default. */
  private int firstWindow() {
    return Math.max(options.streamWindow(), Frames.DEFAULT_WINDOW);
  }

  /** Sends a request's or a response's head; returns the bytes of its block. */
  public int sendHead(Http2Stream stream, Head head, boolean request, boolean ends) {
    ByteBuf out = beginHeaders(stream, ends);
    int header = out.writerIndex() - Frames.HEADER;
    if (request) {
      encoder.request(head, out);
    } else {
      encoder.response(head, out);
    }
    int length = endHeaders(out, header, stream.id);
    if (ends) {
      localEnd(stream);
    }
    return length;
  }

  /** Sends {@code 100 Continue}. */
  public void sendContinue(Http2Stream stream) {
    ByteBuf out = beginHeaders(stream, false);
    int header = out.writerIndex() - Frames.HEADER;
    encoder.interim(out);
    endHeaders(out, header, stream.id);
  }

  private ByteBuf beginHeaders(Http2Stream stream, boolean ends) {
    ByteBuf out = outbox.buffer();
    countFrame();
    int flags = Frames.END_HEADERS | (ends ? Frames.END_STREAM : 0);
    Frames.header(out, 0, Frames.HEADERS, flags, stream.id);
    return out;
  }

  private int endHeaders(ByteBuf out, int header, int stream) {
    int length = out.writerIndex() - header - Frames.HEADER;
    if (length <= peerFrame) {
      out.setMedium(header, length);
    } else {
      split(out, header, length, stream);
    }
    return length;
  }

  /** A block that is too long for one frame goes on in CONTINUATION (RFC 9113 §6.10). */
  private void split(ByteBuf out, int header, int length, int stream) {
    byte[] rest = new byte[length - peerFrame];
    out.getBytes(header + Frames.HEADER + peerFrame, rest);
    out.writerIndex(header + Frames.HEADER + peerFrame);
    out.setMedium(header, peerFrame);
    out.setByte(header + 4, out.getByte(header + 4) & ~Frames.END_HEADERS);
    for (int at = 0; at < rest.length; at += peerFrame) {
      int size = Math.min(peerFrame, rest.length - at);
      int flags = at + size == rest.length ? Frames.END_HEADERS : 0;
      Frames.header(out, size, Frames.CONTINUATION, flags, stream);
      out.writeBytes(rest, at, size);
    }
  }

  /** Sends {@code size} bytes from the reader index, or keeps them until it may. */
  public void sendData(Http2Stream stream, ByteBuf in, int size) {
    int left = size;
    while (left > 0 && !stream.waits() && !outbox.full()) {
      int now = sendable(stream, left);
      if (now <= 0) {
        break;
      }
      writeData(stream, in, now);
      left -= now;
    }
    if (left > 0) {
      stream.enqueue(in, left);
      queue(stream);
    }
  }

  private int sendable(Http2Stream stream, int size) {
    int window = (int) Math.min(stream.sendWindow, sendWindow);
    return Math.min(Math.min(size, peerFrame), window);
  }

  private void writeData(Http2Stream stream, ByteBuf in, int size) {
    ByteBuf out = outbox.buffer();
    int header = out.writerIndex();
    Frames.header(out, size, Frames.DATA, 0, stream.id);
    patchGeneration = outbox.generation();
    outbox.write(in, size);
    patchIndex = header + 4;
    patchStream = stream.id;
    stream.sendWindow -= size;
    sendWindow -= size;
    dataFramesSent++;
    countFrame();
  }

  /**
   * Ends the stream's message.
   *
   * @param trailers what goes before the end, null for nothing
   */
  public void sendEnd(Http2Stream stream, @Nullable Head trailers) {
    if (stream.localEnded || stream.endPending()) {
      return;
    }
    if (stream.waits()) {
      stream.endLater(trailers == null ? null : block(trailers));
      return;
    }
    if (trailers != null) {
      ByteBuf out = beginHeaders(stream, true);
      int header = out.writerIndex() - Frames.HEADER;
      encoder.trailers(trailers, out);
      endHeaders(out, header, stream.id);
    } else {
      writeEnd(stream);
    }
    localEnd(stream);
  }

  /** Marks the frame that was just written, if it is still to be had, else sends an empty one. */
  private void writeEnd(Http2Stream stream) {
    ByteBuf out = outbox.buffer();
    if (patchStream == stream.id && patchGeneration == outbox.generation()) {
      out.setByte(patchIndex, Frames.END_STREAM);
    } else {
      countFrame();
      Frames.header(out, 0, Frames.DATA, Frames.END_STREAM, stream.id);
    }
    patchStream = 0;
  }

  private ByteBuf block(Head trailers) {
    ByteBuf block = ByteBufAllocator.DEFAULT.buffer(256);
    encoder.trailers(trailers, block);
    return block;
  }

  private void queue(Http2Stream stream) {
    if (!stream.queued) {
      stream.queued = true;
      waiting.add(stream);
    }
  }

  /** Sends what waits, one frame a stream in turn, as far as windows and socket allow. */
  private void sendWaiting() {
    while (!over && sendWindow > 0 && !outbox.full()) {
      Http2Stream stream = waiting.poll();
      if (stream == null) {
        return;
      }
      stream.queued = false;
      if (!stream.isOpen() || streams.get(stream.id) != stream) {
        continue;
      }
      ByteBuf next = stream.nextPending();
      if (next != null) {
        int now = sendable(stream, next.readableBytes());
        if (now <= 0) {
          continue;
        }
        writeData(stream, next, now);
        stream.sentPending(now);
      }
      if (stream.pendingBytes() > 0) {
        queue(stream);
      } else {
        drained(stream);
      }
    }
  }

  private void drained(Http2Stream stream) {
    if (!stream.endPending()) {
      stream.onWritable();
      return;
    }
    ByteBuf block = stream.takeEnd();
    if (block == null) {
      writeEnd(stream);
    } else {
      ByteBuf out = beginHeaders(stream, true);
      int header = out.writerIndex() - Frames.HEADER;
      out.writeBytes(block);
      block.release();
      endHeaders(out, header, stream.id);
    }
    localEnd(stream);
  }

  private void localEnd(Http2Stream stream) {
    stream.localEnded = true;
    stream.onSent();
    finishIfDone(stream);
  }

  private void finishIfDone(Http2Stream stream) {
    if (stream.localEnded && stream.remoteEnded && streams.get(stream.id) == stream) {
      forget(stream);
      stream.onClosed();
      afterForgetting();
    }
  }

  /** Resets a stream of which nobody is to hear any more. */
  public void reset(Http2Stream stream, int code) {
    if (streams.get(stream.id) != stream || !stream.isOpen()) {
      return;
    }
    writeReset(stream.id, code);
    forget(stream);
    stream.onClosed();
    afterForgetting();
  }

  private void writeReset(int id, int code) {
    Frames.reset(outbox.buffer(), id, code);
    recentlyReset[recentAt] = id;
    recentAt = (recentAt + 1) % RECENT;
    countControl();
  }

  private void forget(Http2Stream stream) {
    streams.remove(stream.id);
    unacknowledged += stream.held;
    closed++;
    stream.close();
    creditConnection();
  }

  private void afterForgetting() {
    if (!server) {
      owner.capacityChanged();
    }
    if (streams.isEmpty()) {
      owner.idle();
    }
  }

  // ---- windows for the peer

  /** Gives the peer back what the stream's reader has taken, unless it is paused. */
  void credit(Http2Stream stream) {
    if (stream.paused || over) {
      return;
    }
    unacknowledged += stream.held;
    stream.held = 0;
    if (!stream.remoteEnded && stream.unacknowledged >= options.streamWindow() / 2) {
      Frames.windowUpdate(outbox.buffer(), stream.id, stream.unacknowledged);
      stream.receiveWindow += stream.unacknowledged;
      stream.unacknowledged = 0;
    }
    creditConnection();
  }

  private void creditConnection() {
    if (!over && unacknowledged >= options.connectionWindow() / 2) {
      Frames.windowUpdate(outbox.buffer(), 0, unacknowledged);
      receiveWindow += unacknowledged;
      unacknowledged = 0;
    }
  }

  // ---- frames

  @Override
  public boolean open() {
    return !over;
  }

  @Override
  public void frame(int type, int length, int flags) {
    boolean empty =
        length == 0
            && (type == Frames.DATA || type == Frames.HEADERS || type == Frames.CONTINUATION)
            && (flags & Frames.END_STREAM) == 0;
    emptyFrames = empty ? emptyFrames + 1 : 0;
    if (emptyFrames > options.maxEmptyFrames()) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.inbound_empty_frames_flood");
    } else if (type > Frames.CONTINUATION) {
      countPriority();
    }
  }

  @Override
  public void dataBegins(int id, int length) {
    receiveWindow -= length;
    if (receiveWindow < 0) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "http2.flow_control");
      return;
    }
    Http2Stream stream = streams.get(id);
    dataOf = null;
    if (stream == null || stream.remoteEnded) {
      dataNowhere(id, stream, length);
    } else if (!server && !stream.headSeen) {
      unacknowledged += length;
      malformed(stream, HeadFault.PSEUDO);
    } else {
      stream.receiveWindow -= length;
      stream.unacknowledged += length;
      stream.held += length;
      if (stream.receiveWindow < 0) {
        streamError(id, ErrorCode.FLOW_CONTROL_ERROR);
      } else {
        dataOf = stream;
      }
    }
  }

  private void dataNowhere(int id, @Nullable Http2Stream stream, int length) {
    unacknowledged += length;
    creditConnection();
    if (isIdle(id)) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "http2.data_on_idle_stream");
    } else if (stream != null || !wasReset(id)) {
      streamError(id, ErrorCode.STREAM_CLOSED);
    }
  }

  @Override
  public void data(ByteBuf in, int size) {
    Http2Stream stream = dataOf;
    if (stream == null) {
      in.skipBytes(size);
      return;
    }
    if (stream.expected >= 0) {
      stream.expected -= size;
      if (stream.expected < 0) {
        dataOf = null;
        in.skipBytes(size);
        malformed(stream, HeadFault.LENGTH);
        return;
      }
    }
    int id = stream.id;
    stream.onData(in, size);
    if (streams.get(id) != stream) {
      dataOf = null;
    }
  }

  @Override
  public void dataEnds(boolean endOfStream) {
    Http2Stream stream = dataOf;
    dataOf = null;
    if (stream == null) {
      return;
    }
    if (endOfStream) {
      remoteEnd(stream);
    } else {
      credit(stream);
    }
  }

  private void remoteEnd(Http2Stream stream) {
    if (stream.expected > 0) {
      malformed(stream, HeadFault.LENGTH);
      return;
    }
    int id = stream.id;
    stream.remoteEnded = true;
    stream.paused = false;
    credit(stream);
    stream.onEnd();
    if (streams.get(id) == stream) {
      finishIfDone(stream);
    }
  }

  @Override
  public void headers(int id, boolean ends, byte[] block, int start, int length) {
    Http2Stream stream = streams.get(id);
    if (stream != null) {
      if (stream.remoteEnded) {
        if (decodeNowhere(block, start, length)) {
          streamError(id, ErrorCode.STREAM_CLOSED);
        }
      } else if (server || stream.headSeen) {
        trailers(stream, ends, block, start, length);
      } else {
        responseHead(stream, ends, block, start, length);
      }
    } else if (!isIdle(id)) {
      if (decodeNowhere(block, start, length) && server && !wasReset(id)) {
        connectionError(ErrorCode.STREAM_CLOSED, "http2.headers_on_closed_stream");
      }
    } else if (!server || (id & 1) == 0) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "http2.headers_on_idle_stream");
    } else {
      lastPeerStream = id;
      requestHead(id, ends, block, start, length);
    }
  }

  private void requestHead(int id, boolean ends, byte[] block, int start, int length) {
    boolean refused = id > goAwaySent || streams.size() >= options.maxConcurrentStreams();
    Http2Stream stream = refused ? null : owner.accept();
    if (stream == null) {
      opened++;
      if (decodeNowhere(block, start, length) && id <= goAwaySent) {
        closed++;
        premature++;
        writeReset(id, ErrorCode.REFUSED_STREAM);
        judgeResets();
      }
      return;
    }
    start(stream, id);
    builder.begin(HeadBuilder.Kind.REQUEST, stream.head());
    if (!decode(block, start, length)) {
      return;
    }
    HeadFault fault = builder.finish(ends);
    if (fault != null) {
      stream.remoteEnded = ends;
      malformed(stream, fault);
      return;
    }
    stream.expected = stream.head().contentLength();
    stream.remoteEnded = ends;
    stream.onHead(ends);
    finishIfDone(stream, id);
  }

  private void finishIfDone(Http2Stream stream, int id) {
    if (streams.get(id) == stream) {
      finishIfDone(stream);
    }
  }

  private void responseHead(Http2Stream stream, boolean ends, byte[] block, int start, int length) {
    builder.begin(HeadBuilder.Kind.RESPONSE, stream.head());
    if (!decode(block, start, length)) {
      return;
    }
    HeadFault fault = builder.finish(ends);
    int status = stream.head().status();
    if (fault == null && status < 200 && ends) {
      fault = HeadFault.PSEUDO;
    }
    if (fault != null) {
      malformed(stream, fault);
      return;
    }
    if (status < 200) {
      return;
    }
    boolean bodiless = stream.bodiless() || status == 204 || status == 304;
    stream.expected = bodiless ? Head.NO_LENGTH : stream.head().contentLength();
    if (ends && stream.expected > 0) {
      malformed(stream, HeadFault.LENGTH);
      return;
    }
    int id = stream.id;
    stream.headSeen = true;
    stream.remoteEnded = ends;
    stream.onHead(ends);
    finishIfDone(stream, id);
  }

  private void trailers(Http2Stream stream, boolean ends, byte[] block, int start, int length) {
    builder.begin(HeadBuilder.Kind.TRAILERS, stream.trailers());
    if (!decode(block, start, length)) {
      return;
    }
    HeadFault fault = builder.finish(ends);
    if (fault != null || !ends) {
      malformed(stream, fault == null ? HeadFault.PSEUDO : fault);
      return;
    }
    remoteEnd(stream);
  }

  private boolean decode(byte[] block, int start, int length) {
    boolean good = decoder.decode(block, start, length, builder);
    if (!good) {
      connectionError(ErrorCode.COMPRESSION_ERROR, "http2.hpack");
    }
    return good;
  }

  /** The table has to follow, whatever becomes of the fields. */
  private boolean decodeNowhere(byte[] block, int start, int length) {
    Head target = nowhere;
    if (target == null) {
      target = new Head(512);
      nowhere = target;
    }
    builder.begin(HeadBuilder.Kind.TRAILERS, target);
    return decode(block, start, length);
  }

  /** RFC 9113 §8.1.1: what is no message costs its stream, or as Envoy has it, the connection. */
  private void malformed(Http2Stream stream, HeadFault fault) {
    int id = stream.id;
    stream.onMalformed(fault);
    if (over || fault.limit() && server) {
      return;
    }
    if (server && !options.resetOnlyTheStream()) {
      connectionError(ErrorCode.PROTOCOL_ERROR, fault.details());
    } else if (streams.get(id) == stream) {
      streamError(id, ErrorCode.PROTOCOL_ERROR);
    }
  }

  @Override
  public void priority(int id, int dependsOn) {
    if (dependsOn == id) {
      streamError(id, ErrorCode.PROTOCOL_ERROR);
    } else {
      countPriority();
    }
  }

  private void countPriority() {
    if (++priorities > options.maxPriorityFrames() * (1 + opened)) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.inbound_priority_frames_flood");
    }
  }

  @Override
  public void reset(int id, int code) {
    if (isIdle(id)) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "http2.reset_of_idle_stream");
      return;
    }
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    judge(stream);
    forget(stream);
    stream.onReset(code, true);
    stream.onClosed();
    afterForgetting();
    judgeResets();
  }

  private void judge(Http2Stream stream) {
    if (server && loop.coarseNow() - stream.openedNanos < PREMATURE_NANOS) {
      premature++;
    }
  }

  /** Half of many streams given up at once is an attack (CVE-2023-44487). */
  private void judgeResets() {
    if (server && closed >= FEWEST_STREAMS_FOR_VERDICT && premature * 2 >= closed) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.premature_resets");
    }
  }

  @Override
  public void setting(int id, int value) {
    switch (id) {
      case Frames.ENABLE_PUSH -> {
        if (value != 0 && (value != 1 || !server)) {
          connectionError(ErrorCode.PROTOCOL_ERROR, "http2.setting");
        }
      }
      case Frames.MAX_CONCURRENT_STREAMS -> peerStreams = value < 0 ? Integer.MAX_VALUE : value;
      case Frames.INITIAL_WINDOW_SIZE -> initialWindow(value);
      case Frames.MAX_FRAME_SIZE -> {
        if (value < Frames.DEFAULT_FRAME_SIZE || value > Frames.LARGEST_FRAME_SIZE) {
          connectionError(ErrorCode.PROTOCOL_ERROR, "http2.setting");
        }
      }
      case Frames.ENABLE_CONNECT_PROTOCOL -> {
        if (value != 0 && value != 1) {
          connectionError(ErrorCode.PROTOCOL_ERROR, "http2.setting");
        }
      }
      default -> {
        // unknown settings are ignored (RFC 9113 §6.5.2); the encoder uses no dynamic table
      }
    }
  }

  private void initialWindow(int value) {
    if (value < 0) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "http2.setting");
      return;
    }
    int change = value - peerWindow;
    peerWindow = value;
    for (Http2Stream stream : streams.values()) {
      if (change > 0 && stream.sendWindow > Integer.MAX_VALUE - change) {
        connectionError(ErrorCode.FLOW_CONTROL_ERROR, "http2.window_overflow");
        return;
      }
      stream.sendWindow += change;
      if (stream.waits()) {
        queue(stream);
      }
    }
  }

  @Override
  public void settingsEnd() {
    Frames.settingsAck(outbox.buffer());
    countControl();
    sendWaiting();
    if (!server) {
      owner.capacityChanged();
    }
  }

  @Override
  public void settingsAck() {
    settingsAcknowledged = true;
  }

  @Override
  public void ping(boolean ack, long opaque) {
    if (ack) {
      owner.pong(opaque);
    } else {
      Frames.ping(outbox.buffer(), true, opaque);
    }
    countControl();
  }

  @Override
  public void goAway(int lastStream, int code) {
    goAwayReceived = true;
    if (!server) {
      for (Http2Stream stream : streamList()) {
        if (stream.id > lastStream && streams.get(stream.id) == stream) {
          forget(stream);
          stream.onReset(ErrorCode.REFUSED_STREAM, true);
          stream.onClosed();
        }
      }
    }
    owner.goingAway();
  }

  @Override
  public void windowUpdate(int id, int increment) {
    if (++windowUpdates > 5 + 2 * (opened + options.maxWindowUpdates() * dataFramesSent)) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.inbound_window_update_frames_flood");
    } else if (id == 0) {
      sendWindow += increment;
      if (sendWindow > Integer.MAX_VALUE) {
        connectionError(ErrorCode.FLOW_CONTROL_ERROR, "http2.window_overflow");
        return;
      }
      sendWaiting();
    } else {
      streamWindow(id, increment);
    }
  }

  private void streamWindow(int id, int increment) {
    if (isIdle(id)) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "http2.window_update_of_idle_stream");
      return;
    }
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    if (stream.sendWindow > Integer.MAX_VALUE - increment) {
      streamError(id, ErrorCode.FLOW_CONTROL_ERROR);
      return;
    }
    stream.sendWindow += increment;
    if (stream.waits()) {
      queue(stream);
      sendWaiting();
    }
  }

  // ---- errors and bounds

  @Override
  public void streamError(int id, int code) {
    writeReset(id, code);
    Http2Stream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    judge(stream);
    forget(stream);
    if (dataOf == stream) {
      dataOf = null;
    }
    stream.onReset(code, false);
    stream.onClosed();
    afterForgetting();
    judgeResets();
  }

  @Override
  public void connectionError(int code, String details) {
    if (!over) {
      Frames.goAway(outbox.buffer(), lastPeerStream, code);
      over = true;
      owner.failed(code, details);
    }
  }

  private void countControl() {
    countFrame();
    if (++controlFrames > options.maxControlFrames()) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.outbound_control_frames_flood");
    }
  }

  private void countFrame() {
    if (++frames > options.maxFrames()) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "http2.outbound_frames_flood");
    }
  }

  /** Whether a stream of this number was never opened. */
  private boolean isIdle(int id) {
    return server
        ? (id & 1) == 0 || id > lastPeerStream
        : (id & 1) == 0 || id >= nextStream && nextStream > 0;
  }

  private boolean wasReset(int id) {
    for (int reset : recentlyReset) {
      if (reset == id) {
        return true;
      }
    }
    return false;
  }
}

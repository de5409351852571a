package dev.layar.proxy.ads;

import dev.layar.xds.client.ClientSession;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one stream open and a session fed by it. Confined to the worker, {@link #status} and {@link
 * #stop} apart.
 */
final class StreamKeeper<Q, R> {
  private static final Logger LOG = LoggerFactory.getLogger(StreamKeeper.class);

  /** Opens a stream of one of the service's methods. */
  @FunctionalInterface
  interface Opener<Q, R> {
    StreamObserver<Q> open(StreamObserver<R> responses);
  }

  /** Runs something on the worker, later. */
  @FunctionalInterface
  interface Timer {
    void after(Duration delay, Runnable task);
  }

  private final Runnable beforeConnecting;
  private final ClientSession<Q, R> session;
  private final Opener<Q, R> opener;
  private final Backoff backoff;
  private final Timer timer;
  private @Nullable Stream current;
  private volatile boolean stopped;
  private volatile AdsStatus status = new AdsStatus(false, 0, 0, "");

  StreamKeeper(
      Runnable beforeConnecting,
      ClientSession<Q, R> session,
      Opener<Q, R> opener,
      Backoff backoff,
      Timer timer) {
    this.beforeConnecting = beforeConnecting;
    this.session = session;
    this.opener = opener;
    this.backoff = backoff;
    this.timer = timer;
  }

  void connect() {
    if (stopped) {
      return;
    }
    beforeConnecting.run();
    status = new AdsStatus(false, status.streams() + 1, status.responses(), status.lastFailure());
    Stream stream = new Stream();
    current = stream;
    stream.requests = opener.open(stream);
    stream.send(session.connected());
  }

  void refresh() {
    if (current != null) {
      current.send(session.refresh());
    }
  }

  AdsStatus status() {
    return status;
  }

  void stop() {
    stopped = true;
  }

  private void received(Stream stream, R response) {
    if (stopped || current != stream) {
      return;
    }
    List<Q> answers;
    try {
      answers = session.onResponse(response);
    } catch (RuntimeException bug) {
      LOG.error("a response of the control plane could not be applied", bug);
      stream.cancel("a response could not be applied: " + bug);
      return;
    }
    backoff.reset();
    status = new AdsStatus(true, status.streams(), status.responses() + 1, status.lastFailure());
    stream.send(answers);
  }

  private void lost(Stream stream, String reason) {
    if (stopped || current != stream) {
      return;
    }
    current = null;
    Duration wait = backoff.next();
    LOG.info("the control plane is away ({}); trying again in {} ms", reason, wait.toMillis());
    status = new AdsStatus(false, status.streams(), status.responses(), reason);
    timer.after(wait, this::connect);
  }

  /** One stream; its callbacks arrive on the worker. */
  private final class Stream implements ClientResponseObserver<Q, R> {
    private @Nullable StreamObserver<Q> requests;
    private @Nullable ClientCallStreamObserver<Q> call;
    private boolean cancelled;

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> started) {
      call = started;
    }

    void send(List<Q> messages) {
      StreamObserver<Q> open = requests;
      if (open == null) {
        throw new IllegalStateException("the stream is not open");
      }
      if (!cancelled) {
        messages.forEach(open::onNext);
      }
    }

    void cancel(String reason) {
      cancelled = true;
      if (call != null) {
        call.cancel(reason, null);
      }
    }

    @Override
    public void onNext(R response) {
      received(this, response);
    }

    @Override
    public void onError(Throwable failure) {
      lost(this, Status.fromThrowable(failure).toString());
    }

    @Override
    public void onCompleted() {
      lost(this, "the server ended the stream");
    }
  }
}

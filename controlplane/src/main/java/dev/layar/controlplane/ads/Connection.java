package dev.layar.controlplane.ads;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.controlplane.ca.Caller;
import dev.layar.controlplane.ca.Callers;
import dev.layar.xds.XdsSnapshot;
import dev.layar.xds.server.RequestOutcome;
import dev.layar.xds.server.ServerSession;
import dev.layar.xds.server.TypeStatus;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open stream: a session, its transport and a lock between them. Called from gRPC's executor
 * (requests, readiness, end) and from the push thread (offers); no thread waits here for the
 * client.
 */
final class Connection<Q, R> implements StreamObserver<Q> {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final AdsServer server;
  private final Variant<Q, R> variant;
  private final ServerCallStreamObserver<R> call;
  private final Caller caller;
  private final long number;
  private final Instant since;
  private final String remote;
  private final ReentrantLock lock = new ReentrantLock();
  private final ServerSession<Q, R> session;

  /** Written once, under the lock, by the first request. */
  private volatile SnapshotSource.@Nullable Client client;

  private volatile long settledRevision = -1;
  private volatile boolean closed;
  private boolean stopAwaitingScheduled;

  /** Whether something was sent for a change and is not answered; then when it was known. */
  private boolean converging;

  private long convergingSince;
  private long windowStart;
  private int requestsInWindow;

  Connection(
      AdsServer server,
      Variant<Q, R> variant,
      ServerCallStreamObserver<R> call,
      Caller caller,
      long number) {
    this.server = server;
    this.number = number;
    this.since = server.options().clock().instant();
    this.remote = Callers.currentAddress();
    this.caller = caller;
    this.variant = variant;
    this.call = call;
    this.session = variant.session(server.options().limits());
    this.windowStart = server.options().ticker().nanos();
  }

  /** Takes over the call; must run before gRPC delivers anything. */
  void open() {
    call.disableAutoRequest();
    call.setOnReadyHandler(this::flush);
    call.setOnCancelHandler(this::ended);
    call.request(1);
    server.later(this::closeIfAnonymous, server.options().firstRequestWithin());
  }

  @Override
  public void onNext(Q request) {
    if (closed) {
      return;
    }
    SnapshotSource.Client known = client;
    if (known == null && !identify(request)) {
      return;
    }
    RequestOutcome outcome;
    boolean settled = false;
    lock.lock();
    try {
      outcome = session.onRequest(request);
      server.counters().count(outcome);
      if (outcome == RequestOutcome.NACKED) {
        server.counters().refused(variant.requestType(request));
        reportRefusal();
      }
      if (outcome != RequestOutcome.OVER_LIMIT) {
        settled = pump();
      }
    } finally {
      lock.unlock();
    }
    if (settled) {
      server.settled();
    }
    if (outcome == RequestOutcome.OVER_LIMIT) {
      refuse(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "more names in one subscription, or longer ones, than " + server.options().limits()));
      return;
    }
    if (known == null) {
      server.identified(this);
    }
    readOn();
  }

  @Override
  public void onError(Throwable ended) {
    ended();
  }

  @Override
  public void onCompleted() {
    lock.lock();
    try {
      if (!closed) {
        call.onCompleted();
      }
    } finally {
      lock.unlock();
    }
    ended();
  }

  /**
   * Gives the session the newest snapshot and sends what can be sent. Push thread.
   *
   * @param changedAt when what the snapshot holds became known
   * @return whether the settled revision changed, as when nothing concerns this proxy
   */
  boolean offer(XdsSnapshot snapshot, long changedAt) {
    lock.lock();
    try {
      boolean idle = session.settledRevision() == session.newestRevision();
      session.offer(snapshot);
      if (idle) {
        convergingSince = changedAt;
      }
      return pump();
    } finally {
      lock.unlock();
    }
  }

  /** Null until the first request came. */
  SnapshotSource.@Nullable Client client() {
    return client;
  }

  /** Whether an identified proxy still has to answer something up to a revision. */
  boolean isBehind(long revision) {
    return client != null && settledRevision < revision;
  }

  long settledRevision() {
    return settledRevision;
  }

  ProxySync sync() {
    SnapshotSource.Client who = client;
    lock.lock();
    try {
      return new ProxySync(
          who == null ? "" : who.id(), variant.name(), settledRevision, session.status());
    } finally {
      lock.unlock();
    }
  }

  ConnectedProxy view() {
    ProxySync sync = sync();
    lock.lock();
    try {
      return new ConnectedProxy(number, sync, since, remote, session.subscriptionNames());
    } finally {
      lock.unlock();
    }
  }

  /** Ends the stream from this side. */
  void close(Status status) {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        call.onError(status.asRuntimeException());
      }
    } finally {
      lock.unlock();
    }
    server.ended(this);
  }

  private boolean identify(Q request) {
    Result<SnapshotSource.Client> result = server.source().identify(variant.node(request), caller);
    return switch (result) {
      case Result.Ok<SnapshotSource.Client>(SnapshotSource.Client who, var findings) -> {
        client = who;
        yield true;
      }
      case Result.Rejected<SnapshotSource.Client>(var findings) -> {
        boolean denied =
            findings.stream().anyMatch(f -> f.code().equals(SnapshotSource.NOT_ALLOWED));
        Status status = denied ? Status.PERMISSION_DENIED : Status.INVALID_ARGUMENT;
        refuse(
            status.withDescription(
                findings.stream().map(Finding::line).collect(Collectors.joining("; "))));
        yield false;
      }
    };
  }

  /** Not more often than responses are sent, as only their first verdict counts. */
  private void reportRefusal() {
    SnapshotSource.Client who = client;
    for (TypeStatus type : session.status()) {
      if (type.nacked()) {
        LOG.warn(
            "{} refused {} of revision {}: {}",
            who == null ? "" : who.id(),
            type.type().shortName(),
            type.nackedRevision(),
            type.nackText());
      }
    }
  }

  private void closeIfAnonymous() {
    if (client == null && !closed) {
      refuse(Status.DEADLINE_EXCEEDED.withDescription("no request came"));
    }
  }

  private void refuse(Status status) {
    server.counters().refusedStreams.increment();
    close(status);
  }

  private void ended() {
    closed = true;
    server.ended(this);
  }

  private void flush() {
    boolean settled;
    lock.lock();
    try {
      settled = pump();
    } finally {
      lock.unlock();
    }
    if (settled) {
      server.settled();
    }
  }

  /** Sends while the transport takes it; whether the settled revision changed. Under the lock. */
  private boolean pump() {
    while (!closed && call.isReady()) {
      R response = session.poll();
      if (response == null) {
        break;
      }
      converging = true;
      server.counters().sent(variant.responseType(response));
      call.onNext(response);
    }
    if (session.awaitsEndpointRequests() && !stopAwaitingScheduled) {
      stopAwaitingScheduled = true;
      server.later(this::stopAwaiting, server.options().endpointRequestsWithin());
    }
    boolean settled = session.settledRevision() != settledRevision;
    if (converging && session.settledRevision() == session.newestRevision()) {
      converging = false;
      server.convergence().add(server.options().ticker().nanos() - convergingSince);
    }
    settledRevision = session.settledRevision();
    return settled;
  }

  private void stopAwaiting() {
    lock.lock();
    try {
      stopAwaitingScheduled = false;
      session.stopAwaiting();
    } finally {
      lock.unlock();
    }
    flush();
  }

  /** Reads the next request now, or when the second is over for a stream that sends too many. */
  private void readOn() {
    long now = server.options().ticker().nanos();
    if (now - windowStart >= WINDOW.toNanos()) {
      windowStart = now;
      requestsInWindow = 0;
    }
    requestsInWindow++;
    if (requestsInWindow < server.options().maxRequestsPerSecond()) {
      call.request(1);
    } else {
      Duration rest = WINDOW.minusNanos(now - windowStart);
      server.later(() -> call.request(1), rest);
    }
  }
}

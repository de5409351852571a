package dev.layar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.client.ClientSession;
import dev.layar.xds.client.DeltaClientSession;
import dev.layar.xds.client.ResourceSink;
import dev.layar.xds.client.SotwClientSession;
import dev.layar.xds.server.DeltaServerSession;
import dev.layar.xds.server.RequestOutcome;
import dev.layar.xds.server.ServerSession;
import dev.layar.xds.server.SessionLimits;
import dev.layar.xds.server.SotwServerSession;
import dev.layar.xds.server.TypeStatus;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/** A client session and a server session joined by two queues that a test empties as it likes. */
final class Wire<Q, R> {
  /** Far more messages than any scenario needs; reaching it means a loop. */
  private static final int TOO_MANY = 5_000;

  private final ClientSession<Q, R> client;
  private final Supplier<ServerSession<Q, R>> sessions;
  private final Deque<Q> toServer = new ArrayDeque<>();
  private final Deque<R> toClient = new ArrayDeque<>();
  private ServerSession<Q, R> server;
  private XdsSnapshot newest = XdsSnapshot.NOTHING;
  private boolean identified;
  final List<RequestOutcome> outcomes = new ArrayList<>();
  final List<R> responses = new ArrayList<>();

  private Wire(ClientSession<Q, R> client, Supplier<ServerSession<Q, R>> sessions) {
    this.client = client;
    this.sessions = sessions;
    this.server = sessions.get();
    reconnect();
  }

  static Wire<?, ?> of(boolean delta, ResourceSink sink) {
    return of(delta, sink, SessionLimits.DEFAULT);
  }

  static Wire<?, ?> of(boolean delta, ResourceSink sink, SessionLimits limits) {
    Node node = Node.newBuilder().setId("n").build();
    return delta
        ? new Wire<>(new DeltaClientSession(node, sink), () -> new DeltaServerSession(limits))
        : new Wire<>(new SotwClientSession(node, sink), () -> new SotwServerSession(limits));
  }

  /** Drops what is under way and opens a new stream to a server that knows nothing. */
  void reconnect() {
    toServer.clear();
    toClient.clear();
    server = sessions.get();
    identified = false;
    toServer.addAll(client.connected());
  }

  void offer(XdsSnapshot snapshot) {
    newest = snapshot;
    if (identified) {
      server.offer(snapshot);
    }
  }

  /** The server reads one request; with the first it learns whom it serves. */
  boolean serverReads() {
    Q request = toServer.poll();
    if (request == null) {
      return false;
    }
    outcomes.add(server.onRequest(request));
    if (!identified) {
      identified = true;
      server.offer(newest);
    }
    return true;
  }

  /** The server's transport takes one response. */
  boolean serverWrites() {
    R response = server.poll();
    if (response == null) {
      return false;
    }
    responses.add(response);
    toClient.add(response);
    return true;
  }

  boolean clientReads() {
    R response = toClient.poll();
    if (response == null) {
      return false;
    }
    toServer.addAll(client.onResponse(response));
    return true;
  }

  void refresh() {
    toServer.addAll(client.refresh());
  }

  /** Until nobody has anything to say. */
  void run() {
    int messages = 0;
    boolean moved = true;
    while (moved) {
      boolean read = serverReads();
      boolean wrote = serverWrites();
      moved = clientReads() || read || wrote;
      messages++;
      assertThat(messages).as("messages without end").isLessThan(TOO_MANY);
    }
  }

  void offerAndRun(XdsSnapshot snapshot) {
    offer(snapshot);
    run();
  }

  ServerSession<Q, R> server() {
    return server;
  }

  TypeStatus status(ResourceType type) {
    return server.status().stream()
        .filter(status -> status.type() == type)
        .findFirst()
        .orElseThrow();
  }
}

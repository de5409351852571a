package dev.layar.proxy.stream;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The open client connections of one listener on one event loop. Event-loop confined. */
public final class ConnectionSet {
  private final Set<ClientConnection> open = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Joins while it is open. */
  public void add(ClientConnection connection) {
    open.add(connection);
  }

  public void remove(ClientConnection connection) {
    open.remove(connection);
  }

  public int size() {
    return open.size();
  }

  /** Asks every connection to end when its present exchange has. */
  public void drain() {
    for (ClientConnection connection : copy()) {
      connection.drain();
    }
  }

  /** Closes every connection at once. */
  public void cut() {
    for (ClientConnection connection : copy()) {
      connection.cut();
    }
  }

  private List<ClientConnection> copy() {
    return new ArrayList<>(open);
  }
}

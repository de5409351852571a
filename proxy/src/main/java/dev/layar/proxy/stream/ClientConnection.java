package dev.layar.proxy.stream;

/** A client's connection, as its listener sees it. Event-loop confined. */
public interface ClientConnection {
  /** Lets the client go as soon as what is under way is over. */
  void drain();

  /** Closes at once, whatever is under way. */
  void cut();
}

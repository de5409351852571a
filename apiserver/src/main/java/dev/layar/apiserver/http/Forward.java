package dev.layar.apiserver.http;

import dev.layar.apiserver.StatusException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One forwarded connection: a socket to the pod's port, a thread a direction. What the client sends
 * waits in a bounded queue; SPDY as Kubernetes uses it has no flow control, so a full queue holds
 * up the other connections of the same session. Thread-safe.
 */
final class Forward {
  private static final Logger LOG = LoggerFactory.getLogger(Forward.class);
  private static final int MOST_WAITING = 64;
  private static final int CHUNK = 16 << 10;
  private static final int CONNECT_MILLIS = 5_000;
  private static final byte[] END = new byte[0];

  /** The client's end. */
  interface Client {
    void send(byte[] bytes, int length) throws IOException;

    /**
     * No more comes.
     *
     * @param failure what went wrong, empty for nothing
     */
    void end(String failure) throws IOException;
  }

  private final Socket socket = new Socket();
  private final BlockingQueue<byte[]> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Client client;
  private volatile boolean over;

  private Forward(Client client) {
    this.client = client;
  }

  /** Connects and begins to carry. */
  static Forward start(Supplier<InetSocketAddress> address, Client client) {
    Forward forward = new Forward(client);
    Thread.ofVirtual().name("port-forward").start(() -> forward.run(address));
    return forward;
  }

  private void run(Supplier<InetSocketAddress> address) {
    String failure = "";
    Thread writer = null;
    try {
      socket.connect(address.get(), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      writer = Thread.ofVirtual().name("port-forward-out").start(this::write);
      read();
    } catch (StatusException | IOException e) {
      failure = over ? "" : String.valueOf(e.getMessage());
    } finally {
      end(failure);
      if (writer != null) {
        writer.interrupt();
      }
    }
  }

  private void read() throws IOException {
    byte[] chunk = new byte[CHUNK];
    InputStream in = socket.getInputStream();
    int read = in.read(chunk);
    while (read >= 0) {
      client.send(chunk, read);
      read = in.read(chunk);
    }
  }

  private void write() {
    try {
      OutputStream out = socket.getOutputStream();
      byte[] bytes = waiting.take();
      while (bytes != END) {
        out.write(bytes);
        bytes = waiting.take();
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      LOG.debug("the pod takes no more data", e);
    } catch (InterruptedException e) {
      LOG.trace("a forwarded connection is over", e);
    }
  }

  private void end(String failure) {
    over = true;
    waiting.clear();
    try {
      socket.close();
      client.end(failure);
    } catch (IOException e) {
      LOG.debug("a client left its forwarded connection", e);
    }
  }

  /** Passes on what the client sent; waits while much is waiting. */
  void send(byte[] bytes) throws InterruptedException {
    boolean taken = false;
    while (!taken && !over) {
      taken = waiting.offer(bytes, 100, TimeUnit.MILLISECONDS);
    }
  }

  void endOfInput() throws InterruptedException {
    send(END);
  }

  boolean isOver() {
    return over;
  }

  /** Closes the connection to the pod. */
  void close() {
    over = true;
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("cannot close a socket", e);
    }
  }
}

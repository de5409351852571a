package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.observe.TlsFacts;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What is known about an accepted connection before the first byte of its payload. Immutable. */
public final class Arrival {
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private final boolean redirected;
  private final String serverName;
  private final @Nullable TlsFacts tls;
  private final byte[] localText;
  private final byte[] remoteText;
  private final byte[] directText;
  private final byte @Nullable [] serverNameText;

  /**
   * @param local this end; the original destination where a redirection was undone
   * @param remote the client, as a PROXY header names it where the listener takes one
   * @param direct the peer of the socket
   * @param redirected whether {@code local} was restored, so that ORIGINAL_DST clusters may go by
   *     it
   * @param serverName SNI in lower case, empty without
   * @param tls null for plain text
   */
  public Arrival(
      InetSocketAddress local,
      InetSocketAddress remote,
      InetSocketAddress direct,
      boolean redirected,
      String serverName,
      @Nullable TlsFacts tls) {
    this.tls = tls;
    this.local = local;
    this.remote = remote;
    this.redirected = redirected;
    this.serverName = serverName;
    this.localText = text(local);
    this.remoteText = text(remote);
    this.directText = remote.equals(direct) ? remoteText : text(direct);
    this.serverNameText = serverName.isEmpty() ? null : Ascii.bytes(serverName);
  }

  /** Of a connection about which the sockets tell everything. */
  public static Arrival of(Channel connection) {
    InetSocketAddress local = (InetSocketAddress) connection.localAddress();
    InetSocketAddress remote = (InetSocketAddress) connection.remoteAddress();
    return new Arrival(local, remote, remote, false, "", null);
  }

  /** For ORIGINAL_DST clusters; null when no redirection was undone. */
  public @Nullable InetSocketAddress originalDestination() {
    return redirected ? local : null;
  }

  public InetSocketAddress remote() {
    return remote;
  }

  public String serverName() {
    return serverName;
  }

  /** What is known of its TLS; null for plain text. */
  public @Nullable TlsFacts tls() {
    return tls;
  }

  /** {@code ip:port} of this end. Shared: not to be changed. */
  public byte[] localText() {
    return localText;
  }

  /** {@code ip:port} of the client. Shared: not to be changed. */
  public byte[] remoteText() {
    return remoteText;
  }

  /** {@code ip:port} of the socket's peer. Shared: not to be changed. */
  public byte[] directText() {
    return directText;
  }

  /** SNI; null without. Shared: not to be changed. */
  public byte @Nullable [] serverNameText() {
    return serverNameText;
  }

  private static byte[] text(InetSocketAddress address) {
    return Ascii.bytes(Endpoint.text(address));
  }
}

package dev.layar.proxy.tls;

import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.observe.TlsFacts;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS toward the endpoints of one cluster. Thread-safe. */
public final class ClientTls extends TlsSide {
  /** What is to be said about a channel whose handshake is complete. */
  public static final AttributeKey<TlsFacts> FACTS = AttributeKey.valueOf("layar.tls");

  private static final int MAX_NAMES = 256;

  private final TlsConfig.Upstream config;
  private final SecretStore secrets;
  private final TlsStats stats;

  /** With {@code auto_san_validation}: a side for each server name, which it has to prove. */
  private final Map<String, ClientTls> byName = new ConcurrentHashMap<>();

  public ClientTls(
      TlsConfig.Upstream config, SecretStore secrets, InstantSource clock, TlsStats stats) {
    super(config.common(), List.of(), secrets, clock);
    this.config = config;
    this.secrets = secrets;
    this.stats = stats;
  }

  /** Whether the request's authority becomes the SNI, so that connections differ by it. */
  public boolean autoSni() {
    return config.autoSni();
  }

  /**
   * Connects and shakes hands.
   *
   * @param serverName in place of the configured SNI; empty for that
   * @param handler sees the connection's plain bytes
   * @return complete when the handshake is; a failure's message is Envoy's transport failure reason
   */
  public ChannelFuture connect(
      Dialer dialer,
      Loop loop,
      InetSocketAddress address,
      String serverName,
      ChannelHandler handler) {
    String name = serverName.isEmpty() || !config.autoSni() ? config.sni() : serverName;
    ClientTls side = config.autoSan() && !name.isEmpty() ? proving(name) : this;
    Opening opening = new Opening(side, loop, name, handler);
    ChannelFuture connecting = dialer.connect(loop, address, opening);
    ChannelPromise done = connecting.channel().newPromise();
    opening.done = done;
    connecting.addListener(
        (Future<Void> future) -> {
          if (!future.isSuccess()) {
            done.tryFailure(future.cause());
          } else {
            opening.report();
          }
        });
    return done;
  }

  private ClientTls proving(String name) {
    if (byName.size() >= MAX_NAMES) {
      byName.clear();
    }
    return byName.computeIfAbsent(name, this::sideFor);
  }

  private ClientTls sideFor(String name) {
    TlsConfig common = config.common();
    List<SanMatcher> sans = new ArrayList<>(common.validation().sans());
    sans.add(new SanMatcher(SanMatcher.Type.DNS, new SanMatcher.Exact(name)));
    Validation asked = common.validation();
    Validation withName =
        new Validation(
            asked.trustedCa(),
            asked.trustDomains(),
            sans,
            asked.certificateHashes(),
            asked.spkiHashes(),
            asked.acceptUntrusted(),
            asked.allowExpired());
    TlsConfig proving =
        new TlsConfig(
            common.protocols(),
            common.ciphers(),
            common.alpn(),
            common.certificates(),
            common.certificateSecrets(),
            withName,
            common.validationSecret(),
            common.fetchTimeoutNanos());
    return new ClientTls(
        new TlsConfig.Upstream(proving, name, false, false), secrets, clock, stats);
  }

  @Override
  SslContext build(TlsMaterial material) throws GeneralSecurityException, SSLException {
    SslContextBuilder builder = SslContextBuilder.forClient();
    common(builder);
    builder.endpointIdentificationAlgorithm("");
    builder.trustManager(new PeerVerifier(material.validation(), clock));
    if (!material.pairs().isEmpty()) {
      KeyChooser keys = new KeyChooser(material.pairs());
      if (keys.single()) {
        builder.keyManager(keys.firstKey(), keys.firstChain());
      } else {
        builder.keyManager(keys);
      }
    }
    return builder.build();
  }

  /** One connection on its way: puts TLS below the handler and waits for the handshake. */
  private static final class Opening extends ChannelInitializer<Channel> {
    private final ClientTls side;
    private final Loop loop;
    private final String name;
    private final ChannelHandler handler;
    private @Nullable ChannelPromise done;
    private @Nullable SslHandler tls;

    Opening(ClientTls side, Loop loop, String name, ChannelHandler handler) {
      this.side = side;
      this.loop = loop;
      this.name = name;
      this.handler = handler;
    }

    @Override
    protected void initChannel(Channel channel) {
      SslHandler made = side.handler(context -> context.newHandler(channel.alloc()));
      if (made != null) {
        ServerNames.ask(made.engine(), name);
        channel.pipeline().addLast(made);
      }
      tls = made;
      channel.pipeline().addLast(handler);
    }

    /** The socket is connected: now the handshake decides. */
    void report() {
      SslHandler made = tls;
      ChannelPromise promise = done;
      if (promise == null) {
        throw new IllegalStateException("connected before it was dialled");
      }
      if (made == null) {
        fail(promise, new IOException(NO_SECRET));
        return;
      }
      made.handshakeFuture()
          .addListener(
              (Future<Channel> handshake) -> {
                if (handshake.isSuccess()) {
                  TlsFacts facts = side.facts(made);
                  promise.channel().attr(FACTS).set(facts);
                  side.stats.handshake(loop.index(), facts);
                  promise.trySuccess();
                } else {
                  side.stats.failed(loop.index(), handshake.cause());
                  fail(
                      promise,
                      new IOException(TlsFailures.text(handshake.cause()), handshake.cause()));
                }
              });
    }

    private static void fail(ChannelPromise promise, IOException cause) {
      promise.channel().close();
      promise.tryFailure(cause);
    }
  }
}

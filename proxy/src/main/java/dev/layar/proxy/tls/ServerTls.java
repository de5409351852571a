package dev.layar.proxy.tls;

import dev.layar.proxy.observe.TlsFacts;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS toward the clients of one filter chain. Thread-safe.
 *
 * <p>DEVIATION: without configured ticket keys, sessions with client certificates are not resumed:
 * every connection proves its identity anew. Others are resumed by keys of the context's own.
 *
 * <p>DEVIATION: a peer's {@code close_notify} ends both directions: the engine has no half close.
 */
public final class ServerTls extends TlsSide {
  private static final int TICKET_PART = 16;
  private static final int TICKET_LONG_PART = 32;
  private static final int TICKET_KEY = 80;

  private final TlsConfig.Downstream config;

  public ServerTls(TlsConfig.Downstream config, SecretStore secrets, InstantSource clock) {
    super(config.common(), config.ticketKeys(), secrets, clock);
    this.config = config;
  }

  /** The handler for one client's connection; null while a secret has not come. */
  public @Nullable SslHandler handler(ByteBufAllocator allocator) {
    return handler(context -> context.newHandler(allocator));
  }

  /** What is to be said about a connection whose handshake is complete. */
  public TlsFacts established(SslHandler handler) {
    return facts(handler);
  }

  /** The name that the client asked for, in lower case; empty without. */
  public static String serverName(SslHandler handler) {
    return ServerNames.asked(handler.engine());
  }

  /** Why a client's handshake failed, in Envoy's words; empty when nothing is known. */
  public static String failure(Throwable cause) {
    return TlsFailures.text(cause);
  }

  @Override
  SslContext build(TlsMaterial material) throws GeneralSecurityException, SSLException {
    KeyChooser keys = new KeyChooser(material.pairs());
    SslContextBuilder builder =
        keys.single()
            ? SslContextBuilder.forServer(keys.firstKey(), keys.firstChain())
            : SslContextBuilder.forServer(keys);
    common(builder);
    boolean asks = material.validation().verifies() || config.requireClientCertificate();
    if (asks) {
      builder
          .trustManager(new PeerVerifier(material.validation(), clock))
          .clientAuth(config.requireClientCertificate() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
    }
    SslContext context = builder.build();
    if (config.sessionTickets() && context.sessionContext() instanceof OpenSslSessionContext own) {
      tickets(own, material.ticketKeys(), asks);
    }
    return context;
  }

  private static void tickets(
      OpenSslSessionContext context, List<TlsConfig.TicketKey> keys, boolean asks) {
    if (!keys.isEmpty()) {
      context.setTicketKeys(
          keys.stream()
              .map(
                  key ->
                      new OpenSslSessionTicketKey(
                          key.part(0, TICKET_PART),
                          key.part(TICKET_PART, TICKET_LONG_PART / 2),
                          key.part(TICKET_PART + TICKET_LONG_PART, TICKET_PART)))
              .toArray(OpenSslSessionTicketKey[]::new));
    } else if (!asks) {
      byte[] fresh = new byte[TICKET_KEY];
      new SecureRandom().nextBytes(fresh);
      tickets(context, List.of(new TlsConfig.TicketKey(fresh)), false);
    }
  }
}

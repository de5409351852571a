package dev.layar.controlplane.ca;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Notes who calls, for the handler to read with {@link #current}. Stateless. */
public final class Callers implements ServerInterceptor {
  private static final Context.Key<Caller> CALLER = Context.key("layar-caller");
  private static final Context.Key<String> ADDRESS = Context.key("layar-caller-address");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
  private static final String BEARER = "bearer ";

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Caller caller =
        new Caller(token(headers), peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION)));
    String address = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
    Context context = Context.current().withValues(CALLER, caller, ADDRESS, address);
    return Contexts.interceptCall(context, call, headers, next);
  }

  /** Who makes the call that this thread serves. */
  public static Caller current() {
    Caller caller = CALLER.get();
    return caller == null ? new Caller("", Optional.empty()) : caller;
  }

  /** From where that call comes. */
  public static String currentAddress() {
    String address = ADDRESS.get();
    return address == null ? "" : address;
  }

  private static String token(Metadata headers) {
    String value = headers.get(AUTHORIZATION);
    return value != null && value.toLowerCase(Locale.ROOT).startsWith(BEARER)
        ? value.substring(BEARER.length()).strip()
        : "";
  }

  /** The transport has verified the certificate before there was a call. */
  private static Optional<SpiffeId> peer(@Nullable SSLSession session) {
    if (session == null) {
      return Optional.empty();
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate leaf
          ? SpiffeId.of(leaf)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException anonymous) {
      return Optional.empty();
    }
  }
}

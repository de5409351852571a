package dev.layar.proxy.observe;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The operators of format strings, by Envoy's names. {@code %LAYAR_RULE%} is Layar's own: the
 * object and rule that decided the request.
 */
final class Operators {
  /** Operators whose value is a number: JSON logs print it without quotes. */
  static final Set<String> NUMERIC =
      Set.of(
          "RESPONSE_CODE",
          "BYTES_RECEIVED",
          "BYTES_SENT",
          "DURATION",
          "REQUEST_DURATION",
          "REQUEST_TX_DURATION",
          "RESPONSE_DURATION",
          "RESPONSE_TX_DURATION",
          "UPSTREAM_REQUEST_ATTEMPT_COUNT",
          "CONNECTION_ID",
          "REQUEST_HEADERS_BYTES",
          "RESPONSE_HEADERS_BYTES",
          "UPSTREAM_WIRE_BYTES_SENT",
          "UPSTREAM_WIRE_BYTES_RECEIVED",
          "DOWNSTREAM_LOCAL_PORT",
          "DOWNSTREAM_REMOTE_PORT");

  /** Operators of features that this proxy does not have: always absent, never an error. */
  private static final Set<String> ABSENT =
      Set.of(
          "DYNAMIC_METADATA",
          "CLUSTER_METADATA",
          "UPSTREAM_METADATA",
          "FILTER_STATE",
          "UPSTREAM_FILTER_STATE",
          "TRACE_ID",
          "LOCAL_REPLY_BODY");

  private Operators() {}

  /** The piece of an operator; null when its name is unknown. */
  static TextFormat.@Nullable Piece of(
      String name, @Nullable String argument, Consumer<String> problems) {
    return switch (name) {
      case "START_TIME" -> Timestamps.of(argument, problems);
      case "REQ" -> header(argument, info -> info.request, problems);
      case "REQ_WITHOUT_QUERY" -> withoutQuery(header(argument, info -> info.request, problems));
      case "RESP" -> header(argument, info -> info.response, problems);
      case "TRAILER" -> header(argument, info -> info.trailers, problems);
      case "GRPC_STATUS" -> grpcStatus(argument, problems);
      case "GRPC_STATUS_NUMBER" -> grpcStatus("NUMBER", problems);
      case "PROTOCOL" -> Operators::protocol;
      case "RESPONSE_CODE" -> number(info -> info.responseCode);
      case "RESPONSE_FLAGS" -> Operators::flags;
      case "RESPONSE_CODE_DETAILS" -> bytes(info -> info.details);
      case "CONNECTION_TERMINATION_DETAILS" -> bytes(info -> info.connectionTerminationDetails);
      case "UPSTREAM_TRANSPORT_FAILURE_REASON" -> bytes(info -> info.upstreamTransportFailure);
      case "BYTES_RECEIVED" -> number(info -> info.bytesReceived);
      case "BYTES_SENT" -> number(info -> info.bytesSent);
      case "REQUEST_HEADERS_BYTES" -> number(info -> info.requestHeaderBytes);
      case "RESPONSE_HEADERS_BYTES" -> number(info -> info.responseHeaderBytes);
      case "UPSTREAM_WIRE_BYTES_SENT" -> number(info -> info.upstreamBytesSent);
      case "UPSTREAM_WIRE_BYTES_RECEIVED" -> number(info -> info.upstreamBytesReceived);
      case "DURATION" -> millis(info -> info.endNanos);
      case "REQUEST_DURATION" -> millis(info -> info.requestCompleteNanos);
      case "REQUEST_TX_DURATION" -> millis(info -> info.lastUpstreamTxNanos);
      case "RESPONSE_DURATION" -> millis(info -> info.firstUpstreamRxNanos);
      case "RESPONSE_TX_DURATION" -> Operators::responseTx;
      case "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS" -> bytes(info -> info.upstreamAddress);
      case "UPSTREAM_CLUSTER_RAW" -> bytes(info -> info.clusterName);
      case "UPSTREAM_CLUSTER" ->
          bytes(info -> info.clusterStatName != null ? info.clusterStatName : info.clusterName);
      case "UPSTREAM_LOCAL_ADDRESS" -> bytes(info -> info.upstreamLocalAddress);
      case "UPSTREAM_REQUEST_ATTEMPT_COUNT" -> number(info -> info.attempts);
      case "DOWNSTREAM_LOCAL_ADDRESS" -> bytes(info -> info.downstreamLocalAddress);
      case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" -> host(info -> info.downstreamLocalAddress);
      case "DOWNSTREAM_LOCAL_PORT" -> port(info -> info.downstreamLocalAddress);
      case "DOWNSTREAM_REMOTE_ADDRESS" -> bytes(info -> info.downstreamRemoteAddress);
      case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" -> host(info -> info.downstreamRemoteAddress);
      case "DOWNSTREAM_REMOTE_PORT" -> port(info -> info.downstreamRemoteAddress);
      case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" -> bytes(info -> info.downstreamDirectRemoteAddress);
      case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" ->
          host(info -> info.downstreamDirectRemoteAddress);
      case "REQUESTED_SERVER_NAME" -> bytes(info -> info.requestedServerName);
      case "ROUTE_NAME" -> nonEmpty(info -> info.routeName);
      case "VIRTUAL_HOST_NAME" -> nonEmpty(info -> info.virtualHostName);
      case "CONNECTION_ID" -> number(info -> info.connectionId);
      case "LAYAR_RULE" -> Operators::rule;
      case "DOWNSTREAM_TRANSPORT_FAILURE_REASON" -> bytes(info -> info.downstreamTransportFailure);
      default -> {
        TextFormat.Piece tls = TlsOperators.of(name);
        yield tls != null ? tls : ABSENT.contains(name) ? (info, out) -> false : null;
      }
    };
  }

  // ---- headers

  /** {@code X?Y}: header X, else Y; names that begin with a colon are the request line's parts. */
  private static TextFormat.Piece header(
      @Nullable String argument,
      Function<StreamInfo, @Nullable Head> source,
      Consumer<String> problems) {
    if (argument == null || argument.isEmpty()) {
      problems.accept("REQ and RESP need a header name in parentheses");
      return (info, out) -> false;
    }
    int question = argument.indexOf('?');
    HeaderSource first = source(question < 0 ? argument : argument.substring(0, question));
    HeaderSource second = question < 0 ? null : source(argument.substring(question + 1));
    return (info, out) -> {
      Head head = source.apply(info);
      return head != null
          && (first.append(head, out) || second != null && second.append(head, out));
    };
  }

  @FunctionalInterface
  private interface HeaderSource {
    boolean append(Head head, ByteSink out);
  }

  private static HeaderSource source(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case ":method" -> (head, out) -> slice(head, head.methodStart(), head.methodLength(), out);
      case ":path" -> (head, out) -> slice(head, head.pathStart(), head.pathLength(), out);
      case ":authority", "host" ->
          (head, out) -> slice(head, head.authorityStart(), head.authorityLength(), out);
      case ":scheme" ->
          (head, out) -> {
            out.put(head.https() ? "https" : "http");
            return true;
          };
      case ":status" ->
          (head, out) -> {
            out.putDecimal(head.status());
            return true;
          };
      default -> line(lower);
    };
  }

  private static HeaderSource line(String lower) {
    byte[] name = Ascii.bytes(lower);
    short id = HeaderName.of(lower);
    return (head, out) -> {
      int at = id == HeaderName.UNKNOWN ? head.find(name, -1) : head.find(id);
      if (at < 0) {
        return false;
      }
      out.put(head.bytes(), head.valueStart(at), head.valueLength(at));
      return true;
    };
  }

  private static boolean slice(Head head, int start, int length, ByteSink out) {
    if (length == 0) {
      return false;
    }
    out.put(head.bytes(), start, length);
    return true;
  }

  private static TextFormat.Piece withoutQuery(TextFormat.Piece piece) {
    return (info, out) -> {
      int before = out.length();
      boolean there = piece.append(info, out);
      for (int i = before; i < out.length(); i++) {
        if (out.bytes()[i] == '?') {
          out.truncate(i);
        }
      }
      return there;
    };
  }

  // ---- values

  private static boolean protocol(StreamInfo info, ByteSink out) {
    if (info.protocol == StreamInfo.Protocol.NONE) {
      return false;
    }
    out.put(info.protocol.text());
    return true;
  }

  private static TextFormat.Piece grpcStatus(@Nullable String format, Consumer<String> problems) {
    IntFunction<String> name =
        switch (format == null ? "CAMEL_STRING" : format) {
          case "CAMEL_STRING", "" -> GrpcStatus::camel;
          case "SNAKE_STRING" -> GrpcStatus::snake;
          case "NUMBER" -> Integer::toString;
          default -> {
            problems.accept("GRPC_STATUS takes CAMEL_STRING, SNAKE_STRING or NUMBER");
            yield GrpcStatus::camel;
          }
        };
    return (info, out) -> {
      if (info.grpcStatus < 0) {
        return false;
      }
      out.put(name.apply(info.grpcStatus));
      return true;
    };
  }

  private static boolean flags(StreamInfo info, ByteSink out) {
    if (info.flags == ResponseFlags.NONE) {
      return false;
    }
    ResponseFlags.append(info.flags, out);
    return true;
  }

  private static boolean rule(StreamInfo info, ByteSink out) {
    Provenance rule = info.provenance;
    if (rule == null) {
      return false;
    }
    out.put(rule.kind()).put((byte) '/').put(rule.namespace()).put((byte) '/').put(rule.name());
    if (!rule.rule().isEmpty()) {
      out.put((byte) '/').put(rule.rule());
    }
    return true;
  }

  private static boolean responseTx(StreamInfo info, ByteSink out) {
    if (info.firstUpstreamRxNanos < 0 || info.endNanos < 0) {
      return false;
    }
    out.putDecimal((info.endNanos - info.firstUpstreamRxNanos) / 1_000_000);
    return true;
  }

  private static TextFormat.Piece number(ToLongFunction<StreamInfo> value) {
    return (info, out) -> {
      out.putDecimal(value.applyAsLong(info));
      return true;
    };
  }

  private static TextFormat.Piece millis(ToLongFunction<StreamInfo> moment) {
    return (info, out) -> {
      long nanos = moment.applyAsLong(info);
      if (nanos == StreamInfo.NEVER) {
        return false;
      }
      out.putDecimal((nanos - info.startNanos) / 1_000_000);
      return true;
    };
  }

  private static TextFormat.Piece bytes(Function<StreamInfo, byte @Nullable []> value) {
    return (info, out) -> {
      byte[] text = value.apply(info);
      if (text == null) {
        return false;
      }
      out.put(text);
      return true;
    };
  }

  private static TextFormat.Piece nonEmpty(Function<StreamInfo, byte @Nullable []> value) {
    return (info, out) -> {
      byte[] text = value.apply(info);
      if (text == null || text.length == 0) {
        return false;
      }
      out.put(text);
      return true;
    };
  }

  private static TextFormat.Piece host(Function<StreamInfo, byte @Nullable []> address) {
    return (info, out) -> {
      byte[] text = address.apply(info);
      if (text == null) {
        return false;
      }
      int colon = lastColon(text);
      boolean bracketed = text.length > 0 && text[0] == '[';
      int start = bracketed ? 1 : 0;
      int end = (colon < 0 ? text.length : colon) - (bracketed ? 1 : 0);
      out.put(text, start, end - start);
      return true;
    };
  }

  private static TextFormat.Piece port(Function<StreamInfo, byte @Nullable []> address) {
    return (info, out) -> {
      byte[] text = address.apply(info);
      int colon = text == null ? -1 : lastColon(text);
      if (text == null || colon < 0) {
        return false;
      }
      out.put(text, colon + 1, text.length - colon - 1);
      return true;
    };
  }

  private static int lastColon(byte[] text) {
    int at = text.length - 1;
    while (at >= 0 && text[at] != ':') {
      at--;
    }
    return at;
  }
}

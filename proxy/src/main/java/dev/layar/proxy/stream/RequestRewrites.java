package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.route.PathRewrite;
import dev.layar.proxy.route.RouteAction;

/** Host and path as the route rewrites them (Envoy {@code RouteEntryImplBase::finalize…}). */
final class RequestRewrites {
  private RequestRewrites() {}

  static void host(
      Exchange exchange,
      RouteAction.Forward forward,
      RouteAction.Target target,
      Endpoint endpoint) {
    RouteAction.HostRewrite rewrite =
        target.hostRewrite() != null ? target.hostRewrite() : forward.hostRewrite();
    if (rewrite == null) {
      return;
    }
    Head request = exchange.request();
    switch (rewrite) {
      case RouteAction.LiteralHost literal -> set(exchange, forward, literal.value());
      case RouteAction.EndpointHost host -> {
        if (!endpoint.hostname().isEmpty()) {
          set(exchange, forward, Ascii.bytes(endpoint.hostname()));
        }
      }
      case RouteAction.HeaderHost header -> {
        int at = request.find(header.lowerName(), -1);
        if (at >= 0 && request.valueLength(at) > 0) {
          set(exchange, forward, Ascii.bytes(request.value(at)));
        }
      }
    }
  }

  private static void set(Exchange exchange, RouteAction.Forward forward, byte[] host) {
    Head request = exchange.request();
    int start = request.authorityStart();
    int length = request.authorityLength();
    if (!exchange.config().suppressEnvoyHeaders()) {
      request.dropAll(HeaderName.X_ENVOY_ORIGINAL_HOST);
      append(request, HeaderName.X_ENVOY_ORIGINAL_HOST, start, length);
    }
    if (forward.appendForwardedHost()) {
      appendForwardedHost(exchange, start, length);
    }
    request.authority(host, 0, host.length);
  }

  private static void appendForwardedHost(Exchange exchange, int start, int length) {
    Head request = exchange.request();
    int at = request.find(HeaderName.X_FORWARDED_HOST);
    if (at < 0) {
      append(request, HeaderName.X_FORWARDED_HOST, start, length);
      return;
    }
    ByteSink scratch = exchange.scratch();
    scratch.clear();
    scratch.put(request.bytes(), request.valueStart(at), request.valueLength(at));
    scratch.put(',').put(request.bytes(), start, length);
    request.dropAll(HeaderName.X_FORWARDED_HOST);
    request.append(
        HeaderName.bytes(HeaderName.X_FORWARDED_HOST),
        HeaderName.X_FORWARDED_HOST,
        scratch.bytes(),
        0,
        scratch.length());
  }

  static void path(Exchange exchange, RouteAction.Forward forward) {
    PathRewrite rewrite = forward.pathRewrite();
    if (rewrite == null) {
      return;
    }
    Head request = exchange.request();
    ByteSink scratch = exchange.scratch();
    scratch.clear();
    if (!rewrite.apply(request, scratch)) {
      return;
    }
    if (!exchange.config().suppressEnvoyHeaders()) {
      request.dropAll(HeaderName.X_ENVOY_ORIGINAL_PATH);
      append(request, HeaderName.X_ENVOY_ORIGINAL_PATH, request.pathStart(), request.pathLength());
    }
    int at = request.scratch(scratch.bytes(), 0, scratch.length());
    request.path(at, scratch.length());
  }

  private static void append(Head request, short id, int start, int length) {
    request.append(HeaderName.bytes(id), id, request.bytes(), start, length);
  }
}

package dev.layar.proxy.filter.cors;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.route.CorsConfig;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.stream.HttpStats;
import org.jspecify.annotations.Nullable;

/**
 * Answers preflights and tells browsers who may read a response (Envoy: the CORS filter; Fetch
 * standard §3.2). Acts by the route's policy alone; stateless.
 */
public final class CorsLayer implements Layer {
  private static final byte[] DETAILS = Ascii.bytes("cors_response");
  private static final byte[] TRUE = Ascii.bytes("true");
  private static final byte[] ORIGIN = Ascii.bytes("origin");
  private static final byte[] REQUEST_METHOD = Ascii.bytes("access-control-request-method");
  private static final byte[] REQUEST_HEADERS = Ascii.bytes("access-control-request-headers");
  private static final byte[] ALLOW_ORIGIN = Ascii.bytes("access-control-allow-origin");
  private static final byte[] ALLOW_CREDENTIALS = Ascii.bytes("access-control-allow-credentials");
  private static final byte[] ALLOW_METHODS = Ascii.bytes("access-control-allow-methods");
  private static final byte[] ALLOW_HEADERS = Ascii.bytes("access-control-allow-headers");
  private static final byte[] EXPOSE_HEADERS = Ascii.bytes("access-control-expose-headers");
  private static final byte[] MAX_AGE = Ascii.bytes("access-control-max-age");

  @Override
  public String name() {
    return "cors";
  }

  @Override
  public String reason() {
    return "behind the route, which has the policy; preflights do not reach the upstream";
  }

  @Override
  public Step request(Call call) {
    CorsConfig policy = policy(call);
    if (policy == null) {
      return Step.CONTINUE;
    }
    boolean allowed = allowed(policy, call.request());
    call.count(allowed ? HttpStats.CORS_ORIGIN_VALID : HttpStats.CORS_ORIGIN_INVALID);
    if (!preflight(call.request())) {
      return Step.CONTINUE;
    }
    if (!allowed && !Boolean.FALSE.equals(policy.forwardMisses())) {
      return Step.CONTINUE;
    }
    call.answer(200, ResponseFlags.NONE, DETAILS, allowed ? answer(policy, call) : head -> {});
    return Step.ANSWERED;
  }

  private static Call.Edits answer(CorsConfig policy, Call call) {
    return response -> {
      Head request = call.request();
      origin(policy, request, response);
      asked(request, REQUEST_METHOD, policy.methods(), ALLOW_METHODS, response);
      asked(request, REQUEST_HEADERS, policy.headers(), ALLOW_HEADERS, response);
      set(response, MAX_AGE, policy.maxAge());
    };
  }

  @Override
  public void response(Call call, boolean local) {
    CorsConfig policy = policy(call);
    if (policy == null || preflight(call.request()) && local || !allowed(policy, call.request())) {
      return;
    }
    origin(policy, call.request(), call.response());
    set(call.response(), EXPOSE_HEADERS, policy.expose());
  }

  /** The policy when it acts: there is an origin. */
  private static @Nullable CorsConfig policy(Call call) {
    RouteEntry route = call.route();
    CorsConfig policy = route == null ? null : route.cors();
    return policy != null && call.request().find(ORIGIN, -1) >= 0 && policy.acts(call.info().random)
        ? policy
        : null;
  }

  private static boolean preflight(Head request) {
    int at = request.find(REQUEST_METHOD, -1);
    return request.method() == Method.OPTIONS && at >= 0 && request.valueLength(at) > 0;
  }

  private static boolean allowed(CorsConfig policy, Head request) {
    int at = request.find(ORIGIN, -1);
    return at >= 0
        && policy.allows(request.bytes(), request.valueStart(at), request.valueLength(at));
  }

  /** The origin itself is named, never {@code *}. */
  private static void origin(CorsConfig policy, Head request, Head response) {
    copy(request, request.find(ORIGIN, -1), ALLOW_ORIGIN, response);
    if (Boolean.TRUE.equals(policy.credentials())) {
      set(response, ALLOW_CREDENTIALS, TRUE);
    }
  }

  private static void asked(
      Head request, byte[] question, byte @Nullable [] allowed, byte[] name, Head response) {
    int at = request.find(question, -1);
    if (allowed != null && allowed.length == 1 && allowed[0] == '*' && at >= 0) {
      copy(request, at, name, response);
    } else {
      set(response, name, allowed);
    }
  }

  private static void copy(Head request, int from, byte[] name, Head response) {
    response.dropAll(name);
    response.append(
        name,
        HeaderName.UNKNOWN,
        request.bytes(),
        request.valueStart(from),
        request.valueLength(from));
  }

  private static void set(Head response, byte[] name, byte @Nullable [] value) {
    if (value != null && value.length > 0) {
      response.dropAll(name);
      response.append(name, HeaderName.UNKNOWN, value, 0, value.length);
    }
  }
}

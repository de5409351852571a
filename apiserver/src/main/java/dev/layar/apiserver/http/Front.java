package dev.layar.apiserver.http;

import dev.layar.apiserver.Caller;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.auth.Attributes;
import dev.layar.apiserver.auth.Authenticator;
import dev.layar.apiserver.auth.Callers;
import dev.layar.apiserver.auth.Rbac;
import dev.layar.apiserver.http.ServerOptions.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes, in this order: no browser's page, who asks, what is asked for, may
 * they, is there room; then its handler. Thread-safe; runs on the request's virtual thread.
 */
final class Front {
  private static final Logger LOG = LoggerFactory.getLogger(Front.class);
  private static final Set<String> HEALTH = Set.of("healthz", "livez", "readyz");

  private final Parts parts;
  private final Semaphore requests;
  private final Semaphore watches;
  private final Semaphore sessions;

  /** The handlers, and what decides about callers. */
  record Parts(
      BrowserGuard guard,
      Authenticator authenticator,
      Rbac rbac,
      dev.layar.apiserver.Api api,
      Discovery discovery,
      OpenApi openApi,
      Resources resources,
      Reviews reviews,
      Metrics metrics,
      Streams streams,
      Audit audit,
      String version) {}

  Front(Parts parts, Limits limits) {
    this.parts = parts;
    this.requests = new Semaphore(limits.requests());
    this.watches = new Semaphore(limits.watches());
    this.sessions = new Semaphore(limits.sessions());
  }

  /** Answers a request, whatever becomes of it. */
  void handle(Exchange exchange) {
    long began = System.nanoTime();
    try {
      answer(exchange);
    } catch (StatusException e) {
      refuse(exchange, e);
    } catch (IOException e) {
      LOG.debug("{} {} was given up", exchange.method(), exchange.path(), e);
      exchange.abort();
    } catch (InterruptedException e) {
      LOG.trace("{} {} was stopped", exchange.method(), exchange.path(), e);
      exchange.abort();
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error("{} {} failed", exchange.method(), exchange.path(), e);
      refuse(exchange, Statuses.internal(e.getClass().getSimpleName()));
    } finally {
      parts.audit().record(exchange, System.nanoTime() - began);
    }
  }

  private static void refuse(Exchange exchange, StatusException e) {
    if (exchange.answered()) {
      exchange.abort();
      return;
    }
    List<String> more =
        e.details().retryAfterSeconds() > 0
            ? List.of("Retry-After", Integer.toString(e.details().retryAfterSeconds()))
            : List.of();
    try {
      exchange.respond(e.code(), "application/json", Json.bytes(Statuses.failure(e)), more);
    } catch (IOException gone) {
      LOG.debug("the client did not wait for its refusal", gone);
      exchange.abort();
    }
  }

  private void answer(Exchange exchange) throws IOException, InterruptedException {
    parts.guard().check(exchange);
    List<String> path = Target.parts(exchange.path());
    if (isOpen(path)) {
      open(exchange, path);
      return;
    }
    Caller caller =
        parts
            .authenticator()
            .authenticate(exchange.header("Authorization"), exchange.clientCertificate());
    if (caller == null || caller.equals(Callers.ANONYMOUS)) {
      throw Statuses.unauthorized();
    }
    exchange.caller(caller);
    if (Impersonation.isWanted(exchange)) {
      exchange.actAs(Impersonation.of(exchange, parts.rbac()));
    }
    Target target = Target.of(path);
    if (target == null) {
      nonResource(exchange, path);
    } else {
      resource(exchange, target);
    }
  }

  private static boolean isOpen(List<String> path) {
    return !path.isEmpty()
        && (HEALTH.contains(path.getFirst())
            || path.size() == 1 && path.getFirst().equals("version"));
  }

  private void open(Exchange exchange, List<String> path) throws IOException {
    onlyGet(exchange);
    if (path.getFirst().equals("version")) {
      Resources.answer(exchange, 200, VersionInfo.of(parts.version()));
    } else {
      text(exchange, "ok");
    }
  }

  private static void onlyGet(Exchange exchange) {
    if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
      throw Statuses.methodNotAllowed();
    }
  }

  private static void text(Exchange exchange, String text) throws IOException {
    exchange.respond(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  private void nonResource(Exchange exchange, List<String> path) throws IOException {
    String full = "/" + String.join("/", path);
    authorize(
        exchange.caller(),
        Attributes.path(exchange.method().toLowerCase(java.util.Locale.ROOT), full));
    onlyGet(exchange);
    switch (path.isEmpty() ? "" : path.getFirst()) {
      case "api" -> {
        if (path.size() == 1) {
          root(exchange, true);
        } else {
          Resources.answer(exchange, 200, parts.discovery().resourceList("", path.get(1)));
        }
      }
      case "apis" -> {
        switch (path.size()) {
          case 1 -> root(exchange, false);
          case 2 -> Resources.answer(exchange, 200, parts.discovery().group(path.get(1)));
          default ->
              Resources.answer(
                  exchange, 200, parts.discovery().resourceList(path.get(1), path.get(2)));
        }
      }
      case "openapi" -> parts.openApi().answer(exchange, path);
      default -> throw Statuses.noSuchPath();
    }
  }

  private void root(Exchange exchange, boolean core) throws IOException {
    switch (View.of(exchange.headers("Accept"))) {
      case DISCOVERY -> aggregated(exchange, core, "v2");
      case DISCOVERY_BETA -> aggregated(exchange, core, "v2beta1");
      case OBJECT, TABLE, PARTIAL ->
          Resources.answer(
              exchange,
              200,
              core
                  ? Discovery.coreVersions(exchange.header("Host"))
                  : parts.discovery().groupList());
    }
  }

  private void aggregated(Exchange exchange, boolean core, String version) throws IOException {
    exchange.respond(
        200,
        "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList",
        Json.bytes(parts.discovery().aggregated(core, version)));
  }

  private void resource(Exchange exchange, Target target) throws IOException, InterruptedException {
    String verb = verb(exchange, target);
    authorize(exchange.caller(), attributes(exchange, target, verb));
    Semaphore room = room(exchange, target, verb);
    if (!room.tryAcquire()) {
      throw Statuses.tooMany("the server has as many requests of this sort as it takes; try again");
    }
    try {
      dispatch(exchange, target, verb);
    } finally {
      room.release();
    }
  }

  private void dispatch(Exchange exchange, Target target, String verb)
      throws IOException, InterruptedException {
    if (target.group().equals(Metrics.GROUP)) {
      parts.metrics().answer(exchange, target);
    } else if (Catalog.isQuestion(target.group(), target.plural())) {
      parts.reviews().answer(exchange, target);
    } else {
      Request request = Request.of(exchange, target, parts.api());
      switch (request.type().qualified() + "/" + target.subresource()) {
        case "pods/log" -> parts.streams().logs(request);
        case "pods/exec" -> parts.streams().exec(request);
        case "pods/attach" -> parts.streams().attach(request);
        case "pods/portforward" -> parts.streams().portForward(request);
        case "pods/eviction" -> parts.reviews().evict(request);
        case "serviceaccounts/token" -> parts.reviews().issueToken(request);
        default -> parts.resources().handle(request, verb);
      }
    }
  }

  private static String verb(Exchange exchange, Target target) {
    boolean collection = target.name().isEmpty();
    return switch (exchange.method()) {
      case "GET", "HEAD" ->
          isStream(target)
              ? "create"
              : target.subresource().isEmpty() && exchange.query().flag("watch")
                  ? "watch"
                  : collection ? "list" : "get";
      case "POST" -> "create";
      case "PUT" -> collection ? none() : "update";
      case "PATCH" -> collection ? none() : "patch";
      case "DELETE" -> collection ? "deletecollection" : "delete";
      default -> none();
    };
  }

  private static String none() {
    throw Statuses.methodNotAllowed();
  }

  /**
   * Commands and ports of a pod: the right to create, also where WebSocket makes it a GET, as
   * Kubernetes does from 1.35 on.
   */
  private static boolean isStream(Target target) {
    return target.group().isEmpty()
        && target.plural().equals("pods")
        && Set.of("exec", "attach", "portforward").contains(target.subresource());
  }

  private Semaphore room(Exchange exchange, Target target, String verb) {
    if (isStream(target)) {
      return sessions;
    }
    boolean follows = target.subresource().equals("log") && exchange.query().flag("follow");
    return verb.equals("watch") || follows ? watches : requests;
  }

  private void authorize(Caller caller, Attributes wish) {
    if (!parts.rbac().allows(caller, wish)) {
      throw Refusals.forbidden(caller, wish);
    }
  }

  private static Attributes attributes(Exchange exchange, Target target, String verb) {
    String name = target.name().isEmpty() ? selectedName(exchange, verb) : target.name();
    return new Attributes(
        verb,
        target.group(),
        target.plural(),
        target.subresource(),
        target.namespace(),
        name == null ? "" : name,
        "");
  }

  /** A list or watch of one name counts as one of that object. */
  private static @Nullable String selectedName(Exchange exchange, String verb) {
    String selector = exchange.query().get("fieldSelector");
    boolean one =
        (verb.equals("list") || verb.equals("watch"))
            && selector.startsWith("metadata.name=")
            && !selector.contains(",");
    return one ? selector.substring("metadata.name=".length()) : null;
  }
}

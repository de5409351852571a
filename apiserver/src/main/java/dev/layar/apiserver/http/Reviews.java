package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.auth.Attributes;
import dev.layar.apiserver.auth.Authenticator;
import dev.layar.apiserver.auth.Rbac;
import dev.layar.apiserver.auth.Tokens;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Questions that are posed as objects: who am I, may I, is this token good; and the two
 * subresources that make something happen, tokens and evictions. Thread-safe.
 */
final class Reviews {
  private static final Duration USUAL_LIFE = Duration.ofHours(1);

  private final Api api;
  private final Authenticator authenticator;
  private final Rbac rbac;
  private final Tokens tokens;
  private final InstantSource clock;

  Reviews(Api api, Authenticator authenticator, Rbac rbac, Tokens tokens, InstantSource clock) {
    this.api = api;
    this.authenticator = authenticator;
    this.rbac = rbac;
    this.tokens = tokens;
    this.clock = clock;
  }

  void answer(Exchange exchange, Target target) throws IOException {
    if (!exchange.method().equals("POST") || !target.name().isEmpty()) {
      throw Statuses.methodNotAllowed();
    }
    if (!target.version().equals("v1")) {
      throw Statuses.noSuchPath();
    }
    JsonNode body = Bodies.read(exchange);
    ObjectNode status =
        switch (target.plural()) {
          case "selfsubjectreviews" -> whoAmI(exchange.caller());
          case "tokenreviews" -> tokenReview(body.path("spec"));
          case "selfsubjectaccessreviews" -> access(exchange.caller(), body.path("spec"));
          case "subjectaccessreviews" -> access(subject(body.path("spec")), body.path("spec"));
          case "localsubjectaccessreviews" ->
              access(subject(body.path("spec")), local(body.path("spec"), target.namespace()));
          case "selfsubjectrulesreviews" ->
              rules(exchange.caller(), body.path("spec").path("namespace").asString(""));
          default -> throw Statuses.noSuchPath();
        };
    ObjectNode out = Json.object();
    out.put("kind", body.path("kind").asString("")).put("apiVersion", target.apiVersion());
    out.putObject("metadata");
    if (body.has("spec")) {
      out.set("spec", body.path("spec"));
    }
    out.set("status", status);
    Resources.answer(exchange, 201, out);
  }

  private static ObjectNode whoAmI(Caller caller) {
    ObjectNode status = Json.object();
    status.set("userInfo", userInfo(caller));
    return status;
  }

  private static ObjectNode userInfo(Caller caller) {
    ObjectNode user = Json.object();
    user.put("username", caller.user());
    if (!caller.uid().isEmpty()) {
      user.put("uid", caller.uid());
    }
    caller.groups().forEach(user.putArray("groups")::add);
    return user;
  }

  private ObjectNode tokenReview(JsonNode spec) {
    ObjectNode status = Json.object();
    Tokens.Claims claims = authenticator.verified(spec.path("token").asString(""));
    List<String> wanted = strings(spec.path("audiences"));
    if (wanted.isEmpty()) {
      wanted = List.of(Tokens.ISSUER);
    }
    List<String> common =
        claims == null ? List.of() : wanted.stream().filter(claims.audiences()::contains).toList();
    if (claims == null || common.isEmpty()) {
      return status.put("authenticated", false).put("error", "the token is not valid here");
    }
    status.put("authenticated", true);
    ObjectNode user = userInfo(Authenticator.caller(claims));
    if (!claims.pod().isEmpty()) {
      ObjectNode extra = user.putObject("extra");
      extra.putArray("authentication.kubernetes.io/pod-name").add(claims.pod());
      extra.putArray("authentication.kubernetes.io/pod-uid").add(claims.podUid());
    }
    status.set("user", user);
    common.forEach(status.putArray("audiences")::add);
    return status;
  }

  private static Caller subject(JsonNode spec) {
    return new Caller(
        spec.path("user").asString(""),
        spec.path("uid").asString(""),
        strings(spec.path("groups")));
  }

  private static JsonNode local(JsonNode spec, String namespace) {
    if (!spec.path("resourceAttributes").path("namespace").asString("").equals(namespace)) {
      throw Statuses.badRequest(
          "spec.resourceAttributes.namespace must be the request's, \"" + namespace + "\"");
    }
    return spec;
  }

  private ObjectNode access(Caller caller, JsonNode spec) {
    Attributes wish = wish(spec);
    return Json.object().put("allowed", rbac.allows(caller, wish));
  }

  private static Attributes wish(JsonNode spec) {
    JsonNode path = spec.path("nonResourceAttributes");
    if (path.isObject()) {
      return Attributes.path(path.path("verb").asString(""), path.path("path").asString(""));
    }
    JsonNode resource = spec.path("resourceAttributes");
    if (!resource.isObject()) {
      throw Statuses.badRequest(
          "spec has neither resourceAttributes nor nonResourceAttributes: expected one of them");
    }
    return new Attributes(
        resource.path("verb").asString(""),
        resource.path("group").asString(""),
        resource.path("resource").asString(""),
        resource.path("subresource").asString(""),
        resource.path("namespace").asString(""),
        resource.path("name").asString(""),
        "");
  }

  private ObjectNode rules(Caller caller, String namespace) {
    ObjectNode status = Json.object();
    ArrayNode resources = status.putArray("resourceRules");
    ArrayNode paths = status.putArray("nonResourceRules");
    status.put("incomplete", false);
    for (JsonNode rule : rbac.rules(caller, namespace)) {
      boolean path = !rule.path("nonResourceURLs").isEmpty();
      ObjectNode out = (path ? paths : resources).addObject();
      for (String field :
          path
              ? List.of("verbs", "nonResourceURLs")
              : List.of("verbs", "apiGroups", "resources", "resourceNames")) {
        if (rule.has(field)) {
          out.set(field, rule.path(field));
        }
      }
    }
    return status;
  }

  /** {@code serviceaccounts/token}: TokenRequest. */
  void issueToken(Request request) throws IOException {
    onlyPost(request);
    ObjectNode account = api.get(request.ref(), request.version(), Subresource.NONE);
    JsonNode body = Bodies.read(request.exchange());
    JsonNode spec = body.path("spec");
    List<String> audiences = strings(spec.path("audiences"));
    Instant expires = clock.instant().truncatedTo(ChronoUnit.SECONDS).plus(life(spec));
    JsonNode bound = spec.path("boundObjectRef");
    boolean toPod = bound.path("kind").asString("").equals("Pod");
    String pod = toPod ? bound.path("name").asString("") : "";
    Tokens.Claims claims =
        new Tokens.Claims(
            request.target().namespace(),
            request.target().name(),
            account.path("metadata").path("uid").asString(""),
            pod,
            toPod ? podUid(request, pod) : "",
            audiences.isEmpty() ? List.of(Tokens.ISSUER) : audiences,
            expires);
    ObjectNode out = Json.object();
    out.put("kind", "TokenRequest").put("apiVersion", "authentication.k8s.io/v1");
    out.putObject("metadata")
        .put("name", request.target().name())
        .put("namespace", request.target().namespace());
    ObjectNode answered = out.putObject("spec");
    claims.audiences().forEach(answered.putArray("audiences")::add);
    answered.put("expirationSeconds", life(spec).toSeconds());
    out.putObject("status")
        .put("token", tokens.issue(claims))
        .put("expirationTimestamp", expires.toString());
    Resources.answer(request.exchange(), 201, out);
  }

  private static Duration life(JsonNode spec) {
    Duration asked =
        spec.has("expirationSeconds")
            ? Duration.ofSeconds(
                Math.clamp(spec.path("expirationSeconds").asLong(0), 0, Integer.MAX_VALUE))
            : USUAL_LIFE;
    if (asked.compareTo(Tokens.SHORTEST) < 0) {
      throw new StatusException(
          422,
          "Invalid",
          "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid"
              + " value: "
              + asked.toSeconds()
              + ": may not specify a duration less than 10 minutes",
          StatusException.Details.NONE);
    }
    return asked.compareTo(Tokens.LONGEST) > 0 ? Tokens.LONGEST : asked;
  }

  private String podUid(Request request, String pod) {
    return api.get(pod(request.target().namespace(), pod), "v1", Subresource.NONE)
        .path("metadata")
        .path("uid")
        .asString("");
  }

  private ObjectRef pod(String namespace, String name) {
    ResourceType pods = api.type("", "pods");
    if (pods == null) {
      throw Statuses.noSuchPath();
    }
    return new ObjectRef(pods, namespace, name);
  }

  /**
   * {@code pods/eviction}. DEVIATION: PodDisruptionBudgets are stored but do not hold an eviction
   * up.
   */
  void evict(Request request) throws IOException {
    onlyPost(request);
    JsonNode options = Bodies.read(request.exchange()).path("deleteOptions");
    long grace = options.path("gracePeriodSeconds").asLong(-1);
    api.delete(
        request.ref(),
        request.version(),
        new DeleteOptions(
            grace < 0 ? null : Duration.ofSeconds(Math.min(grace, Integer.MAX_VALUE)),
            DeleteOptions.Propagation.BACKGROUND,
            options.path("preconditions").path("uid").asString(""),
            options.path("preconditions").path("resourceVersion").asString("")),
        request.writeOptions());
    ObjectNode status = Json.object();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Success").put("code", 201);
    Resources.answer(request.exchange(), 201, status);
  }

  private static void onlyPost(Request request) {
    if (!request.exchange().method().equals("POST")) {
      throw Statuses.methodNotAllowed();
    }
  }

  private static List<String> strings(JsonNode list) {
    List<String> out = new ArrayList<>();
    list.forEach(each -> out.add(each.asString("")));
    return out;
  }
}

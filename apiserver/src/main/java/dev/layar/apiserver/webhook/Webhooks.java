package dev.layar.apiserver.webhook;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.Pods;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.patch.JsonPatch;
import dev.layar.apiserver.patch.PatchException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls the webhooks of the stored MutatingWebhookConfigurations and
 * ValidatingWebhookConfigurations. Thread-safe. It is made before the {@link Api} that asks it and
 * gets to know it by {@link #attach}; until then it admits everything.
 *
 * <pre>{@code
 * Webhooks webhooks = new Webhooks();
 * Api api = ObjectApi.open(options.with(List.of(webhooks.mutating(), own, webhooks.validating())));
 * webhooks.attach(api, pods);
 * }</pre>
 */
public final class Webhooks {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private static final String GROUP = "admissionregistration.k8s.io";
  private static final String REVIEW = "admission.k8s.io/v1";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private volatile @Nullable Attached attached;

  /** What the webhooks are read from. */
  private record Attached(Api api, Pods pods) {}

  /** From now on webhooks are called. */
  public void attach(Api api, Pods pods) {
    attached = new Attached(api, pods);
  }

  /** The hooks that may change objects: to be asked before defaults and validation. */
  public Admission mutating() {
    return request -> run(request, "mutatingwebhookconfigurations", true);
  }

  /** The hooks that may only refuse: to be asked last. */
  public Admission validating() {
    return request -> run(request, "validatingwebhookconfigurations", false);
  }

  private List<String> run(Admission.Request request, String configurations, boolean mutating) {
    Attached to = attached;
    // A broken webhook must not stand in the way of its own removal.
    if (to == null || request.ref().type().group().equals(GROUP)) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>();
    List<Hook> again = new ArrayList<>();
    for (Hook hook : hooks(to.api(), configurations)) {
      String version = hook.version(request);
      if (version == null || !isSelected(to.api(), hook, request)) {
        continue;
      }
      boolean changed = call(to, hook, version, request, mutating, warnings);
      if (changed) {
        again.forEach(earlier -> recall(to, earlier, request, warnings));
        again.clear();
      }
      if (mutating && hook.isReinvoked()) {
        again.add(hook);
      }
    }
    return warnings;
  }

  private static void recall(
      Attached to, Hook hook, Admission.Request request, List<String> warnings) {
    String version = hook.version(request);
    if (version != null) {
      call(to, hook, version, request, true, warnings);
    }
  }

  /** In the order of the configurations' names, in each as they are written. */
  private static List<Hook> hooks(Api api, String configurations) {
    ResourceType type = api.type(GROUP, configurations);
    if (type == null) {
      return List.of();
    }
    List<Hook> hooks = new ArrayList<>();
    for (ObjectNode each : api.list(ObjectQuery.all(type), 0, "").items()) {
      each.path("webhooks").forEach(hook -> hooks.add(new Hook(hook)));
    }
    return hooks;
  }

  private static boolean isSelected(Api api, Hook hook, Admission.Request request) {
    JsonNode byObject = hook.spec().path("objectSelector");
    boolean object =
        Selectors.matches(byObject, labels(request.after()))
            || (request.before() != null && Selectors.matches(byObject, labels(request.before())));
    return object
        && Selectors.matches(hook.spec().path("namespaceSelector"), namespaceLabels(api, request));
  }

  private static JsonNode labels(@Nullable ObjectNode object) {
    return object == null ? NODES.missingNode() : object.path("metadata").path("labels");
  }

  /** Labels of the object's namespace, or of itself where it is one. */
  private static JsonNode namespaceLabels(Api api, Admission.Request request) {
    if (request.ref().type().qualified().equals("namespaces")) {
      return labels(request.after() == null ? request.before() : request.after());
    }
    ResourceType namespaces = api.type("", "namespaces");
    if (request.ref().namespace().isEmpty() || namespaces == null) {
      return NODES.missingNode();
    }
    try {
      return labels(
          api.get(
              new ObjectRef(namespaces, "", request.ref().namespace()), "v1", Subresource.NONE));
    } catch (StatusException notThere) {
      return NODES.missingNode();
    }
  }

  /** Calls one; whether it changed the object. */
  private static boolean call(
      Attached to,
      Hook hook,
      String version,
      Admission.Request request,
      boolean mutating,
      List<String> warnings) {
    if (request.options().dryRun() && !hook.allowsDryRun()) {
      throw new StatusException(
          400,
          "BadRequest",
          "admission webhook \"" + hook.name() + "\" does not support dry run",
          Details.NONE);
    }
    String uid = UUID.randomUUID().toString();
    JsonNode response;
    try {
      byte[] body = JSON.writeValueAsBytes(review(uid, version, request));
      response = response(HookClient.post(target(to, hook), body, hook.timeout()), uid);
    } catch (IOException | StatusException e) {
      if (hook.ignoresFailure()) {
        LOG.warn(
            "webhook {} failed and is ignored, as its policy says: {}",
            hook.name(),
            e.getMessage());
        return false;
      }
      throw new StatusException(
          500,
          "InternalError",
          "Internal error occurred: failed calling webhook \""
              + hook.name()
              + "\": failed to call webhook: "
              + e.getMessage(),
          Details.NONE);
    }
    response.path("warnings").forEach(each -> warnings.add(each.asString("")));
    if (!response.path("allowed").asBoolean(false)) {
      throw denied(hook, response.path("status"));
    }
    return mutating && patch(hook, request, response);
  }

  private static JsonNode response(byte[] body, String uid) throws IOException {
    try {
      JsonNode response = JSON.readTree(body).path("response");
      if (!response.path("uid").asString("").equals(uid)) {
        throw new IOException("the answer's response.uid is not the request's");
      }
      return response;
    } catch (JacksonException e) {
      throw new IOException("the answer is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** k8s.io/apiserver, admission/plugin/webhook/errors ToStatusErr. */
  private static StatusException denied(Hook hook, JsonNode status) {
    String who = "admission webhook \"" + hook.name() + "\" denied the request";
    String reason = status.path("reason").asString("");
    String why = status.path("message").asString(reason);
    int code = status.path("code").asInt(0);
    return new StatusException(
        code < 400 || code > 599 ? 400 : code,
        reason,
        why.isEmpty() ? who + " without explanation" : who + ": " + why,
        Details.NONE);
  }

  private static boolean patch(Hook hook, Admission.Request request, JsonNode response) {
    String encoded = response.path("patch").asString("");
    ObjectNode object = request.after();
    if (encoded.isEmpty() || object == null) {
      return false;
    }
    try {
      JsonNode patch = JSON.readTree(Base64.getDecoder().decode(encoded));
      JsonNode changed = JsonPatch.apply(object, patch);
      if (!(changed instanceof ObjectNode whole)) {
        throw broken(hook, "its patch leaves no object");
      }
      ObjectNode copy = whole.deepCopy();
      boolean differs = !copy.equals(object);
      object.removeAll();
      object.setAll(copy);
      return differs;
    } catch (JacksonException | IllegalArgumentException | PatchException e) {
      throw broken(hook, String.valueOf(e.getMessage()));
    }
  }

  private static StatusException broken(Hook hook, String why) {
    return new StatusException(
        500,
        "InternalError",
        "Internal error occurred: webhook \"" + hook.name() + "\" sent a bad patch: " + why,
        Details.NONE);
  }

  private static ObjectNode review(String uid, String version, Admission.Request request) {
    ResourceType type = request.ref().type();
    ObjectNode review = NODES.objectNode();
    review.put("kind", "AdmissionReview").put("apiVersion", REVIEW);
    ObjectNode to = review.putObject("request");
    to.put("uid", uid);
    kind(to.putObject("kind"), type, version);
    resource(to.putObject("resource"), type, version);
    String part = Hook.subresource(request);
    if (!part.isEmpty()) {
      to.put("subResource", part).put("requestSubResource", part);
    }
    kind(to.putObject("requestKind"), type, request.version());
    resource(to.putObject("requestResource"), type, request.version());
    to.put("name", request.ref().name());
    if (!request.ref().namespace().isEmpty()) {
      to.put("namespace", request.ref().namespace());
    }
    to.put("operation", request.operation().name());
    user(to.putObject("userInfo"), request.options().caller());
    to.set("object", converted(request.after(), type, version));
    to.set("oldObject", converted(request.before(), type, version));
    to.put("dryRun", request.options().dryRun());
    options(to.putObject("options"), request);
    return review;
  }

  /** Conversion between versions changes the {@code apiVersion} and nothing else. */
  private static JsonNode converted(
      @Nullable ObjectNode object, ResourceType type, String version) {
    if (object == null) {
      return NODES.nullNode();
    }
    ObjectNode copy = object.deepCopy();
    copy.put("apiVersion", type.apiVersion(version));
    return copy;
  }

  private static void kind(ObjectNode node, ResourceType type, String version) {
    node.put("group", type.group()).put("version", version).put("kind", type.kind());
  }

  private static void resource(ObjectNode node, ResourceType type, String version) {
    node.put("group", type.group()).put("version", version).put("resource", type.plural());
  }

  private static void user(ObjectNode node, Caller caller) {
    node.put("username", caller.user());
    if (!caller.uid().isEmpty()) {
      node.put("uid", caller.uid());
    }
    caller.groups().forEach(node.putArray("groups")::add);
  }

  private static void options(ObjectNode node, Admission.Request request) {
    String kind =
        switch (request.operation()) {
          case CREATE -> "CreateOptions";
          case UPDATE -> "UpdateOptions";
          case DELETE -> "DeleteOptions";
        };
    node.put("kind", kind).put("apiVersion", "meta.k8s.io/v1");
    if (!request.options().fieldManager().isEmpty()) {
      node.put("fieldManager", request.options().fieldManager());
    }
    if (request.options().dryRun()) {
      node.putArray("dryRun").add("All");
    }
  }

  private static HookClient.Target target(Attached to, Hook hook) throws IOException {
    JsonNode config = hook.spec().path("clientConfig");
    byte[] trusted;
    try {
      trusted = Base64.getDecoder().decode(config.path("caBundle").asString(""));
    } catch (IllegalArgumentException e) {
      throw new IOException("caBundle is not base64", e);
    }
    String url = config.path("url").asString("");
    return url.isEmpty() ? service(to, config.path("service"), trusted) : url(url, trusted);
  }

  private static HookClient.Target url(String text, byte[] trusted) throws IOException {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IOException("url is not a URL", e);
    }
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new IOException("url must be https://host…");
    }
    int port = uri.getPort() < 0 ? 443 : uri.getPort();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return new HookClient.Target(
        new InetSocketAddress(uri.getHost(), port), uri.getHost(), path + query, trusted);
  }

  /** A ready endpoint of the Service, found as a pod's port. */
  private static HookClient.Target service(Attached to, JsonNode service, byte[] trusted)
      throws IOException {
    String namespace = service.path("namespace").asString("");
    String name = service.path("name").asString("");
    String host = name + "." + namespace + ".svc";
    String path = service.path("path").asString("/");
    ResourceType slices = to.api().type("discovery.k8s.io", "endpointslices");
    if (slices != null) {
      ObjectQuery query =
          new ObjectQuery(slices, "v1", namespace, "kubernetes.io/service-name=" + name, "");
      String portName = portName(to.api(), namespace, name, service.path("port").asInt(443));
      for (ObjectNode slice : to.api().list(query, 0, "").items()) {
        InetSocketAddress address = ready(to.pods(), namespace, slice, portName);
        if (address != null) {
          return new HookClient.Target(
              address, host, encoded(path.startsWith("/") ? path : "/" + path), trusted);
        }
      }
    }
    throw new IOException("no endpoints available for service \"" + name + "\"");
  }

  private static String encoded(String path) {
    return new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
        .replaceAll("[\\x00-\\x20\\x7f-\\xff]", "");
  }

  private static String portName(Api api, String namespace, String name, int port)
      throws IOException {
    ResourceType services = api.type("", "services");
    if (services != null) {
      JsonNode service = api.get(new ObjectRef(services, namespace, name), "v1", Subresource.NONE);
      for (JsonNode each : service.path("spec").path("ports")) {
        if (each.path("port").asInt(0) == port) {
          return each.path("name").asString("");
        }
      }
    }
    throw new IOException("no service port " + port + " found for service \"" + name + "\"");
  }

  private static @Nullable InetSocketAddress ready(
      Pods pods, String namespace, ObjectNode slice, String portName) {
    for (JsonNode port : slice.path("ports")) {
      if (!port.path("name").asString("").equals(portName)) {
        continue;
      }
      int number = port.path("port").asInt(0);
      for (JsonNode endpoint : slice.path("endpoints")) {
        if (endpoint.path("conditions").path("ready").asBoolean(true)) {
          JsonNode pod = endpoint.path("targetRef");
          return pod.path("kind").asString("").equals("Pod")
              ? pods.address(namespace, pod.path("name").asString(""), number)
              : new InetSocketAddress(endpoint.path("addresses").path(0).asString(""), number);
        }
      }
    }
    return null;
  }
}

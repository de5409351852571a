package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.DeleteOptions.Propagation;
import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.Written;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes of stored objects: maps verbs onto the {@link Api}. Thread-safe. */
final class Resources {
  /** The largest page that a {@code limit} can ask for. */
  private static final long MOST = 100_000;

  private final Api api;
  private final Rendering rendering;
  private final Watches watches;

  Resources(Api api, Rendering rendering, Watches watches) {
    this.api = api;
    this.rendering = rendering;
    this.watches = watches;
  }

  /** Answers a request about a kind, one object of it, or a stored part of one. */
  void handle(Request request, String verb) throws IOException, InterruptedException {
    switch (verb) {
      case "get" -> get(request);
      case "list" -> list(request);
      case "watch" -> watches.watch(request);
      case "create" -> create(request);
      case "update" -> update(request);
      case "patch" -> patch(request);
      case "delete" -> delete(request);
      case "deletecollection" -> deleteCollection(request);
      default -> throw Statuses.methodNotAllowed();
    }
  }

  private void get(Request request) throws IOException {
    View view = View.of(request.exchange().headers("Accept"));
    Subresource part = subresource(request);
    ObjectNode object = api.get(request.ref(), request.version(), part);
    JsonNode answer = part == Subresource.SCALE ? object : rendering.object(request, object, view);
    answer(request.exchange(), 200, answer);
  }

  private void list(Request request) throws IOException {
    Query query = request.exchange().query();
    View view = View.of(request.exchange().headers("Accept"));
    long limit = query.number("limit", 0);
    if (limit < 0) {
      throw Statuses.badRequest("the parameter limit is negative");
    }
    // Kubernetes ignores the limit of lists that need not be the newest.
    int most = query.get("resourceVersion").equals("0") ? 0 : (int) Math.min(limit, MOST);
    ObjectPage page = api.list(request.objects(), most, query.get("continue"));
    answer(request.exchange(), 200, rendering.list(request, page, view));
  }

  private void create(Request request) throws IOException {
    if (!request.target().name().isEmpty()) {
      throw Statuses.methodNotAllowed();
    }
    if (request.type().namespaced() && request.target().namespace().isEmpty()) {
      throw Statuses.badRequest("an empty namespace may not be set during creation");
    }
    WriteOptions options = request.writeOptions();
    Written written =
        api.create(
            request.type(),
            request.version(),
            request.target().namespace(),
            Bodies.read(request.exchange(), options.fieldValidation()),
            options);
    answer(request, written);
  }

  private void update(Request request) throws IOException {
    WriteOptions options = request.writeOptions();
    Written written =
        api.update(
            request.ref(),
            request.version(),
            subresource(request),
            Bodies.read(request.exchange(), options.fieldValidation()),
            options);
    answer(request, written);
  }

  private void patch(Request request) throws IOException {
    PatchType type = Bodies.patchType(request.exchange());
    if (type == PatchType.STRATEGIC && request.type().custom()) {
      throw Statuses.unsupportedMedia(
          type.mediaType(),
          "application/json-patch+json, application/merge-patch+json,"
              + " application/apply-patch+yaml");
    }
    WriteOptions options = request.writeOptions();
    if (type == PatchType.APPLY && request.exchange().query().get("fieldManager").isEmpty()) {
      throw new StatusException(
          422,
          "Invalid",
          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for"
              + " apply patch",
          new Details("meta.k8s.io", "PatchOptions", "", "", List.of(), 0));
    }
    Written written =
        api.patch(
            request.ref(),
            request.version(),
            subresource(request),
            type,
            Bodies.patch(request.exchange(), type),
            options);
    answer(request, written);
  }

  private void delete(Request request) throws IOException {
    if (!request.target().subresource().isEmpty()) {
      throw Statuses.methodNotAllowed();
    }
    ObjectNode last =
        api.delete(
            request.ref(), request.version(), deleteOptions(request), request.writeOptions());
    JsonNode metadata = last.path("metadata");
    // An object that lingers is answered itself, so that clients see why.
    boolean lingers =
        metadata.has("deletionTimestamp")
            && (!metadata.path("finalizers").isEmpty()
                || metadata.path("deletionGracePeriodSeconds").asLong(0) > 0);
    answer(
        request.exchange(),
        200,
        lingers
            ? last
            : Statuses.deleted(
                request.type().group(),
                request.type().plural(),
                request.target().name(),
                metadata.path("uid").asString("")));
  }

  private void deleteCollection(Request request) throws IOException {
    DeleteOptions how = deleteOptions(request);
    WriteOptions options = request.writeOptions();
    ObjectPage page = api.list(request.objects(), 0, "");
    List<ObjectNode> gone = new ArrayList<>();
    for (ObjectNode object : page.items()) {
      JsonNode metadata = object.path("metadata");
      ObjectRef ref =
          new ObjectRef(
              request.type(),
              metadata.path("namespace").asString(""),
              metadata.path("name").asString(""));
      try {
        gone.add(api.delete(ref, request.version(), how, options));
      } catch (StatusException e) {
        if (e.code() != 404) {
          throw e;
        }
      }
    }
    answer(
        request.exchange(),
        200,
        rendering.list(request, new ObjectPage(gone, page.revision(), "", 0), View.OBJECT));
  }

  /** From the body, if there is one, and from the query. */
  private static DeleteOptions deleteOptions(Request request) {
    Query query = request.exchange().query();
    JsonNode body =
        request.exchange().body().length == 0 ? Json.object() : Bodies.read(request.exchange());
    long grace =
        body.has("gracePeriodSeconds")
            ? body.path("gracePeriodSeconds").asLong(-1)
            : query.number("gracePeriodSeconds", -1);
    String policy = body.path("propagationPolicy").asString(query.get("propagationPolicy"));
    JsonNode preconditions = body.path("preconditions");
    return new DeleteOptions(
        grace < 0 ? null : Duration.ofSeconds(Math.min(grace, Integer.MAX_VALUE)),
        propagation(policy, body.path("orphanDependents").asBoolean(false)),
        preconditions.path("uid").asString(""),
        preconditions.path("resourceVersion").asString(""));
  }

  private static Propagation propagation(String policy, boolean orphan) {
    return switch (policy) {
      case "" -> orphan ? Propagation.ORPHAN : Propagation.BACKGROUND;
      case "Background" -> Propagation.BACKGROUND;
      case "Foreground" -> Propagation.FOREGROUND;
      case "Orphan" -> Propagation.ORPHAN;
      default ->
          throw Statuses.badRequest(
              "propagationPolicy is \"" + policy + "\", expected Background, Foreground or Orphan");
    };
  }

  private static Subresource subresource(Request request) {
    String name = request.target().subresource();
    if (name.isEmpty()) {
      return Subresource.NONE;
    }
    if (!Catalog.subresources(request.type()).contains(name)) {
      throw Statuses.noSuchPath();
    }
    return switch (name) {
      case "status", "approval" -> Subresource.STATUS;
      case "scale" -> Subresource.SCALE;
      case "finalize" -> Subresource.NONE;
      default -> throw Statuses.methodNotAllowed();
    };
  }

  private void answer(Request request, Written written) throws IOException {
    request.exchange().warn(written.warnings());
    boolean scale = request.target().subresource().equals("scale");
    View view = View.of(request.exchange().headers("Accept"));
    JsonNode object = scale ? written.object() : rendering.object(request, written.object(), view);
    answer(request.exchange(), written.created() ? 201 : 200, object);
  }

  static void answer(Exchange exchange, int code, JsonNode node) throws IOException {
    exchange.respond(code, "application/json", Json.bytes(node));
  }

  /** A list object around items. */
  static ObjectNode listOf(String apiVersion, String kind, List<? extends JsonNode> items) {
    ObjectNode list = Json.object();
    list.put("kind", kind).put("apiVersion", apiVersion);
    list.putObject("metadata");
    ArrayNode array = list.putArray("items");
    items.forEach(array::add);
    return list;
  }
}

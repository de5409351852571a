package dev.layar.apiserver.http;

import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.WatchEvent;
import dev.layar.apiserver.table.Include;
import dev.layar.apiserver.table.Tables;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Objects in the form that the client wants: as they are, as tables, as metadata. Thread-safe. */
final class Rendering {
  private static final String META = "meta.k8s.io/v1";
  private final Tables tables;

  Rendering(Tables tables) {
    this.tables = tables;
  }

  /** One object. */
  JsonNode object(Request request, ObjectNode object, View view) {
    return switch (view) {
      case TABLE ->
          table(
              request,
              List.of(object),
              object.path("metadata").path("resourceVersion").asString(""),
              true);
      case PARTIAL -> partial(object);
      case OBJECT, DISCOVERY, DISCOVERY_BETA -> object;
    };
  }

  /** A list. */
  JsonNode list(Request request, ObjectPage page, View view) {
    ObjectNode list =
        switch (view) {
          case TABLE -> table(request, page.items(), Long.toString(page.revision()), true);
          case PARTIAL ->
              Resources.listOf(
                  META,
                  "PartialObjectMetadataList",
                  page.items().stream().map(Rendering::partial).toList());
          case OBJECT, DISCOVERY, DISCOVERY_BETA ->
              Resources.listOf(
                  request.type().apiVersion(request.version()),
                  request.type().listKind(),
                  page.items());
        };
    ObjectNode metadata = (ObjectNode) list.path("metadata");
    metadata.put("resourceVersion", Long.toString(page.revision()));
    if (!page.continueToken().isEmpty()) {
      metadata.put("continue", page.continueToken());
      metadata.put("remainingItemCount", page.remaining());
    }
    return list;
  }

  /**
   * One line of a watch.
   *
   * @param first whether it is the first: later tables need no column definitions
   */
  ObjectNode event(Request request, WatchEvent event, View view, boolean first) {
    ObjectNode line = Json.object();
    line.put("type", event.type().name());
    line.set("object", content(request, event, view, first));
    return line;
  }

  private JsonNode content(Request request, WatchEvent event, View view, boolean first) {
    ObjectNode object = event.object();
    if (event.type() == WatchEvent.Type.ERROR) {
      return object;
    }
    ObjectNode named = event.type() == WatchEvent.Type.BOOKMARK ? named(request, object) : object;
    return switch (view) {
      case TABLE ->
          table(
              request,
              event.type() == WatchEvent.Type.BOOKMARK ? List.of() : List.of(named),
              named.path("metadata").path("resourceVersion").asString(""),
              first);
      case PARTIAL -> partial(named);
      case OBJECT, DISCOVERY, DISCOVERY_BETA -> named;
    };
  }

  /** Go's reflector drops bookmarks of another kind. */
  private static ObjectNode named(Request request, ObjectNode object) {
    ObjectNode named = Json.object();
    named.put("kind", request.type().kind());
    named.put("apiVersion", request.type().apiVersion(request.version()));
    named.set("metadata", object.path("metadata"));
    return named;
  }

  private ObjectNode table(
      Request request, List<ObjectNode> objects, String revision, boolean columns) {
    ObjectNode table =
        tables.render(
            request.type(),
            request.version(),
            objects,
            Include.of(request.exchange().query().get("includeObject")));
    ((ObjectNode) table.path("metadata")).put("resourceVersion", revision);
    if (!columns) {
      ((ArrayNode) table.path("columnDefinitions")).removeAll();
    }
    return table;
  }

  static ObjectNode partial(ObjectNode object) {
    ObjectNode partial = Json.object();
    partial.put("kind", "PartialObjectMetadata").put("apiVersion", META);
    partial.set("metadata", object.path("metadata"));
    return partial;
  }
}

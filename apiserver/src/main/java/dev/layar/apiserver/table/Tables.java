package dev.layar.apiserver.table;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Renders objects as tables. Thread-safe. */
public final class Tables {
  private static final String META = "meta.k8s.io/v1";
  private final Api api;
  private final InstantSource clock;

  public Tables(Api api, InstantSource clock) {
    this.api = api;
    this.clock = clock;
  }

  /** A table with a row for each object, its metadata empty. */
  public ObjectNode render(
      ResourceType type, String version, List<ObjectNode> objects, Include include) {
    List<Column> columns = columns(type, version);
    ObjectNode table = JsonNodeFactory.instance.objectNode();
    table.put("kind", "Table").put("apiVersion", META);
    table.putObject("metadata");
    ArrayNode definitions = table.putArray("columnDefinitions");
    columns.forEach(column -> definitions.add(column.definition()));
    ArrayNode rows = table.putArray("rows");
    Instant now = clock.instant();
    for (ObjectNode object : objects) {
      ObjectNode row = rows.addObject();
      ArrayNode cells = row.putArray("cells");
      columns.forEach(column -> cells.add(column.cell().of(object, now)));
      switch (include) {
        case NONE -> {}
        case METADATA -> row.set("object", metadata(object));
        case OBJECT -> row.set("object", object);
      }
    }
    return table;
  }

  private static ObjectNode metadata(ObjectNode object) {
    ObjectNode partial = JsonNodeFactory.instance.objectNode();
    partial.put("kind", "PartialObjectMetadata").put("apiVersion", META);
    partial.set("metadata", object.path("metadata"));
    return partial;
  }

  private List<Column> columns(ResourceType type, String version) {
    if (!type.custom() || Printers.has(type.qualified())) {
      return Printers.of(type.qualified());
    }
    return declared(type, version);
  }

  /** What the kind's CustomResourceDefinition declares. */
  private List<Column> declared(ResourceType type, String version) {
    ResourceType definitions = api.type("apiextensions.k8s.io", "customresourcedefinitions");
    if (definitions == null) {
      return Printers.of(type.qualified());
    }
    try {
      JsonNode definition =
          api.get(new ObjectRef(definitions, "", type.qualified()), "v1", Subresource.NONE);
      for (JsonNode each : definition.path("spec").path("versions")) {
        if (each.path("name").asString("").equals(version)
            && !each.path("additionalPrinterColumns").isEmpty()) {
          return declared(each.path("additionalPrinterColumns"));
        }
      }
    } catch (StatusException notThere) {
      return Printers.of(type.qualified());
    }
    return Printers.of(type.qualified());
  }

  private static List<Column> declared(JsonNode list) {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.objectName());
    for (JsonNode each : list) {
      String name = each.path("name").asString("");
      String path = each.path("jsonPath").asString("");
      Column column =
          each.path("type").asString("").equals("date")
              ? Column.since(name, plain(path))
              : new Column(name, each.path("type").asString("string"), false, JsonPath.cell(path));
      columns.add(each.path("priority").asInt(0) > 0 ? column.asWide() : column);
    }
    return columns;
  }

  private static String plain(String path) {
    return path.startsWith(".") ? path.substring(1) : path;
  }
}

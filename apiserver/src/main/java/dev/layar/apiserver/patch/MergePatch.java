package dev.layar.apiserver.patch;

import dev.layar.apiserver.json.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON merge patch (RFC 7386 §2). Pure. */
public final class MergePatch {
  private MergePatch() {}

  /** The patched tree; what is not touched is shared with the target. */
  public static JsonNode apply(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode members)) {
      return patch;
    }
    ObjectNode out = target instanceof ObjectNode object ? Json.shallow(object) : Json.object();
    for (Map.Entry<String, JsonNode> member : members.properties()) {
      String name = member.getKey();
      if (member.getValue().isNull()) {
        out.remove(name);
      } else {
        out.set(name, apply(out.path(name), member.getValue()));
      }
    }
    return out;
  }
}

package dev.layar.apiserver.store;

import dev.layar.apiserver.json.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Who is there, by uid, and who names whom as an owner. Thread-safe. */
final class OwnerIndex {
  private final Map<String, Key> byUid = new HashMap<>();
  private final Map<String, Set<Key>> dependents = new HashMap<>();

  static String uid(ObjectNode object) {
    return Json.text(object, "metadata", "uid");
  }

  static List<JsonNode> owners(ObjectNode object) {
    return Json.list(object.path("metadata"), "ownerReferences").valueStream().toList();
  }

  synchronized void update(@Nullable Stored before, @Nullable Stored after) {
    if (before != null) {
      byUid.remove(uid(before.object()), before.key());
      owners(before.object()).forEach(o -> forget(Json.text(o, "uid"), before.key()));
    }
    if (after != null) {
      byUid.put(uid(after.object()), after.key());
      for (JsonNode owner : owners(after.object())) {
        dependents.computeIfAbsent(Json.text(owner, "uid"), _ -> new HashSet<>()).add(after.key());
      }
    }
  }

  private void forget(String owner, Key dependent) {
    Set<Key> left = dependents.get(owner);
    if (left != null && left.remove(dependent) && left.isEmpty()) {
      dependents.remove(owner);
    }
  }

  /** Where the object with this uid is; null when there is none. */
  synchronized @Nullable Key find(String uid) {
    return byUid.get(uid);
  }

  synchronized List<Key> dependents(String uid) {
    return List.copyOf(dependents.getOrDefault(uid, Set.of()));
  }
}

package dev.layar.apiserver.store;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.json.Json;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * A fixed sequence of writes for each of a few writers, and what is there after the first n of
 * them: so that after a crash the content alone tells how far each writer came. Stateless.
 */
final class CrashModel {
  private static final int KEYS = 5;
  private static final WriteOptions OPTIONS = WriteOptions.system("crash");

  private CrashModel() {}

  /** What writer {@code writer} has after {@code count} writes: name → value. */
  static Map<String, String> after(int writer, int count) {
    Map<String, String> out = new TreeMap<>();
    for (int step = 0; step < count; step++) {
      if (deletes(out, writer, step)) {
        out.remove(name(writer, step));
      } else {
        out.put(name(writer, step), "v" + step);
      }
    }
    return out;
  }

  private static boolean deletes(Map<String, String> there, int writer, int step) {
    return step % 3 == 2 && there.containsKey(name(writer, step));
  }

  private static String name(int writer, int step) {
    return "w" + writer + "-" + (step * 7 + step / 11) % KEYS;
  }

  /** Does one write through the API. */
  static void write(Api api, int writer, int step) {
    Map<String, String> there = after(writer, step);
    ResourceType type = type(api);
    String name = name(writer, step);
    ObjectRef ref = new ObjectRef(type, "default", name);
    ObjectNode body = Json.object();
    body.putObject("data").put("v", "v" + step);
    if (deletes(there, writer, step)) {
      var _ = api.delete(ref, "v1", DeleteOptions.PLAIN, OPTIONS);
    } else if (there.containsKey(name)) {
      api.patch(ref, "v1", Subresource.NONE, PatchType.MERGE, body, OPTIONS);
    } else {
      body.putObject("metadata").put("name", name);
      api.create(type, "v1", "default", body, OPTIONS);
    }
  }

  /** What a writer has now. */
  static Map<String, String> content(Api api, int writer) {
    ObjectPage page = api.list(new ObjectQuery(type(api), "v1", "default", "", ""), 0, "");
    Map<String, String> out = new TreeMap<>();
    for (ObjectNode item : page.items()) {
      String name = Json.text(item, "metadata", "name");
      if (name.startsWith("w" + writer + "-")) {
        out.put(name, Json.text(item, "data", "v"));
      }
    }
    return out;
  }

  private static ResourceType type(Api api) {
    return Objects.requireNonNull(api.type("", "configmaps"));
  }
}

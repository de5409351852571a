package dev.layar.local;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.kinds.Catalogue;
import dev.layar.local.kube.Trees;
import dev.layar.model.Encoder;
import dev.layar.model.Resource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One object as it was written, whole: also the fields and the kinds that the model does not read.
 *
 * @param tree with apiVersion, kind and metadata; not to be changed
 */
public record Manifest(ObjectNode tree) {
  private static final String DEFAULT_NAMESPACE = "default";
  private static final int MAX_CODE_POINTS = 64 << 20;

  public ObjectId id() {
    return ObjectId.of(tree);
  }

  /** An object that the model knows, in whole. */
  public static Manifest of(Resource<?> resource) {
    return new Manifest((ObjectNode) Trees.node(Encoder.tree(resource)));
  }

  /** Whether the cluster has such a kind, which the model may not read. */
  public static boolean isServed(String apiVersion, String kind) {
    return Catalogue.all().stream().anyMatch(type -> serves(type, apiVersion, kind));
  }

  private static boolean serves(ResourceType type, String apiVersion, String kind) {
    return type.kind().equals(kind)
        && type.versions().stream().anyMatch(v -> type.apiVersion(v).equals(apiVersion));
  }

  /**
   * Every object in a text of YAML or JSON documents, those of lists one by one; empty when it
   * cannot be read, which decoding with the model explains better.
   */
  public static List<Manifest> read(byte[] text) {
    List<Manifest> out = new ArrayList<>();
    try {
      LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAX_CODE_POINTS).build();
      String characters = new String(text, StandardCharsets.UTF_8);
      for (Object document : new Load(settings).loadAllFromString(characters)) {
        if (document != null) {
          add(Trees.node(document), out);
        }
      }
      return out;
    } catch (YamlEngineException | IllegalArgumentException notManifests) {
      return List.of();
    }
  }

  private static void add(JsonNode node, List<Manifest> out) {
    if (node instanceof ObjectNode object) {
      if (Trees.text(object, "kind").endsWith("List") && object.has("items")) {
        Trees.items(object, "items").forEach(item -> add(item, out));
      } else {
        out.add(new Manifest(placed(object)));
      }
    }
  }

  /** In the namespace {@code default} where none is named and the kind has namespaces. */
  private static ObjectNode placed(ObjectNode object) {
    String apiVersion = Trees.text(object, "apiVersion");
    String kind = Trees.text(object, "kind");
    boolean namespaced =
        Catalogue.all().stream()
            .filter(type -> serves(type, apiVersion, kind))
            .anyMatch(ResourceType::namespaced);
    if (namespaced && Trees.namespace(object).isEmpty()) {
      Trees.child(object, "metadata").put("namespace", DEFAULT_NAMESPACE);
    }
    return object;
  }
}

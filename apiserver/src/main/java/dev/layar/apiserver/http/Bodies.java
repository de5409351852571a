package dev.layar.apiserver.http;

import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.proto.ProtobufBody;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads request bodies by their {@code Content-Type}. Stateless. */
final class Bodies {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** As many aliases as a person writes; more is a bomb. */
  private static final int MOST_ALIASES = 50;

  private Bodies() {}

  /** The object in a body. */
  static JsonNode read(Exchange exchange) {
    String type = mediaType(exchange);
    return switch (type) {
      case "", "application/json", "*/*", "text/plain" -> Json.parse(exchange.body());
      case ProtobufBody.MEDIA_TYPE -> ProtobufBody.read(exchange.body());
      case "application/yaml" -> yaml(exchange.body());
      default ->
          throw Statuses.unsupportedMedia(
              type, "application/json, application/yaml, application/vnd.kubernetes.protobuf");
    };
  }

  /** As {@link #read}, with fields that are written twice refused or warned of. */
  static JsonNode read(Exchange exchange, FieldValidation validation) {
    JsonNode body = read(exchange);
    if (validation == FieldValidation.IGNORE || !isJson(exchange)) {
      return body;
    }
    String twice = Json.duplicates(exchange.body());
    if (!twice.isEmpty()) {
      if (validation == FieldValidation.STRICT) {
        throw Statuses.badRequest("strict decoding error: " + twice);
      }
      exchange.warn(List.of(twice));
    }
    return body;
  }

  private static boolean isJson(Exchange exchange) {
    String type = mediaType(exchange);
    return type.isEmpty() || type.equals("application/json");
  }

  static PatchType patchType(Exchange exchange) {
    String type = mediaType(exchange);
    for (PatchType each : PatchType.values()) {
      if (each.mediaType().equals(type)) {
        return each;
      }
    }
    throw Statuses.unsupportedMedia(
        type,
        String.join(", ", List.of(PatchType.values()).stream().map(PatchType::mediaType).toList()));
  }

  /** A patch; apply patches may be YAML, which JSON is a part of. */
  static JsonNode patch(Exchange exchange, PatchType type) {
    byte[] body = exchange.body();
    int first = 0;
    while (first < body.length && Character.isWhitespace(body[first])) {
      first++;
    }
    boolean json = first < body.length && body[first] == '{';
    return type == PatchType.APPLY && !json ? yaml(body) : Json.parse(body);
  }

  private static JsonNode yaml(byte[] body) {
    LoadSettings settings =
        LoadSettings.builder()
            .setMaxAliasesForCollections(MOST_ALIASES)
            .setAllowDuplicateKeys(false)
            .build();
    try {
      Object tree = new Load(settings).loadFromString(new String(body, StandardCharsets.UTF_8));
      return MAPPER.valueToTree(tree);
    } catch (YamlEngineException | StackOverflowError e) {
      throw Statuses.badRequest("the body is not YAML: " + e.getMessage());
    }
  }

  /** Without parameters, in lower case. */
  private static String mediaType(Exchange exchange) {
    String header = exchange.header("Content-Type");
    int semicolon = header.indexOf(';');
    return (semicolon < 0 ? header : header.substring(0, semicolon))
        .strip()
        .toLowerCase(Locale.ROOT);
  }
}

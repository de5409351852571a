package dev.layar.apiserver.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import io.kubernetes.client.proto.Runtime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads bodies of {@code application/vnd.kubernetes.protobuf}: four bytes of magic, a {@code
 * runtime.Unknown} and in it the message, whose field names are those of the JSON form. What
 * differs from a plain descriptor walk is listed here. Pure; thread-safe.
 */
public final class ProtobufBody {
  public static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

  /** {@code k8s\0}: k8s.io/apimachinery, runtime/serializer/protobuf. */
  private static final byte[] MAGIC = {'k', '8', 's', 0};

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Go structs that are embedded: JSON has their fields in the enclosing object. */
  private static final Set<String> INLINED =
      Set.of(
          "Volume.volumeSource",
          "PersistentVolumeSpec.persistentVolumeSource",
          "Probe.handler",
          "EphemeralContainer.ephemeralContainerCommon",
          "IngressRule.ingressRuleValue",
          "NamedRuleWithOperations.ruleWithOperations",
          "RuleWithOperations.rule",
          "SecretProjection.localObjectReference",
          "ConfigMapVolumeSource.localObjectReference",
          "ConfigMapProjection.localObjectReference",
          "ConfigMapKeySelector.localObjectReference",
          "SecretKeySelector.localObjectReference",
          "ConfigMapEnvSource.localObjectReference",
          "SecretEnvSource.localObjectReference");

  /** Fields without a pointer in Go: zero on the wire is absent in JSON. */
  private static final Set<String> ZERO_IS_ABSENT =
      Set.of(
          "generation",
          "observedGeneration",
          "nodePort",
          "hostPort",
          "targetPort",
          "healthCheckNodePort",
          "minReadySeconds",
          "hostNetwork",
          "hostPID",
          "hostIPC",
          "stdin",
          "stdinOnce",
          "tty",
          "readOnly",
          "paused",
          "publishNotReadyAddresses");

  private ProtobufBody() {}

  /** Whether a body of this kind can be read. */
  public static boolean knows(String apiVersion, String kind) {
    return ProtoKinds.find(apiVersion, kind) != null;
  }

  /**
   * The object as JSON.
   *
   * @throws StatusException 400 when it is malformed, 415 for a kind without a protobuf form
   */
  public static JsonNode read(byte[] body) {
    if (body.length < MAGIC.length
        || !Arrays.equals(body, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw refused(400, "BadRequest", "the body does not begin with Kubernetes' protobuf prefix");
    }
    try {
      Runtime.Unknown unknown =
          Runtime.Unknown.parseFrom(
              ByteString.copyFrom(body, MAGIC.length, body.length - MAGIC.length));
      if (!unknown.getContentEncoding().isEmpty()) {
        throw refused(
            415,
            "UnsupportedMediaType",
            "content encoding " + unknown.getContentEncoding() + " is not supported");
      }
      return content(unknown);
    } catch (InvalidProtocolBufferException e) {
      throw refused(400, "BadRequest", "the body is not valid protobuf: " + e.getMessage());
    } catch (JacksonException e) {
      throw refused(
          400, "BadRequest", "the body embeds what is not JSON: " + e.getOriginalMessage());
    } catch (DateTimeException e) {
      throw refused(400, "BadRequest", "the body has a time out of range: " + e.getMessage());
    }
  }

  private static JsonNode content(Runtime.Unknown unknown) throws InvalidProtocolBufferException {
    String apiVersion = unknown.getTypeMeta().getApiVersion();
    String kind = unknown.getTypeMeta().getKind();
    if (unknown.getContentType().equals("application/json")) {
      return JSON.readTree(unknown.getRaw().toByteArray());
    }
    Descriptor descriptor = ProtoKinds.find(apiVersion, kind);
    if (descriptor == null) {
      throw refused(
          415,
          "UnsupportedMediaType",
          "a " + kind + " in version \"" + apiVersion + "\" is not read from protobuf; send JSON");
    }
    ObjectNode object = NODES.objectNode();
    object.put("apiVersion", apiVersion).put("kind", kind);
    fill(object, DynamicMessage.parseFrom(descriptor, unknown.getRaw()));
    return object;
  }

  private static void fill(ObjectNode into, Message message) {
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      String name = jsonName(field);
      if (field.isMapField()) {
        into.set(name, map(field, (List<?>) entry.getValue()));
      } else if (field.isRepeated()) {
        ArrayNode list = into.putArray(name);
        for (Object each : (List<?>) entry.getValue()) {
          JsonNode node = value(field, each);
          list.add(node == null ? NODES.nullNode() : node);
        }
      } else if (INLINED.contains(field.getContainingType().getName() + "." + name)) {
        fill(into, (Message) entry.getValue());
      } else {
        single(into, field, entry.getValue());
      }
    }
  }

  /** Admission's messages have some names capitalized, which JSON has not. */
  private static String jsonName(FieldDescriptor field) {
    String name = field.getName();
    return field.getFile().getPackage().equals("k8s.io.api.admissionregistration.v1")
        ? Character.toLowerCase(name.charAt(0)) + name.substring(1)
        : name;
  }

  private static void single(ObjectNode into, FieldDescriptor field, Object value) {
    JsonNode node = value(field, value);
    boolean absent =
        node == null
            || node.isString() && node.stringValue().isEmpty()
            || ZERO_IS_ABSENT.contains(field.getName()) && isZero(node);
    if (node != null && !absent) {
      into.set(jsonName(field), node);
    }
  }

  private static boolean isZero(JsonNode node) {
    return node.isNumber() && node.asLong(0) == 0 || node.isBoolean() && !node.booleanValue();
  }

  private static ObjectNode map(FieldDescriptor field, List<?> entries) {
    ObjectNode map = NODES.objectNode();
    FieldDescriptor keys = field.getMessageType().findFieldByNumber(1);
    FieldDescriptor values = field.getMessageType().findFieldByNumber(2);
    for (Object each : entries) {
      Message entry = (Message) each;
      JsonNode node = value(values, entry.getField(values));
      map.set(entry.getField(keys).toString(), node == null ? NODES.nullNode() : node);
    }
    return map;
  }

  /** The JSON of a value; null for what JSON leaves out. */
  private static @Nullable JsonNode value(FieldDescriptor field, Object value) {
    return switch (field.getJavaType()) {
      case INT -> NODES.numberNode((Integer) value);
      case LONG -> NODES.numberNode((Long) value);
      case FLOAT -> NODES.numberNode((Float) value);
      case DOUBLE -> NODES.numberNode((Double) value);
      case BOOLEAN -> NODES.booleanNode((Boolean) value);
      case STRING -> NODES.stringNode((String) value);
      case BYTE_STRING ->
          NODES.stringNode(Base64.getEncoder().encodeToString(((ByteString) value).toByteArray()));
      case ENUM -> NODES.stringNode(((EnumValueDescriptor) value).getName());
      case MESSAGE -> message((Message) value);
    };
  }

  private static @Nullable JsonNode message(Message message) {
    return switch (message.getDescriptorForType().getFullName()) {
      case "k8s.io.apimachinery.pkg.apis.meta.v1.Time" -> time(message, SECONDS);
      case "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime" -> time(message, MICROS);
      case "k8s.io.apimachinery.pkg.api.resource.Quantity" ->
          NODES.stringNode((String) field(message, "string"));
      case "k8s.io.apimachinery.pkg.util.intstr.IntOrString" ->
          ((Number) field(message, "type")).longValue() == 0
              ? NODES.numberNode(((Number) field(message, "intVal")).intValue())
              : NODES.stringNode((String) field(message, "strVal"));
      case "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1",
          "k8s.io.apimachinery.pkg.runtime.RawExtension" ->
          raw((ByteString) message.getField(message.getDescriptorForType().findFieldByNumber(1)));
      case "k8s.io.api.authentication.v1.ExtraValue",
          "k8s.io.api.authorization.v1.ExtraValue",
          "k8s.io.api.certificates.v1.ExtraValue" -> {
        ArrayNode items = NODES.arrayNode();
        ((List<?>) field(message, "items")).forEach(each -> items.add((String) each));
        yield items;
      }
      default -> {
        ObjectNode node = NODES.objectNode();
        fill(node, message);
        yield node;
      }
    };
  }

  private static @Nullable JsonNode raw(ByteString json) {
    return json.isEmpty() ? null : JSON.readTree(json.toByteArray());
  }

  /** Go's zero time is an empty message and {@code null} in JSON. */
  private static @Nullable JsonNode time(Message message, DateTimeFormatter format) {
    long seconds = ((Number) field(message, "seconds")).longValue();
    int nanos = ((Number) field(message, "nanos")).intValue();
    return seconds == 0 && nanos == 0
        ? null
        : NODES.stringNode(format.format(Instant.ofEpochSecond(seconds, nanos)));
  }

  private static Object field(Message message, String name) {
    return message.getField(message.getDescriptorForType().findFieldByName(name));
  }

  private static StatusException refused(int code, String reason, String message) {
    return new StatusException(code, reason, message, Details.NONE);
  }
}

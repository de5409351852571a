package dev.layar.apiserver.schema;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.layar.apiserver.schema.FieldType.Leaf;
import dev.layar.apiserver.schema.FieldType.MapOf;
import dev.layar.apiserver.schema.FieldType.Scalar;
import dev.layar.apiserver.schema.FieldType.Struct;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The built-in kinds' fields from their protobuf descriptors: names there are the JSON names, but
 * for the messages that JSON inlines. Thread-safe.
 */
final class ProtoTypes {
  private static final Map<String, FileDescriptor> GROUPS =
      Map.of(
          "", V1.getDescriptor(),
          "apps", V1Apps.getDescriptor(),
          "batch", V1Batch.getDescriptor(),
          "networking.k8s.io", V1Networking.getDescriptor(),
          "policy", V1Policy.getDescriptor(),
          "rbac.authorization.k8s.io", V1Rbac.getDescriptor(),
          "admissionregistration.k8s.io", V1Admissionregistration.getDescriptor(),
          "scheduling.k8s.io", V1Scheduling.getDescriptor(),
          "storage.k8s.io", V1Storage.getDescriptor());

  /** Messages that are one value in JSON. */
  private static final Set<String> LEAVES = Set.of("Time", "MicroTime", "Quantity", "IntOrString");

  /** Messages that hold any JSON. */
  private static final Set<String> ANY = Set.of("FieldsV1", "RawExtension", "JSON");

  /** Message fields whose own fields appear in the message around them (Go's inlined structs). */
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
          "ConfigMapProjection.localObjectReference",
          "ConfigMapVolumeSource.localObjectReference",
          "ConfigMapKeySelector.localObjectReference",
          "SecretKeySelector.localObjectReference",
          "ConfigMapEnvSource.localObjectReference",
          "SecretEnvSource.localObjectReference");

  private static final Map<Descriptor, Map<String, FieldDescriptor>> FIELDS =
      new ConcurrentHashMap<>();

  static final FieldType METADATA = message(Meta.ObjectMeta.getDescriptor());

  private ProtoTypes() {}

  /** The fields of a kind beside {@code apiVersion} and {@code kind}; null when none are known. */
  static @Nullable FieldType find(String group, String kind) {
    FileDescriptor file = GROUPS.get(group);
    Descriptor message = file == null ? null : file.findMessageTypeByName(kind);
    return message == null ? null : message(message);
  }

  private static FieldType message(Descriptor message) {
    String name = message.getName();
    if (LEAVES.contains(name)) {
      return FieldType.LEAF;
    }
    if (ANY.contains(name)) {
      return FieldType.OPEN;
    }
    return new Struct(name, field -> member(message, field), MergeRules.atomicStruct(name));
  }

  private static @Nullable FieldType member(Descriptor message, String name) {
    FieldDescriptor field = FIELDS.computeIfAbsent(message, ProtoTypes::fields).get(name);
    return field == null ? null : type(field);
  }

  private static Map<String, FieldDescriptor> fields(Descriptor message) {
    Map<String, FieldDescriptor> out = new ConcurrentHashMap<>();
    for (FieldDescriptor field : message.getFields()) {
      if (INLINED.contains(message.getName() + "." + field.getName())) {
        out.putAll(fields(field.getMessageType()));
      } else {
        out.put(jsonName(field), field);
      }
    }
    return out;
  }

  /** Admission's messages have some names capitalized, which JSON has not. */
  private static String jsonName(FieldDescriptor field) {
    String name = field.getName();
    return field.getFile().getPackage().equals("k8s.io.api.admissionregistration.v1")
        ? Character.toLowerCase(name.charAt(0)) + name.substring(1)
        : name;
  }

  private static FieldType type(FieldDescriptor field) {
    String message = field.getContainingType().getName();
    if (field.isMapField()) {
      FieldDescriptor value = field.getMessageType().findFieldByName("value");
      return new MapOf(single(value), MergeRules.atomicMap(message, field.getName()));
    }
    return field.isRepeated()
        ? MergeRules.list(message, field.getName(), single(field))
        : single(field);
  }

  private static FieldType single(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> message(field.getMessageType());
      case INT, LONG -> new Leaf(Scalar.INTEGER);
      case FLOAT, DOUBLE -> new Leaf(Scalar.NUMBER);
      case BOOLEAN -> new Leaf(Scalar.BOOLEAN);
      case STRING, BYTE_STRING -> new Leaf(Scalar.STRING);
      case ENUM -> FieldType.LEAF;
    };
  }
}

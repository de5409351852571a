package dev.layar.apiserver.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;

/**
 * The messages of groups that the library of generated classes leaves out, but Go's clients write:
 * leases, endpoint slices and events (k8s.io/api, coordination/v1, discovery/v1 and events/v1
 * generated.proto). Immutable.
 */
final class MoreProtos {
  private static final String META = ".k8s.io.apimachinery.pkg.apis.meta.v1.";
  private static final String CORE = ".k8s.io.api.core.v1.";

  private MoreProtos() {}

  static FileDescriptor coordination() {
    String self = ".k8s.io.api.coordination.v1.";
    return file(
        "coordination",
        message("Lease", "1 metadata " + META + "ObjectMeta", "2 spec " + self + "LeaseSpec"),
        message(
            "LeaseSpec",
            "1 holderIdentity string",
            "2 leaseDurationSeconds int32",
            "3 acquireTime " + META + "MicroTime",
            "4 renewTime " + META + "MicroTime",
            "5 leaseTransitions int32",
            "6 strategy string",
            "7 preferredHolder string"));
  }

  static FileDescriptor discovery() {
    String self = ".k8s.io.api.discovery.v1.";
    return file(
        "discovery",
        message(
            "EndpointSlice",
            "1 metadata " + META + "ObjectMeta",
            "2* endpoints " + self + "Endpoint",
            "3* ports " + self + "EndpointPort",
            "4 addressType string"),
        message(
            "Endpoint",
            "1* addresses string",
            "2 conditions " + self + "EndpointConditions",
            "3 hostname string",
            "4 targetRef " + CORE + "ObjectReference",
            "6 nodeName string",
            "7 zone string",
            "8 hints " + self + "EndpointHints"),
        message("EndpointConditions", "1 ready bool", "2 serving bool", "3 terminating bool"),
        message("EndpointHints", "1* forZones " + self + "ForZone"),
        message("ForZone", "1 name string"),
        message(
            "EndpointPort",
            "1 name string",
            "2 protocol string",
            "3 port int32",
            "4 appProtocol string"));
  }

  static FileDescriptor events() {
    String self = ".k8s.io.api.events.v1.";
    return file(
        "events",
        message(
            "Event",
            "1 metadata " + META + "ObjectMeta",
            "2 eventTime " + META + "MicroTime",
            "3 series " + self + "EventSeries",
            "4 reportingController string",
            "5 reportingInstance string",
            "6 action string",
            "7 reason string",
            "8 regarding " + CORE + "ObjectReference",
            "9 related " + CORE + "ObjectReference",
            "10 note string",
            "11 type string",
            "12 deprecatedSource " + CORE + "EventSource",
            "13 deprecatedFirstTimestamp " + META + "Time",
            "14 deprecatedLastTimestamp " + META + "Time",
            "15 deprecatedCount int32"),
        message("EventSeries", "1 count int32", "2 lastObservedTime " + META + "MicroTime"));
  }

  private static FileDescriptor file(String group, DescriptorProto... messages) {
    FileDescriptorProto.Builder file =
        FileDescriptorProto.newBuilder()
            .setName("layar/" + group + ".proto")
            .setPackage("k8s.io.api." + group + ".v1")
            .addDependency(Meta.getDescriptor().getName())
            .addDependency(V1.getDescriptor().getName());
    for (DescriptorProto message : messages) {
      file.addMessageType(message);
    }
    try {
      return FileDescriptor.buildFrom(
          file.build(), new FileDescriptor[] {Meta.getDescriptor(), V1.getDescriptor()});
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException("the messages of " + group + " do not fit together", e);
    }
  }

  /** Fields as {@code "number name type"}; a star after the number for a list. */
  private static DescriptorProto message(String name, String... fields) {
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
    for (String text : fields) {
      String[] parts = text.split(" ");
      boolean list = parts[0].endsWith("*");
      FieldDescriptorProto.Builder field =
          FieldDescriptorProto.newBuilder()
              .setNumber(Integer.parseInt(parts[0].replace("*", "")))
              .setName(parts[1])
              .setLabel(
                  list
                      ? FieldDescriptorProto.Label.LABEL_REPEATED
                      : FieldDescriptorProto.Label.LABEL_OPTIONAL);
      switch (parts[2]) {
        case "string" -> field.setType(FieldDescriptorProto.Type.TYPE_STRING);
        case "int32" -> field.setType(FieldDescriptorProto.Type.TYPE_INT32);
        case "bool" -> field.setType(FieldDescriptorProto.Type.TYPE_BOOL);
        default -> field.setType(FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(parts[2]);
      }
      message.addField(field);
    }
    return message.build();
  }
}

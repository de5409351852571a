package dev.layar.apiserver.proto;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authentication;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Autoscaling;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Certificates;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which message is which kind. Immutable. */
public final class ProtoKinds {
  private static final Map<String, FileDescriptor> FILES =
      Map.ofEntries(
          Map.entry("v1", V1.getDescriptor()),
          Map.entry("apps/v1", V1Apps.getDescriptor()),
          Map.entry("coordination.k8s.io/v1", MoreProtos.coordination()),
          Map.entry("discovery.k8s.io/v1", MoreProtos.discovery()),
          Map.entry("events.k8s.io/v1", MoreProtos.events()),
          Map.entry("batch/v1", V1Batch.getDescriptor()),
          Map.entry("networking.k8s.io/v1", V1Networking.getDescriptor()),
          Map.entry("rbac.authorization.k8s.io/v1", V1Rbac.getDescriptor()),
          Map.entry("policy/v1", V1Policy.getDescriptor()),
          Map.entry("autoscaling/v1", V1Autoscaling.getDescriptor()),
          Map.entry("authentication.k8s.io/v1", V1Authentication.getDescriptor()),
          Map.entry("authorization.k8s.io/v1", V1Authorization.getDescriptor()),
          Map.entry("admissionregistration.k8s.io/v1", V1Admissionregistration.getDescriptor()),
          Map.entry("certificates.k8s.io/v1", V1Certificates.getDescriptor()),
          Map.entry("storage.k8s.io/v1", V1Storage.getDescriptor()),
          Map.entry("scheduling.k8s.io/v1", V1Scheduling.getDescriptor()));

  private ProtoKinds() {}

  /** The message of a kind; null when it has none here. */
  public static @Nullable Descriptor find(String apiVersion, String kind) {
    FileDescriptor file = FILES.get(apiVersion);
    Descriptor found = file == null ? null : file.findMessageTypeByName(kind);
    if (found != null) {
      return found;
    }
    return kind.equals("DeleteOptions") ? Meta.getDescriptor().findMessageTypeByName(kind) : null;
  }
}

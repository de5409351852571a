package dev.layar.apiserver.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.layar.apiserver.StatusException;
import dev.layar.testkit.Seeded;
import io.kubernetes.client.proto.IntStr;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Resource;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Authentication;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Kubernetes' protobuf as JSON, what differs from a plain walk, and damaged bodies. */
class ProtobufBodyTest {
  private static final V1.Pod POD =
      V1.Pod.newBuilder()
          .setMetadata(
              Meta.ObjectMeta.newBuilder()
                  .setName("p")
                  .setNamespace("")
                  .setGeneration(0)
                  .setCreationTimestamp(Meta.Time.getDefaultInstance())
                  .putLabels("a", "b")
                  .addManagedFields(
                      Meta.ManagedFieldsEntry.newBuilder()
                          .setManager("m")
                          .setTime(Meta.Time.newBuilder().setSeconds(1_700_000_000))
                          .setFieldsV1(
                              Meta.FieldsV1.newBuilder()
                                  .setRaw(ByteString.copyFromUtf8("{\"f:spec\":{}}")))))
          .setSpec(
              V1.PodSpec.newBuilder()
                  .setHostNetwork(false)
                  .addVolumes(
                      V1.Volume.newBuilder()
                          .setName("v")
                          .setVolumeSource(
                              V1.VolumeSource.newBuilder()
                                  .setEmptyDir(V1.EmptyDirVolumeSource.getDefaultInstance())))
                  .addContainers(
                      V1.Container.newBuilder()
                          .setName("c")
                          .setResources(
                              V1.ResourceRequirements.newBuilder()
                                  .putLimits(
                                      "cpu",
                                      Resource.Quantity.newBuilder().setString("100m").build()))
                          .setReadinessProbe(
                              V1.Probe.newBuilder()
                                  .setHandler(
                                      V1.ProbeHandler.newBuilder()
                                          .setHttpGet(
                                              V1.HTTPGetAction.newBuilder()
                                                  .setPort(
                                                      IntStr.IntOrString.newBuilder()
                                                          .setType(1)
                                                          .setStrVal("http")))))))
          .build();

  private static byte[] body(String apiVersion, String kind, Message message) {
    byte[] unknown =
        Runtime.Unknown.newBuilder()
            .setTypeMeta(Runtime.TypeMeta.newBuilder().setApiVersion(apiVersion).setKind(kind))
            .setRaw(message.toByteString())
            .build()
            .toByteArray();
    byte[] body = new byte[unknown.length + 4];
    System.arraycopy(new byte[] {'k', '8', 's', 0}, 0, body, 0, 4);
    System.arraycopy(unknown, 0, body, 4, unknown.length);
    return body;
  }

  @Test
  void readsAPodAsJsonHasIt() {
    assertThat(ProtobufBody.read(body("v1", "Pod", POD)).toString())
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
                + "\"labels\":{\"a\":\"b\"},\"managedFields\":[{\"manager\":\"m\","
                + "\"time\":\"2023-11-14T22:13:20Z\",\"fieldsV1\":{\"f:spec\":{}}}]},"
                + "\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}],\"containers\":[{"
                + "\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"100m\"}},"
                + "\"readinessProbe\":{\"httpGet\":{\"port\":\"http\"}}}]}}");
  }

  @Test
  void readsIntegersTextsAndWrappedLists() {
    V1.ServicePort port =
        V1.ServicePort.newBuilder()
            .setPort(80)
            .setNodePort(0)
            .setTargetPort(IntStr.IntOrString.newBuilder().setType(0).setIntVal(8080))
            .build();
    assertThat(
            ProtobufBody.read(
                    body(
                        "v1",
                        "Service",
                        V1.Service.newBuilder()
                            .setSpec(V1.ServiceSpec.newBuilder().addPorts(port))
                            .build()))
                .path("spec")
                .toString())
        .isEqualTo("{\"ports\":[{\"port\":80,\"targetPort\":8080}]}");
    V1Authentication.UserInfo user =
        V1Authentication.UserInfo.newBuilder()
            .putExtra("k", V1Authentication.ExtraValue.newBuilder().addItems("v").build())
            .build();
    assertThat(
            ProtobufBody.read(
                    body(
                        "authentication.k8s.io/v1",
                        "TokenReview",
                        V1Authentication.TokenReview.newBuilder()
                            .setStatus(
                                V1Authentication.TokenReviewStatus.newBuilder().setUser(user))
                            .build()))
                .at("/status/user/extra/k")
                .toString())
        .isEqualTo("[\"v\"]");
  }

  /** The bytes of a lease as Go's client writes it, made by hand from the field numbers. */
  @Test
  void readsALease() {
    byte[] spec = {
      0x0a,
      2,
      'm',
      'e',
      0x10,
      15,
      0x22,
      9,
      0x08,
      (byte) 0x80,
      (byte) 0xe2,
      (byte) 0xcf,
      (byte) 0xaa,
      0x06,
      0x10,
      (byte) 0xe8,
      0x07,
      0x28,
      0
    };
    byte[] lease = new byte[spec.length + 2];
    lease[0] = 0x12;
    lease[1] = (byte) spec.length;
    System.arraycopy(spec, 0, lease, 2, spec.length);
    com.google.protobuf.UnknownFieldSet raw;
    try {
      raw = com.google.protobuf.UnknownFieldSet.parseFrom(lease);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    Message any = Runtime.Unknown.newBuilder().setUnknownFields(raw).build();
    assertThat(
            ProtobufBody.read(body("coordination.k8s.io/v1", "Lease", any)).path("spec").toString())
        .isEqualTo(
            "{\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,"
                + "\"renewTime\":\"2023-11-14T22:13:20.000001Z\",\"leaseTransitions\":0}");
  }

  @Test
  void refusesWhatItCannotRead() {
    assertThatThrownBy(() -> ProtobufBody.read(new byte[] {'k', '8'}))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("prefix");
    assertThatThrownBy(() -> ProtobufBody.read(body("example.com/v1", "Unicorn", POD)))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(415));
  }

  @Test
  void damagedBodiesAreRefusedInWords() {
    byte[] good = body("v1", "Pod", POD);
    Seeded.forSeeds(
        1,
        5_000,
        random -> {
          byte[] damaged = Arrays.copyOf(good, 1 + random.below(good.length + 8));
          for (int i = random.below(6); i >= 0; i--) {
            damaged[random.below(damaged.length)] = (byte) random.below(256);
          }
          try {
            ProtobufBody.read(damaged);
          } catch (StatusException e) {
            assertThat(e.code()).isIn(400, 415);
          }
        });
  }
}

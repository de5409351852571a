package dev.layar.apiserver.store;

import static dev.layar.apiserver.store.ApiFixture.json;
import static dev.layar.apiserver.store.ApiFixture.options;
import static dev.layar.apiserver.store.ApiFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.json.Json;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** What Kubernetes' own kinds do with what people write. */
class BuiltInKindsTest {
  private static final String DEPLOYMENT =
      "{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'app':'x'}},"
          + "'template':{'metadata':{'labels':{'app':'x'}},"
          + "'spec':{'containers':[{'name':'c','image':'i:1','ports':[{'containerPort':80}]},"
          + "{'name':'e','image':'j'}]}}}}";

  private final ApiFixture f = new ApiFixture();

  @AfterEach
  void close() {
    f.close();
  }

  @Test
  void deploymentsAreCompleted() {
    ObjectNode d = f.create("deployments.apps", DEPLOYMENT).object();
    assertThat(d.at("/spec/replicas").asInt()).isEqualTo(1);
    assertThat(d.at("/spec/strategy/rollingUpdate/maxSurge").asString()).isEqualTo("25%");
    assertThat(d.at("/spec/template/spec/restartPolicy").asString()).isEqualTo("Always");
    assertThat(d.at("/spec/template/spec/containers/0/imagePullPolicy").asString())
        .isEqualTo("IfNotPresent");
    assertThat(d.at("/spec/template/spec/containers/1/imagePullPolicy").asString())
        .isEqualTo("Always");
    assertThat(d.at("/spec/template/spec/containers/0/ports/0/protocol").asString())
        .isEqualTo("TCP");
  }

  @Test
  void servicesGetAnAddressAndKeepIt() {
    ObjectNode s =
        f.create("services", "{'metadata':{'name':'s'},'spec':{'ports':[{'port':80}]}}").object();
    String address = s.at("/spec/clusterIP").asString();
    assertThat(address).startsWith("10.96.");
    assertThat(s.at("/spec/clusterIPs/0").asString()).isEqualTo(address);
    assertThat(s.at("/spec/ports/0/targetPort").asInt()).isEqualTo(80);
    assertThat(s.at("/spec/type").asString()).isEqualTo("ClusterIP");
    ObjectNode same =
        f.update(
                "services",
                "s",
                json(
                    "{'metadata':{'name':'s'},'spec':{'clusterIP':'"
                        + address
                        + "','ports':[{'port':80}]}}"))
            .object();
    assertThat(same).isEqualTo(s);
    assertThat(
            refusal(
                () ->
                    f.patch(
                        "services", "s", PatchType.MERGE, "{'spec':{'clusterIP':'10.96.9.9'}}")))
        .hasMessage(
            "Service \"s\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.96.9.9\"]: may not"
                + " change once set");
  }

  @Test
  void theSelectorHasToMatchTheTemplate() {
    StatusException e =
        refusal(
            () ->
                f.create(
                    "deployments.apps",
                    DEPLOYMENT.replace("'matchLabels':{'app':'x'}", "'matchLabels':{'app':'y'}")));
    assertThat(e)
        .hasMessage(
            "Deployment.apps \"d\" is invalid: spec.template.metadata.labels: Invalid value:"
                + " map[string]string{\"app\":\"x\"}: `selector` does not match template `labels`");
  }

  @Test
  void aSelectorCannotChange() {
    f.create("deployments.apps", DEPLOYMENT);
    assertThat(
            refusal(
                    () ->
                        f.patch(
                            "deployments.apps",
                            "d",
                            PatchType.MERGE,
                            "{'spec':{'selector':{'matchLabels':{'app':'y'}},"
                                + "'template':{'metadata':{'labels':{'app':'y'}}}}}"))
                .getMessage())
        .contains("spec.selector: Invalid value", "field is immutable");
  }

  @Test
  void severalFaultsAreSeveralCauses() {
    StatusException e =
        refusal(
            () ->
                f.create(
                    "pods",
                    "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'A'},"
                        + "{'image':'i','ports':[{'containerPort':70000}]}]}}"));
    assertThat(e.details().causes().stream().map(c -> c.field()))
        .containsExactly(
            "spec.containers[0].name",
            "spec.containers[0].image",
            "spec.containers[1].name",
            "spec.containers[1].ports[0].containerPort");
    assertThat(e.getMessage()).startsWith("Pod \"p\" is invalid: [spec.containers[0].name: ");
  }

  @Test
  void unknownFieldsAreRefusedWarnedOfOrDropped() {
    String body = DEPLOYMENT.replace("'image':'j'", "'image':'j','imege':'k'");
    assertThat(
            refusal(() -> f.create("deployments.apps", body, options("m", FieldValidation.STRICT))))
        .hasMessage(
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding"
                + " error: unknown field \"spec.template.spec.containers[1].imege\"")
        .returns(400, StatusException::code);
    Written warned = f.create("deployments.apps", body, options("m", FieldValidation.WARN));
    assertThat(warned.warnings())
        .containsExactly("unknown field \"spec.template.spec.containers[1].imege\"");
    assertThat(warned.object().at("/spec/template/spec/containers/1").has("imege")).isFalse();
  }

  @Test
  void unknownFieldsOfIstioKindsComeFromTheModel() {
    String service = "virtualservices.networking.istio.io";
    assertThat(
            refusal(
                () ->
                    f.create(
                        service,
                        "{'metadata':{'name':'a'},'spec':{'hosts':['h'],'htp':[]}}",
                        options("m", FieldValidation.STRICT))))
        .hasMessage(
            "VirtualService in version \"v1\" cannot be handled as a VirtualService: strict"
                + " decoding error: unknown field \"spec.htp\"");
    f.create(service, "{'metadata':{'name':'a'},'spec':{'hosts':['h']}}");
    assertThat(
            refusal(
                () ->
                    f.patch(
                        service,
                        "a",
                        PatchType.MERGE,
                        "{'spec':{'htp':[]}}",
                        options("m", FieldValidation.STRICT))))
        .returns(422, StatusException::code)
        .hasMessageContaining("strict decoding error: unknown field \"spec.htp\"");
  }

  @Test
  void valuesOfAnotherTypeAreRefused() {
    assertThat(
            refusal(
                () ->
                    f.create("configmaps", "{'metadata':{'name':'a','labels':{'l':1}},'data':{}}")))
        .returns(400, StatusException::code)
        .hasMessageContaining("json: cannot unmarshal number into Go struct field");
  }

  @Test
  void strategicPatchesMergeContainersByName() {
    f.create("deployments.apps", DEPLOYMENT);
    ObjectNode d =
        f.patch(
                "deployments.apps",
                "d",
                PatchType.STRATEGIC,
                "{'spec':{'template':{'spec':{"
                    + "'$setElementOrder/containers':[{'name':'n'},{'name':'c'},{'name':'e'}],"
                    + "'containers':[{'name':'e','image':'k'},{'name':'n','image':'n:1'}]}}}}")
            .object();
    assertThat(d.at("/spec/template/spec/containers").valueStream().map(c -> Json.text(c, "name")))
        .containsExactly("n", "c", "e");
    assertThat(d.at("/spec/template/spec/containers/2/image").asString()).isEqualTo("k");
    assertThat(d.at("/spec/template/spec/containers/1/image").asString()).isEqualTo("i:1");
    assertThat(d.at("/spec/template/spec/containers/0/terminationMessagePolicy").asString())
        .isEqualTo("File");
  }

  @Test
  void strategicPatchesHaveDirectives() {
    f.create(
        "services",
        "{'metadata':{'name':'s','finalizers':['a/a','b/b']},'spec':{'selector':{'a':'1','b':'2'},"
            + "'ports':[{'name':'x','port':80},{'name':'y','port':81}]}}");
    ObjectNode s =
        f.patch(
                "services",
                "s",
                PatchType.STRATEGIC,
                "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a/a']},"
                    + "'spec':{'selector':{'$patch':'replace','c':'3'},"
                    + "'ports':[{'$patch':'delete','port':80},{'port':82,'name':'z'}]}}")
            .object();
    assertThat(s.at("/spec/selector").toString()).isEqualTo("{\"c\":\"3\"}");
    assertThat(s.at("/spec/ports").valueStream().map(p -> p.path("port").asInt()))
        .containsExactly(81, 82);
    assertThat(s.at("/metadata/finalizers").toString()).isEqualTo("[\"b/b\"]");
    assertThat(
            refusal(
                () ->
                    f.patch("services", "s", PatchType.STRATEGIC, "{'spec':{'ports':[{'x':1}]}}")))
        .returns(422, StatusException::code);
  }

  @Test
  void aStrategicPatchCanRetainKeys() {
    f.create("deployments.apps", DEPLOYMENT);
    ObjectNode d =
        f.patch(
                "deployments.apps",
                "d",
                PatchType.STRATEGIC,
                "{'spec':{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}}")
            .object();
    assertThat(d.at("/spec/strategy").toString()).isEqualTo("{\"type\":\"Recreate\"}");
  }

  @Test
  void secretsTakeText() {
    ObjectNode s = f.create("secrets", "{'metadata':{'name':'s'},'stringData':{'k':'v'}}").object();
    assertThat(s.at("/data/k").asString()).isEqualTo("dg==");
    assertThat(s.has("stringData")).isFalse();
    assertThat(s.at("/type").asString()).isEqualTo("Opaque");
  }

  @Test
  void jobsSelectTheirPodsByTheirUid() {
    ObjectNode job =
        f.create(
                "jobs.batch",
                "{'metadata':{'name':'j'},'spec':{'template':{'spec':{'restartPolicy':'Never',"
                    + "'containers':[{'name':'c','image':'i'}]}}}}")
            .object();
    String uid = job.at("/metadata/uid").asString();
    assertThat(
            Json.text(job, "spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"))
        .isEqualTo(uid);
    assertThat(Json.text(job, "spec", "template", "metadata", "labels", "job-name")).isEqualTo("j");
  }

  @Test
  void podsAreMostlyFixed() {
    f.create("pods", "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    f.patch("pods", "p", PatchType.STRATEGIC, "{'spec':{'containers':[{'name':'c','image':'j'}]}}");
    f.patch("pods", "p", PatchType.MERGE, "{'spec':{'nodeName':'n'}}");
    assertThat(
            refusal(() -> f.patch("pods", "p", PatchType.MERGE, "{'spec':{'hostname':'h'}}"))
                .getMessage())
        .contains("spec: Forbidden: pod updates may not change fields other than");
  }

  @Test
  void admissionChangesAndRefuses() {
    Admission hook =
        request -> {
          ObjectNode after = request.after();
          if (after == null) {
            throw Refusals.forbidden(request.ref().type(), request.ref().name(), "no");
          }
          Json.make(Json.make(after, "metadata"), "labels").put("seen", "yes");
          return List.of("seen it");
        };
    try (ApiFixture g = new ApiFixture(StoreOptions.inMemory().with(List.of(hook)))) {
      Written written = g.create("configmaps", "{'metadata':{'name':'a'}}");
      assertThat(written.warnings()).containsExactly("seen it");
      assertThat(Objects.requireNonNull(written.object()).at("/metadata/labels/seen").asString())
          .isEqualTo("yes");
      assertThat(refusal(() -> g.delete("configmaps", "a"))).returns(403, StatusException::code);
    }
  }
}

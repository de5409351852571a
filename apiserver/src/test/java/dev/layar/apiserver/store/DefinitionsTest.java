package dev.layar.apiserver.store;

import static dev.layar.apiserver.store.ApiFixture.options;
import static dev.layar.apiserver.store.ApiFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.json.Json;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** Kinds that users add. */
class DefinitionsTest {
  private static final String CRD = "customresourcedefinitions.apiextensions.k8s.io";
  private static final String KIND = "boats.sea.example";
  private static final String DEFINITION =
      "{'metadata':{'name':'boats.sea.example'},'spec':{'group':'sea.example',"
          + "'scope':'Namespaced','names':{'plural':'boats','kind':'Boat','shortNames':['bo'],"
          + "'categories':['all']},'versions':["
          + version("v1beta1", false)
          + ","
          + version("v1", true)
          + "]}}";

  private final ApiFixture f = new ApiFixture();

  private static String version(String name, boolean storage) {
    return "{'name':'"
        + name
        + "','served':true,'storage':"
        + storage
        + ",'subresources':{'status':{}},'schema':{'openAPIV3Schema':{'type':'object',"
        + "'required':['spec'],'properties':{'spec':{'type':'object','required':['sails'],"
        + "'properties':{'sails':{'type':'integer','minimum':1,'maximum':9},"
        + "'rig':{'type':'string','enum':['sloop','ketch'],'default':'sloop'},"
        + "'name':{'type':'string','pattern':'^[a-z]+$'},"
        + "'crew':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set'},"
        + "'fixed':{'type':'string','x-kubernetes-validations':"
        + "[{'rule':'self == oldSelf','message':'fixed is fixed'}]}},"
        + "'x-kubernetes-validations':[{'rule':"
        + "'!has(self.crew) || self.crew.size() >= self.sails','message':'too few hands'}]},"
        + "'status':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}}}}";
  }

  @AfterEach
  void close() {
    f.close();
  }

  private ObjectNode boat(String name, String spec) {
    return f.create(KIND, "{'metadata':{'name':'" + name + "'},'spec':{" + spec + "}}").object();
  }

  @Test
  void aDefinedKindIsServedAtOnce() {
    ObjectNode crd = f.create(CRD, DEFINITION).object();
    assertThat(crd.at("/status/conditions").valueStream().map(c -> Json.text(c, "type")))
        .containsExactly("NamesAccepted", "Established");
    assertThat(crd.at("/status/storedVersions").toString()).isEqualTo("[\"v1\"]");
    ResourceType type = Objects.requireNonNull(f.api.type("sea.example", "boats"));
    assertThat(type.versions()).containsExactly("v1", "v1beta1");
    assertThat(type.singular()).isEqualTo("boat");
    ObjectNode boat = boat("a", "'sails':2");
    assertThat(boat.at("/spec/rig").asString()).isEqualTo("sloop");
    assertThat(boat.at("/metadata/generation").asInt()).isEqualTo(1);
  }

  @Test
  void objectsAreHeldToTheSchema() {
    f.create(CRD, DEFINITION);
    StatusException e =
        refusal(() -> boat("a", "'sails':0,'rig':'raft','name':'A','crew':['x','x']"));
    assertThat(e).returns(422, StatusException::code);
    assertThat(e.details().causes().stream().map(c -> c.field() + ": " + c.message()))
        .containsExactly(
            "spec.sails: Invalid value: 0: spec.sails in body should be greater than or equal to"
                + " 1",
            "spec.rig: Unsupported value: \"raft\": supported values: \"sloop\", \"ketch\"",
            "spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'",
            "spec.crew[1]: Duplicate value: \"x\"");
    assertThat(refusal(() -> boat("a", "'rig':'sloop'")))
        .hasMessage("Boat.sea.example \"a\" is invalid: spec.sails: Required value");
    assertThat(refusal(() -> boat("a", "'sails':'two'")))
        .hasMessage(
            "Boat.sea.example \"a\" is invalid: spec.sails: Invalid value: \"string\": spec.sails"
                + " in body must be of type integer: \"string\"");
  }

  @Test
  void rulesAreEvaluated() {
    f.create(CRD, DEFINITION);
    assertThat(refusal(() -> boat("a", "'sails':2,'crew':['x']")))
        .hasMessage(
            "Boat.sea.example \"a\" is invalid: spec: Invalid value: \"object\": too few hands");
    boat("a", "'sails':1,'crew':['x'],'fixed':'f'");
    assertThat(refusal(() -> f.patch(KIND, "a", PatchType.MERGE, "{'spec':{'fixed':'g'}}")))
        .hasMessageContaining("spec.fixed: Invalid value: \"string\": fixed is fixed");
  }

  @Test
  void unknownFieldsArePrunedOrRefused() {
    f.create(CRD, DEFINITION);
    assertThat(boat("a", "'sails':1,'oars':3").path("spec").has("oars")).isFalse();
    assertThat(
            refusal(
                () ->
                    f.create(
                        KIND,
                        "{'metadata':{'name':'b'},'spec':{'sails':1,'oars':3}}",
                        options("m", FieldValidation.STRICT))))
        .hasMessage(
            "Boat in version \"v1\" cannot be handled as a Boat: strict decoding error: unknown"
                + " field \"spec.oars\"");
  }

  @Test
  void aDefinitionTakesItsObjectsAlong() {
    f.create(CRD, DEFINITION);
    boat("a", "'sails':1");
    f.delete(CRD, KIND);
    await().until(() -> f.api.type("sea.example", "boats") == null);
    f.create(CRD, DEFINITION);
    assertThat(f.exists(KIND, "a")).isFalse();
  }

  @Test
  void badDefinitionsAreRefused() {
    StatusException e =
        refusal(() -> f.create(CRD, DEFINITION.replace("'plural':'boats'", "'plural':'ships'")));
    assertThat(e.getMessage())
        .contains("metadata.name: Invalid value", "must be spec.names.plural");
    assertThat(
            refusal(() -> f.create(CRD, DEFINITION.replace("'storage':true", "'storage':false")))
                .getMessage())
        .contains("must have exactly one version marked as storage version");
  }

  @Test
  void istioKindsKeepOurSchema() {
    assertThat(
            refusal(
                () ->
                    f.create(
                        "virtualservices.networking.istio.io",
                        "{'metadata':{'name':'a'},'spec':{'hosts':'h'}}")))
        .hasMessageContaining("spec.hosts in body must be of type array: \"string\"");
  }

  @Test
  void theKindsOfTheModelCanBeDefined() {
    try (ApiFixture g = new ApiFixture(StoreOptions.inMemory().withDefinitions())) {
      ObjectNode crd = g.get(CRD, "virtualservices.networking.istio.io");
      assertThat(crd.at("/status/conditions/1/status").asString()).isEqualTo("True");
      assertThat(crd.at("/spec/versions/0/additionalPrinterColumns/0/name").asString())
          .isEqualTo("Gateways");
      assertThat(g.names(CRD, "", "")).hasSizeGreaterThan(15);
    }
  }

  @Test
  void definedKindsAreThereAfterARestart(@TempDir Path directory) {
    StoreOptions options = StoreOptions.inMemory().in(directory);
    try (ApiFixture g = new ApiFixture(options)) {
      g.create(CRD, DEFINITION);
      g.create(KIND, "{'metadata':{'name':'a'},'spec':{'sails':1}}");
    }
    try (ApiFixture g = new ApiFixture(options)) {
      assertThat(g.exists(KIND, "a")).isTrue();
    }
  }
}

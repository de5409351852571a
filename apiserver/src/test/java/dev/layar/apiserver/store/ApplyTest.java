package dev.layar.apiserver.store;

import static dev.layar.apiserver.store.ApiFixture.refusal;
import static dev.layar.apiserver.store.ApiFixture.revision;
import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.Caller;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.json.Json;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Server-side apply and the owners of fields. */
class ApplyTest {
  private static final String MAP = "configmaps";
  private static final String SERVICE = "services";

  private final ApiFixture f = new ApiFixture();

  @AfterEach
  void close() {
    f.close();
  }

  private static WriteOptions as(String manager, boolean force) {
    return new WriteOptions(Caller.SYSTEM, false, manager, FieldValidation.STRICT, force);
  }

  private ObjectNode apply(String kind, String manager, String body) {
    return f.patch(kind, "a", PatchType.APPLY, body, as(manager, false)).object();
  }

  private static JsonNode owned(ObjectNode object, String manager, String operation) {
    for (JsonNode entry : object.at("/metadata/managedFields")) {
      if (Json.text(entry, "manager").equals(manager)
          && Json.text(entry, "operation").equals(operation)) {
        return entry;
      }
    }
    return Json.object();
  }

  @Test
  void applyingCreatesAndOwns() {
    ObjectNode a =
        apply(MAP, "one", "{'metadata':{'name':'a','labels':{'l':'1'}},'data':{'k':'v'}}");
    JsonNode entry = owned(a, "one", "Apply");
    assertThat(entry.path("fieldsV1").toString())
        .isEqualTo("{\"f:data\":{\"f:k\":{}},\"f:metadata\":{\"f:labels\":{\"f:l\":{}}}}");
    assertThat(entry.path("apiVersion").asString()).isEqualTo("v1");
    assertThat(entry.path("time").asString()).isEqualTo("2026-01-02T03:04:05Z");
  }

  @Test
  void applyingTheSameAgainChangesNothing() {
    String body = "{'metadata':{'name':'a'},'data':{'k':'v'}}";
    String first = revision(apply(MAP, "one", body));
    f.now.updateAndGet(t -> t.plusSeconds(100));
    assertThat(revision(apply(MAP, "one", body))).isEqualTo(first);
  }

  @Test
  void whatIsNoLongerAppliedGoes() {
    apply(MAP, "one", "{'data':{'k':'v','l':'w'}}");
    f.patch(MAP, "a", PatchType.MERGE, "{'data':{'other':'x'}}");
    ObjectNode a = apply(MAP, "one", "{'data':{'k':'v'}}");
    assertThat(a.path("data").toString()).isEqualTo("{\"k\":\"v\",\"other\":\"x\"}");
  }

  @Test
  void aSharedFieldStaysUntilNobodyAppliesIt() {
    apply(MAP, "one", "{'data':{'k':'v'}}");
    apply(MAP, "two", "{'data':{'k':'v'}}");
    assertThat(apply(MAP, "one", "{'metadata':{'labels':{'x':'y'}}}").at("/data/k").asString())
        .isEqualTo("v");
    assertThat(apply(MAP, "two", "{'metadata':{'labels':{'x':'y'}}}").has("data")).isFalse();
  }

  @Test
  void anotherValueIsAConflict() {
    apply(MAP, "one", "{'data':{'k':'v','l':'w'}}");
    StatusException e = refusal(() -> apply(MAP, "two", "{'data':{'k':'other'}}"));
    assertThat(e)
        .returns(409, StatusException::code)
        .hasMessage("Apply failed with 1 conflict: conflict with \"one\": .data.k");
    assertThat(e.details().causes())
        .containsExactly(
            new StatusException.Cause("FieldManagerConflict", "conflict with \"one\"", ".data.k"));
    assertThat(refusal(() -> apply(MAP, "two", "{'data':{'k':'o','l':'p'}}")))
        .hasMessage("Apply failed with 2 conflicts: conflicts with \"one\":\n- .data.k\n- .data.l");
  }

  @Test
  void updatersAreNamedWithTheirVersion() {
    f.create(MAP, "{'metadata':{'name':'a'},'data':{'k':'v'}}");
    assertThat(refusal(() -> apply(MAP, "one", "{'data':{'k':'other'}}")))
        .hasMessage("Apply failed with 1 conflict: conflict with \"test\" using v1: .data.k");
  }

  @Test
  void forceTakesFieldsOver() {
    apply(MAP, "one", "{'data':{'k':'v','l':'w'}}");
    ObjectNode a =
        f.patch(MAP, "a", PatchType.APPLY, "{'data':{'k':'other'}}", as("two", true)).object();
    assertThat(a.at("/data/k").asString()).isEqualTo("other");
    assertThat(owned(a, "one", "Apply").path("fieldsV1").toString())
        .isEqualTo("{\"f:data\":{\"f:l\":{}}}");
  }

  @Test
  void listsAreMergedByTheirKeys() {
    apply(
        SERVICE,
        "one",
        "{'spec':{'selector':{'app':'x'},'ports':[{'name':'x','port':80,'protocol':'TCP'}]}}");
    ObjectNode a =
        apply(SERVICE, "two", "{'spec':{'ports':[{'name':'y','port':81,'protocol':'TCP'}]}}");
    assertThat(a.at("/spec/ports").size()).isEqualTo(2);
    assertThat(owned(a, "two", "Apply").path("fieldsV1").at("/f:spec/f:ports").toString())
        .isEqualTo(
            "{\"k:{\\\"port\\\":81,\\\"protocol\\\":\\\"TCP\\\"}\":"
                + "{\".\":{},\"f:name\":{},\"f:port\":{},\"f:protocol\":{}}}");
    ObjectNode without = apply(SERVICE, "one", "{'spec':{'selector':{'app':'x'}}}");
    assertThat(without.at("/spec/ports").size()).isEqualTo(1);
    assertThat(without.at("/spec/ports/0/port").asInt()).isEqualTo(81);
    assertThat(
            refusal(
                () ->
                    apply(
                        SERVICE,
                        "three",
                        "{'spec':{'ports':[{'name':'z','port':81,'protocol':'TCP'}]}}")))
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"two\":"
                + " .spec.ports[port=81,protocol=\"TCP\"].name");
  }

  @Test
  void updatesAreTrackedToo() {
    ObjectNode made = f.create(MAP, "{'metadata':{'name':'a'},'data':{'k':'v'}}").object();
    assertThat(owned(made, "test", "Update").path("fieldsV1").toString())
        .isEqualTo("{\"f:data\":{\".\":{},\"f:k\":{}}}");
    WriteOptions other =
        new WriteOptions(Caller.SYSTEM, false, "other", FieldValidation.IGNORE, false);
    ObjectNode a = f.patch(MAP, "a", PatchType.MERGE, "{'data':{'k':'w'}}", other).object();
    assertThat(owned(a, "other", "Update").path("fieldsV1").toString())
        .isEqualTo("{\"f:data\":{\"f:k\":{}}}");
    assertThat(owned(a, "test", "Update").path("fieldsV1").toString()).isEqualTo("{\"f:data\":{}}");
  }

  @Test
  void ownersOfIstioKindsComeFromTheirSchema() {
    String kind = "virtualservices.networking.istio.io";
    ObjectNode a =
        f.patch(
                kind,
                "a",
                PatchType.APPLY,
                "{'apiVersion':'networking.istio.io/v1','kind':'VirtualService',"
                    + "'metadata':{'name':'a'},'spec':{'hosts':['h'],'gateways':['g']}}",
                as("one", false))
            .object();
    assertThat(owned(a, "one", "Apply").path("fieldsV1").toString())
        .isEqualTo("{\"f:spec\":{\"f:gateways\":{},\"f:hosts\":{}}}");
    assertThat(refusal(() -> apply(kind, "two", "{'spec':{'hosts':['i']}}")).getMessage())
        .endsWith("conflict with \"one\": .spec.hosts");
  }

  @Test
  void anEmptyListOfOwnersClearsThem() {
    apply(MAP, "one", "{'data':{'k':'v'}}");
    ObjectNode a =
        f.patch(
                MAP,
                "a",
                PatchType.JSON,
                "[{'op':'replace','path':'/metadata/managedFields','value':[{}]}]")
            .object();
    assertThat(owned(a, "one", "Apply").isEmpty()).isTrue();
    assertThat(apply(MAP, "two", "{'data':{'k':'w'}}").at("/data/k").asString()).isEqualTo("w");
  }

  @Test
  void applyingNeedsAManagerAndNoOwners() {
    assertThat(refusal(() -> f.patch(MAP, "a", PatchType.APPLY, "{'data':{}}", as("", false))))
        .returns(400, StatusException::code);
    assertThat(refusal(() -> apply(MAP, "one", "{'metadata':{'managedFields':[]}}")))
        .hasMessage("metadata.managedFields must be nil");
  }

  @Test
  void manyUpdatersBecomeAncient() {
    f.create(MAP, "{'metadata':{'name':'a'}}");
    for (int i = 0; i < 15; i++) {
      f.now.updateAndGet(t -> t.plusSeconds(1));
      f.patch(
          MAP,
          "a",
          PatchType.MERGE,
          "{'data':{'k" + i + "':'v'}}",
          new WriteOptions(Caller.SYSTEM, false, "m" + i, FieldValidation.IGNORE, false));
    }
    ObjectNode a = f.get(MAP, "a");
    assertThat(a.at("/metadata/managedFields").size()).isEqualTo(10);
    List<String> managers =
        a.at("/metadata/managedFields").valueStream().map(e -> Json.text(e, "manager")).toList();
    assertThat(managers).contains("ancient-changes", "m14").doesNotContain("m0");
    assertThat(owned(a, "ancient-changes", "Update").at("/fieldsV1/f:data").has("f:k0")).isTrue();
  }
}

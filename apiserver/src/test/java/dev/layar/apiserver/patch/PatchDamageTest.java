package dev.layar.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.kinds.Catalogue;
import dev.layar.apiserver.schema.FieldType;
import dev.layar.apiserver.schema.FormCheck;
import dev.layar.apiserver.schema.Schemas;
import dev.layar.testkit.Seeded;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Damaged bodies and patches are refused in words, whatever they hold; nothing else is thrown. */
class PatchDamageTest {
  private static final ObjectNode TARGET =
      (ObjectNode)
          read(
              "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','labels':{'a':'b'},"
                  + "'finalizers':['x/y'],'ownerReferences':[{'uid':'u','name':'n'}]},"
                  + "'spec':{'containers':[{'name':'c','image':'i','ports':[{'containerPort':80,"
                  + "'protocol':'TCP'}],'env':[{'name':'A','value':'1'}]}],'volumes':[{'name':'v',"
                  + "'emptyDir':{}}]}}");

  private static final List<String> SEEDS =
      List.of(
          "[{'op':'add','path':'/spec/containers/-','value':{'name':'d'}},"
              + "{'op':'copy','from':'/spec','path':'/spec/x'},"
              + "{'op':'move','from':'/metadata/labels/a','path':'/metadata/labels/b'},"
              + "{'op':'test','path':'/kind','value':'Pod'},"
              + "{'op':'remove','path':'/metadata/finalizers/0'}]",
          "{'metadata':{'$deleteFromPrimitiveList/finalizers':['x/y'],'labels':null},"
              + "'spec':{'$setElementOrder/containers':[{'name':'d'},{'name':'c'}],"
              + "'containers':[{'$patch':'delete','name':'c'},{'name':'d','ports':[{"
              + "'containerPort':1}]}],'volumes':[{'$retainKeys':['name'],'name':'v'}]}}",
          "{'spec':{'containers':[{'name':'c','env':[{'name':'B','value':'2'}]}],"
              + "'nodeSelector':{'a':'b'}},'status':{'conditions':[{'type':'t'}]}}");

  private static final List<String> FRAGMENTS =
      List.of(
          "null",
          "{}",
          "[]",
          "''",
          "-1",
          "1e9",
          "{'$patch':'replace'}",
          "'/a~2/-'",
          "true",
          "[[]]",
          "{'name':{}}",
          "99999999999999999999");

  private static JsonNode read(String text) {
    return Json.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void damagedPatchesAreRefusedOrApplied() {
    FieldType type = new Schemas().type(Catalogue.find("", "pods"), "v1");
    String whole = TARGET.toString();
    Seeded.forSeeds(
        1,
        1_500,
        random -> {
          JsonNode patch = damaged(random);
          for (PatchType how : PatchType.values()) {
            tryOut(how, patch, type);
          }
        });
    assertThat(TARGET).hasToString(whole);
  }

  private static JsonNode damaged(Seeded random) {
    StringBuilder text = new StringBuilder(random.pick(SEEDS));
    for (int i = 0; i <= random.below(3); i++) {
      damage(text, random);
    }
    try {
      return read(text.toString());
    } catch (JacksonException e) {
      return Json.object(); // not JSON: refused before anybody looks at it
    }
  }

  /** Puts a fragment in the place of a value, or one character in the place of another. */
  private static void damage(StringBuilder text, Seeded random) {
    int at = random.below(text.length());
    if (random.oneIn(2)) {
      text.setCharAt(at, random.pick(List.of('[', '{', '}', '0', '\'', '/', '$', ',', ':')));
      return;
    }
    int from = text.indexOf(":", at) + 1;
    int to = from;
    while (to < text.length() && ",}]".indexOf(text.charAt(to)) < 0) {
      to++;
    }
    if (from > 0) {
      text.replace(from, to, random.pick(FRAGMENTS));
    }
  }

  private static void tryOut(PatchType how, JsonNode patch, FieldType type) {
    try {
      JsonNode out =
          switch (how) {
            case JSON -> JsonPatch.apply(TARGET, patch);
            case MERGE -> MergePatch.apply(TARGET, patch);
            case STRATEGIC ->
                patch instanceof ObjectNode object
                    ? StrategicPatch.apply(TARGET, object, type)
                    : TARGET;
            case APPLY -> TARGET;
          };
      if (out instanceof ObjectNode object) {
        assertThat(FormCheck.run(Json.copy(object), type)).isNotNull();
      }
    } catch (PatchException | StatusException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }
}

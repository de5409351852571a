package dev.layar.apiserver.store;

import static dev.layar.apiserver.store.ApiFixture.drain;
import static dev.layar.apiserver.store.ApiFixture.json;
import static dev.layar.apiserver.store.ApiFixture.names;
import static dev.layar.apiserver.store.ApiFixture.refusal;
import static dev.layar.apiserver.store.ApiFixture.revision;
import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.Watch;
import dev.layar.apiserver.WatchEvent;
import dev.layar.apiserver.WatchOptions;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The life of objects, in memory. */
class ObjectApiTest {
  private static final String MAP = "configmaps";
  private static final String SERVICE = "virtualservices.networking.istio.io";

  private final ApiFixture f = new ApiFixture();

  @AfterEach
  void close() {
    f.close();
  }

  private void map(String name, String labels) {
    f.create(MAP, "{'metadata':{'name':'" + name + "','labels':" + labels + "}}");
  }

  @Test
  void aNewObjectGetsWhatTheServerFillsIn() {
    Written written = f.create(MAP, "{'metadata':{'name':'a','annotations':{}},'data':{'k':'v'}}");
    ObjectNode object = written.object();
    assertThat(written.created()).isTrue();
    assertThat(Json.text(object, "kind")).isEqualTo("ConfigMap");
    assertThat(Json.text(object, "apiVersion")).isEqualTo("v1");
    assertThat(Json.text(object, "metadata", "namespace")).isEqualTo("default");
    assertThat(Json.text(object, "metadata", "uid"))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    assertThat(Json.text(object, "metadata", "creationTimestamp"))
        .isEqualTo("2026-01-02T03:04:05Z");
    assertThat(object.path("metadata").has("annotations")).isFalse();
    assertThat(revision(object)).isEqualTo(Long.toString(f.api.revision()));
    assertThat(f.get(MAP, "a")).isEqualTo(object);
  }

  @Test
  void refusalsUseTheWordsThatClientsKnow() {
    assertThat(refusal(() -> f.get(SERVICE, "x")))
        .hasMessage("virtualservices.networking.istio.io \"x\" not found")
        .returns(404, StatusException::code)
        .returns("NotFound", StatusException::reason);
    map("a", "{}");
    assertThat(refusal(() -> map("a", "{}")))
        .hasMessage("configmaps \"a\" already exists")
        .returns(409, StatusException::code)
        .returns("AlreadyExists", StatusException::reason);
    StatusException bad = refusal(() -> map("A_b", "{}"));
    assertThat(bad).returns(422, StatusException::code);
    assertThat(bad.getMessage())
        .startsWith(
            "ConfigMap \"A_b\" is invalid: metadata.name: Invalid value: \"A_b\": a"
                + " lowercase RFC 1123 subdomain must consist of");
    assertThat(bad.details().causes()).singleElement().returns("metadata.name", c -> c.field());
  }

  @Test
  void aMissingNamespaceIsNotFound() {
    ResourceType type = f.type(MAP);
    assertThat(
            refusal(
                () ->
                    f.api.create(
                        type, "v1", "nope", json("{'metadata':{'name':'a'}}"), ApiFixture.PLAIN)))
        .hasMessage("namespaces \"nope\" not found");
  }

  @Test
  void bodiesOfAnotherPlaceOrKindAreRefused() {
    assertThat(refusal(() -> f.create(MAP, "{'metadata':{'name':'a','namespace':'b'}}")))
        .returns(400, StatusException::code);
    assertThat(refusal(() -> f.create(MAP, "{'kind':'Secret','metadata':{'name':'a'}}")))
        .returns(400, StatusException::code);
    assertThat(refusal(() -> f.create(MAP, "{'apiVersion':'v2','metadata':{'name':'a'}}")))
        .hasMessage(
            "the API version in the data (v2) does not match the expected API version (v1)");
  }

  @Test
  void namesAreGenerated() {
    String name =
        Json.text(f.create(MAP, "{'metadata':{'generateName':'a-'}}").object(), "metadata", "name");
    assertThat(name).matches("a-[bcdfghjklmnpqrstvwxz2456789]{5}");
  }

  @Test
  void aStaleReplacementConflicts() {
    map("a", "{}");
    ObjectNode stale = f.get(MAP, "a").deepCopy();
    f.patch(MAP, "a", PatchType.MERGE, "{'data':{'k':'1'}}");
    assertThat(refusal(() -> f.update(MAP, "a", stale)))
        .hasMessage(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified;"
                + " please apply your changes to the latest version and try again")
        .returns(409, StatusException::code)
        .returns("Conflict", StatusException::reason);
    stale.withObject("/metadata").remove("resourceVersion");
    assertThat(f.update(MAP, "a", stale).object().has("data")).isFalse();
  }

  @Test
  void aWriteThatChangesNothingKeepsTheRevision() {
    map("a", "{'l':'1'}");
    String before = revision(f.get(MAP, "a"));
    Watch watch = f.watch(MAP, "", before);
    Written written =
        f.patch(MAP, "a", PatchType.MERGE, "{'metadata':{'labels':{'l':'1'},'annotations':{}}}");
    assertThat(revision(written.object())).isEqualTo(before);
    assertThat(drain(watch)).isEmpty();
  }

  @Test
  void generationCountsTheSpecAlone() {
    f.create(SERVICE, "{'metadata':{'name':'a'},'spec':{'hosts':['h']},'status':{'x':1}}");
    assertThat(f.get(SERVICE, "a").has("status")).isFalse();
    f.patch(SERVICE, "a", PatchType.MERGE, "{'metadata':{'labels':{'l':'1'}}}");
    ObjectRef ref = f.ref(SERVICE, "a");
    f.api.patch(
        ref,
        "v1",
        Subresource.STATUS,
        PatchType.MERGE,
        json("{'status':{'observedGeneration':1},'spec':{'hosts':['no']}}"),
        ApiFixture.PLAIN);
    assertThat(f.get(SERVICE, "a").path("metadata").path("generation").asInt()).isEqualTo(1);
    f.patch(SERVICE, "a", PatchType.MERGE, "{'spec':{'hosts':['i']},'status':null}");
    ObjectNode object = f.get(SERVICE, "a");
    assertThat(object.path("metadata").path("generation").asInt()).isEqualTo(2);
    assertThat(object.path("status").path("observedGeneration").asInt()).isEqualTo(1);
    assertThat(object.path("spec").path("hosts").get(0).asString()).isEqualTo("i");
  }

  @Test
  void everyServedVersionShowsTheSameObject() {
    f.create(SERVICE, "{'metadata':{'name':'a'},'spec':{'hosts':['h']}}");
    ObjectNode old = f.api.get(f.ref(SERVICE, "a"), "v1alpha3", Subresource.NONE);
    assertThat(Json.text(old, "apiVersion")).isEqualTo("networking.istio.io/v1alpha3");
    assertThat(refusal(() -> f.api.get(f.ref(SERVICE, "a"), "v9", Subresource.NONE)))
        .hasMessage("the server could not find the requested resource");
  }

  @Test
  void customResourcesAreReplacedOnlyWithARevision() {
    f.create(SERVICE, "{'metadata':{'name':'a'},'spec':{'hosts':['h']}}");
    assertThat(refusal(() -> f.update(SERVICE, "a", json("{'metadata':{'name':'a'},'spec':{}}"))))
        .returns(422, StatusException::code);
  }

  @Test
  void strategicPatchesOfCustomResourcesAreUnsupported() {
    f.create(SERVICE, "{'metadata':{'name':'a'},'spec':{'hosts':['h']}}");
    assertThat(refusal(() -> f.patch(SERVICE, "a", PatchType.STRATEGIC, "{'spec':{}}")))
        .returns(415, StatusException::code)
        .returns("UnsupportedMediaType", StatusException::reason);
  }

  @Test
  void jsonPatchesTestAndSetTheRevision() {
    map("a", "{}");
    String old = revision(f.get(MAP, "a"));
    f.patch(MAP, "a", PatchType.JSON, "[{'op':'add','path':'/data','value':{'k':'v'}}]");
    assertThat(
            refusal(
                () ->
                    f.patch(
                        MAP,
                        "a",
                        PatchType.JSON,
                        "[{'op':'replace','path':'/metadata/resourceVersion','value':'"
                            + old
                            + "'}]")))
        .returns(409, StatusException::code);
    assertThat(
            refusal(
                () ->
                    f.patch(
                        MAP, "a", PatchType.JSON, "[{'op':'test','path':'/data/k','value':'w'}]")))
        .hasMessage("the server rejected our request due to an error in our request")
        .returns(422, StatusException::code);
  }

  @Test
  void dryRunsLeaveNothing() {
    Written written = f.create(MAP, "{'metadata':{'name':'a'}}", ApiFixture.dryRun());
    assertThat(revision(written.object())).isEmpty();
    assertThat(f.exists(MAP, "a")).isFalse();
    f.create(SERVICE, "{'metadata':{'name':'a'},'spec':{'hosts':['h']}}");
    String before = revision(f.get(SERVICE, "a"));
    ObjectNode would =
        f.patch(SERVICE, "a", PatchType.MERGE, "{'spec':{'hosts':['i']}}", ApiFixture.dryRun())
            .object();
    assertThat(revision(would)).isEqualTo(before);
    assertThat(would.path("metadata").path("generation").asInt()).isEqualTo(2);
    assertThat(revision(f.get(SERVICE, "a"))).isEqualTo(before);
  }

  @Test
  void selectorsFilterLists() {
    map("a", "{'app':'x','tier':'1'}");
    map("b", "{'app':'y'}");
    map("c", "{'tier':'3'}");
    assertThat(f.names(MAP, "app=x", "")).containsExactly("a");
    assertThat(f.names(MAP, "app in (x, y),!tier", "")).containsExactly("b");
    assertThat(f.names(MAP, "app notin (x)", "")).containsExactly("b", "c");
    assertThat(f.names(MAP, "app", "")).containsExactly("a", "b");
    assertThat(f.names(MAP, "tier>1", "")).containsExactly("c");
    assertThat(f.names(MAP, "", "metadata.name=b")).containsExactly("b");
    assertThat(f.names(MAP, "", "metadata.name!=b,metadata.namespace=default"))
        .containsExactly("a", "c");
    assertThat(refusal(() -> f.names(MAP, "", "spec.x=1")).getMessage())
        .endsWith("field label not supported: spec.x");
    assertThat(refusal(() -> f.names(MAP, "a in b", ""))).returns(400, StatusException::code);
  }

  @Test
  void partsOfAListShowOneRevision() {
    for (String name : List.of("a", "b", "c", "d")) {
      map(name, "{}");
    }
    ObjectQuery query = new ObjectQuery(f.type(MAP), "v1", "default", "", "");
    ObjectPage first = f.api.list(query, 2, "");
    assertThat(names(first)).containsExactly("a", "b");
    assertThat(first.remaining()).isEqualTo(2);
    f.delete(MAP, "c");
    map("aa", "{}");
    map("ca", "{}");
    ObjectPage second = f.api.list(query, 2, first.continueToken());
    assertThat(names(second)).containsExactly("c", "d");
    assertThat(second.revision()).isEqualTo(first.revision());
    assertThat(second.continueToken()).isEmpty();
    assertThat(refusal(() -> f.api.list(query, 2, "?"))).returns(400, StatusException::code);
  }

  @Test
  void aListThatIsContinuedTooLateExpires() {
    ApiFixture g = new ApiFixture(StoreOptions.inMemory().withHistory(2));
    try (g) {
      for (String name : List.of("a", "b", "c")) {
        g.create(MAP, "{'metadata':{'name':'" + name + "'}}");
      }
      ObjectQuery query = new ObjectQuery(g.type(MAP), "v1", "default", "", "");
      ObjectPage first = g.api.list(query, 1, "");
      for (int i = 0; i < 3; i++) {
        g.patch(MAP, "a", PatchType.MERGE, "{'data':{'k':'" + i + "'}}");
      }
      assertThat(refusal(() -> g.api.list(query, 1, first.continueToken())))
          .returns(410, StatusException::code)
          .returns("Expired", StatusException::reason);
    }
  }

  @Test
  void watchesGoOnFromARevision() {
    map("a", "{'app':'x'}");
    String from = revision(f.get(MAP, "a"));
    map("b", "{'app':'y'}");
    Watch all = f.watch(MAP, "", from);
    Watch selected = f.watch(MAP, "app=x", from);
    f.patch(MAP, "a", PatchType.MERGE, "{'data':{'k':'v'}}");
    f.patch(MAP, "a", PatchType.MERGE, "{'metadata':{'labels':{'app':'z'}}}");
    f.patch(MAP, "b", PatchType.MERGE, "{'metadata':{'labels':{'app':'x'}}}");
    f.delete(MAP, "a");
    assertThat(drain(all))
        .containsExactly("ADDED b", "MODIFIED a", "MODIFIED a", "MODIFIED b", "DELETED a");
    assertThat(drain(selected)).containsExactly("MODIFIED a", "DELETED a", "ADDED b");
  }

  @Test
  void aDeletedObjectIsShownAtTheRevisionOfItsEnd() throws InterruptedException {
    map("a", "{}");
    Watch watch = f.watch(MAP, "", revision(f.get(MAP, "a")));
    f.delete(MAP, "a");
    WatchEvent event = ApiFixture.next(watch);
    assertThat(revision(event.object())).isEqualTo(Long.toString(f.api.revision()));
  }

  @Test
  void watchesWithoutARevisionBeginWithWhatIsThere() {
    map("a", "{}");
    Watch watch = f.watch(MAP, "", "0");
    map("b", "{}");
    assertThat(drain(watch)).containsExactly("ADDED a", "ADDED b");
  }

  @Test
  void watchListsMarkTheEndOfWhatWasThere() throws InterruptedException {
    map("a", "{}");
    Watch watch = f.api.watch(ObjectQuery.all(f.type(MAP)), new WatchOptions("", true, true));
    assertThat(watch.next(Duration.ZERO)).isNotNull();
    WatchEvent bookmark = ApiFixture.next(watch);
    assertThat(bookmark.type()).isEqualTo(WatchEvent.Type.BOOKMARK);
    assertThat(Json.text(bookmark.object(), "kind")).isEqualTo("ConfigMap");
    assertThat(Json.text(bookmark.object(), "metadata", "annotations", "k8s.io/initial-events-end"))
        .isEqualTo("true");
    assertThat(revision(bookmark.object())).isEqualTo(Long.toString(f.api.revision()));
  }

  @Test
  void bookmarksComeEveryMinute() throws InterruptedException {
    Watch watch =
        f.api.watch(
            ObjectQuery.all(f.type(MAP)),
            new WatchOptions(Long.toString(f.api.revision()), true, false));
    assertThat(watch.next(Duration.ZERO)).isNull();
    f.create("secrets", "{'metadata':{'name':'s'}}");
    f.now.updateAndGet(t -> t.plusSeconds(60));
    WatchEvent bookmark = ApiFixture.next(watch);
    assertThat(revision(bookmark.object())).isEqualTo(Long.toString(f.api.revision()));
  }

  @Test
  void watchesOfDroppedRevisionsExpire() throws InterruptedException {
    ApiFixture g = new ApiFixture(StoreOptions.inMemory().withHistory(2));
    try (g) {
      g.create(MAP, "{'metadata':{'name':'a'}}");
      String from = revision(g.get(MAP, "a"));
      Watch slow = g.watch(MAP, "", from);
      for (int i = 0; i < 3; i++) {
        g.patch(MAP, "a", PatchType.MERGE, "{'data':{'k':'" + i + "'}}");
      }
      WatchEvent error = ApiFixture.next(slow);
      assertThat(error.type()).isEqualTo(WatchEvent.Type.ERROR);
      assertThat(error.object().path("code").asInt()).isEqualTo(410);
      assertThat(slow.ended()).isTrue();
      assertThat(refusal(() -> g.watch(MAP, "", from)).getMessage())
          .startsWith("too old resource version: " + from + " (");
      assertThat(refusal(() -> g.watch(MAP, "", "999999"))).returns(410, StatusException::code);
    }
  }

  @Test
  void aWaitingWatchWakesForAnEventAndForItsEnd() throws Exception {
    Watch watch = f.watch(MAP, "", Long.toString(f.api.revision()));
    Thread writer = Thread.ofVirtual().start(() -> map("a", "{}"));
    assertThat(watch.next(Duration.ofSeconds(20))).isNotNull();
    writer.join();
    Thread closer = Thread.ofVirtual().start(watch::close);
    assertThat(watch.next(Duration.ofSeconds(20))).isNull();
    closer.join();
    assertThat(watch.ended()).isTrue();
  }

  @Test
  void finalizersHoldAnObject() {
    f.create(MAP, "{'metadata':{'name':'a','finalizers':['x/y']}}");
    Watch watch = f.watch(MAP, "", revision(f.get(MAP, "a")));
    ObjectNode deleting = f.delete(MAP, "a");
    assertThat(Json.text(deleting, "metadata", "deletionTimestamp"))
        .isEqualTo("2026-01-02T03:04:05Z");
    assertThat(
            refusal(
                () ->
                    f.patch(
                        MAP, "a", PatchType.MERGE, "{'metadata':{'finalizers':['x/y','z/y']}}")))
        .returns(422, StatusException::code);
    f.patch(MAP, "a", PatchType.MERGE, "{'metadata':{'finalizers':null}}");
    assertThat(f.exists(MAP, "a")).isFalse();
    assertThat(drain(watch)).containsExactly("MODIFIED a", "DELETED a");
  }

  @Test
  void runningPodsEndGracefully() {
    f.create(
        "pods",
        "{'metadata':{'name':'p'},'spec':{'nodeName':'n','terminationGracePeriodSeconds':7,"
            + "'containers':[{'name':'c','image':'i'}]}}");
    ObjectNode deleting = f.delete("pods", "p");
    assertThat(Json.text(deleting, "metadata", "deletionTimestamp"))
        .isEqualTo("2026-01-02T03:04:12Z");
    assertThat(f.exists("pods", "p")).isTrue();
    f.delete(
        "pods",
        "p",
        new DeleteOptions(Duration.ZERO, DeleteOptions.Propagation.BACKGROUND, "", ""));
    assertThat(f.exists("pods", "p")).isFalse();
  }

  @Test
  void deletionHasPreconditions() {
    map("a", "{}");
    DeleteOptions other =
        new DeleteOptions(null, DeleteOptions.Propagation.BACKGROUND, "other", "");
    assertThat(refusal(() -> f.delete(MAP, "a", other))).returns(409, StatusException::code);
    assertThat(f.exists(MAP, "a")).isTrue();
  }

  @Test
  void scaleIsAViewOfTheReplicas() {
    f.create(
        "deployments.apps",
        "{'metadata':{'name':'d'},'spec':{'replicas':1,'selector':{'matchLabels':{'app':'x'}},"
            + "'template':{'metadata':{'labels':{'app':'x'}},"
            + "'spec':{'containers':[{'name':'c','image':'i'}]}}}}");
    ObjectRef ref = f.ref("deployments.apps", "d");
    Written scaled =
        f.api.patch(
            ref,
            "v1",
            Subresource.SCALE,
            PatchType.MERGE,
            json("{'spec':{'replicas':3}}"),
            ApiFixture.PLAIN);
    assertThat(Json.text(scaled.object(), "kind")).isEqualTo("Scale");
    assertThat(Json.text(scaled.object(), "status", "selector")).isEqualTo("app=x");
    ObjectNode deployment = f.get("deployments.apps", "d");
    assertThat(deployment.path("spec").path("replicas").asInt()).isEqualTo(3);
    assertThat(deployment.path("metadata").path("generation").asInt()).isEqualTo(2);
  }

  @Test
  void concurrentPatchesAreAllThere() throws Exception {
    map("a", "{}");
    List<Thread> threads =
        IntStream.range(0, 16)
            .mapToObj(
                i ->
                    Thread.ofVirtual()
                        .start(
                            () ->
                                f.patch(MAP, "a", PatchType.MERGE, "{'data':{'k" + i + "':'v'}}")))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(f.get(MAP, "a").path("data").size()).isEqualTo(16);
  }

  @Test
  void defaultNamespacesAreThereAndStay() {
    assertThat(f.exists("namespaces", "istio-system")).isTrue();
    assertThat(Json.text(f.get("namespaces", "default"), "status", "phase")).isEqualTo("Active");
    assertThat(refusal(() -> f.delete("namespaces", "default")))
        .hasMessage("namespaces \"default\" is forbidden: this namespace may not be deleted");
  }
}

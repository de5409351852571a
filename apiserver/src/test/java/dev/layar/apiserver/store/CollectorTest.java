package dev.layar.apiserver.store;

import static dev.layar.apiserver.store.ApiFixture.json;
import static dev.layar.apiserver.store.ApiFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.DeleteOptions.Propagation;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.json.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes with its owner or its namespace. */
class CollectorTest {
  private static final String MAP = "configmaps";

  private final ApiFixture f = new ApiFixture();

  @AfterEach
  void close() {
    f.close();
  }

  private static DeleteOptions how(Propagation propagation) {
    return new DeleteOptions(null, propagation, "", "");
  }

  /** A map, owned by others. */
  private static void map(ApiFixture f, String name, String finalizers, String... owners) {
    StringBuilder references = new StringBuilder();
    for (String owner : owners) {
      String uid = Json.text(f.get(MAP, owner), "metadata", "uid");
      references
          .append(references.isEmpty() ? "" : ",")
          .append("{'apiVersion':'v1','kind':'ConfigMap','blockOwnerDeletion':true,'name':'")
          .append(owner)
          .append("','uid':'")
          .append(uid)
          .append("'}");
    }
    f.create(
        MAP,
        "{'metadata':{'name':'"
            + name
            + "','finalizers':["
            + finalizers
            + "],'ownerReferences':["
            + references
            + "]}}");
  }

  private void map(String name, String... owners) {
    map(f, name, "", owners);
  }

  @Test
  void dependentsGoInTheBackground() {
    map("a");
    map("b", "a");
    map("c", "b");
    map("other");
    f.delete(MAP, "a");
    await().until(() -> !f.exists(MAP, "c"));
    assertThat(f.exists(MAP, "b")).isFalse();
    assertThat(f.exists(MAP, "other")).isTrue();
  }

  @Test
  void whatHasAnotherOwnerStaysWithThatOne() {
    map("a");
    map("b");
    map("c", "a", "b");
    f.delete(MAP, "a");
    await().until(() -> f.get(MAP, "c").at("/metadata/ownerReferences").size() == 1);
    assertThat(f.get(MAP, "c").at("/metadata/ownerReferences/0/name").asString()).isEqualTo("b");
  }

  @Test
  void orphansLoseTheirOwner() {
    map("a");
    map("b", "a");
    f.delete(MAP, "a", how(Propagation.ORPHAN));
    await().until(() -> !f.exists(MAP, "a"));
    assertThat(f.get(MAP, "b").path("metadata").has("ownerReferences")).isFalse();
  }

  @Test
  void inTheForegroundTheOwnerGoesLast() {
    map("a");
    map(f, "b", "'x/y'", "a");
    f.delete(MAP, "a", how(Propagation.FOREGROUND));
    await().until(() -> Meta.isDeleting(f.get(MAP, "b")));
    assertThat(Meta.finalizers(f.get(MAP, "a"))).containsExactly("foregroundDeletion");
    f.patch(MAP, "b", PatchType.JSON, "[{'op':'remove','path':'/metadata/finalizers/0'}]");
    await().until(() -> !f.exists(MAP, "a"));
    assertThat(f.exists(MAP, "b")).isFalse();
  }

  @Test
  void aNamespaceTakesItsContentAlong() {
    f.create("namespaces", "{'metadata':{'name':'n'}}");
    var type = f.type(MAP);
    f.api.create(
        type, "v1", "n", json("{'metadata':{'name':'a','finalizers':['x/y']}}"), ApiFixture.PLAIN);
    f.delete("namespaces", "n");
    ObjectRef ref = new ObjectRef(type, "n", "a");
    await().until(() -> Meta.isDeleting(f.api.get(ref, "v1", Subresource.NONE)));
    assertThat(Json.text(f.get("namespaces", "n"), "status", "phase")).isEqualTo("Terminating");
    StatusException e =
        refusal(
            () ->
                f.api.create(type, "v1", "n", json("{'metadata':{'name':'b'}}"), ApiFixture.PLAIN));
    assertThat(e)
        .returns(403, StatusException::code)
        .hasMessage(
            "configmaps \"b\" is forbidden: unable to create new content in namespace n because it"
                + " is being terminated");
    f.api.patch(
        ref,
        "v1",
        Subresource.NONE,
        PatchType.MERGE,
        json("{'metadata':{'finalizers':null}}"),
        ApiFixture.PLAIN);
    await().until(() -> !f.exists("namespaces", "n"));
  }

  @Test
  void whatWasLeftByACrashIsFinished(@TempDir Path directory) {
    StoreOptions options = StoreOptions.inMemory().in(directory);
    try (ApiFixture g = new ApiFixture(options)) {
      map(g, "a", "");
      map(g, "b", "'x/y'", "a");
      g.delete(MAP, "a", how(Propagation.FOREGROUND));
    }
    try (ApiFixture g = new ApiFixture(options)) {
      await().until(() -> Meta.isDeleting(g.get(MAP, "b")));
      g.patch(MAP, "b", PatchType.JSON, "[{'op':'remove','path':'/metadata/finalizers/0'}]");
      await().until(() -> !g.exists(MAP, "a"));
    }
  }
}

package dev.layar.apiserver.store;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
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
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An API to talk to in a few words, with a clock that stands still. One thread. */
final class ApiFixture implements AutoCloseable {
  static final WriteOptions PLAIN = options("test", FieldValidation.IGNORE);

  final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-02T03:04:05Z"));
  final Api api;

  ApiFixture() {
    this(StoreOptions.inMemory());
  }

  ApiFixture(StoreOptions options) {
    InstantSource clock = now::get;
    StoreOptions fixed =
        new StoreOptions(
            options.directory(),
            clock,
            new Random(1),
            options.admission(),
            options.kinds(),
            options.historySize(),
            options.compactAfterBytes(),
            options.defining());
    try {
      this.api = ObjectApi.open(fixed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static WriteOptions options(String manager, FieldValidation validation) {
    return new WriteOptions(Caller.SYSTEM, false, manager, validation, false);
  }

  static WriteOptions dryRun() {
    return new WriteOptions(Caller.SYSTEM, true, "test", FieldValidation.IGNORE, false);
  }

  /** JSON with single quotes, as an object. */
  static ObjectNode json(String text) {
    return (ObjectNode) tree(text);
  }

  static JsonNode tree(String text) {
    return Json.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  /** {@code plural} or {@code plural.group}. */
  ResourceType type(String qualified) {
    int dot = qualified.indexOf('.');
    ResourceType type =
        dot < 0
            ? api.type("", qualified)
            : api.type(qualified.substring(dot + 1), qualified.substring(0, dot));
    return Objects.requireNonNull(type, qualified);
  }

  ObjectRef ref(String qualified, String name) {
    ResourceType type = type(qualified);
    return new ObjectRef(type, type.namespaced() ? "default" : "", name);
  }

  static String version(ResourceType type) {
    return type.versions().getFirst();
  }

  Written create(String qualified, String body) {
    return create(qualified, body, PLAIN);
  }

  Written create(String qualified, String body, WriteOptions options) {
    ResourceType type = type(qualified);
    return api.create(type, version(type), type.namespaced() ? "default" : "", tree(body), options);
  }

  Written update(String qualified, String name, JsonNode body) {
    ObjectRef ref = ref(qualified, name);
    return api.update(ref, version(ref.type()), Subresource.NONE, body, PLAIN);
  }

  Written updateStatus(String qualified, String name, JsonNode body) {
    ObjectRef ref = ref(qualified, name);
    return api.update(ref, version(ref.type()), Subresource.STATUS, body, PLAIN);
  }

  Written patch(String qualified, String name, PatchType type, String patch) {
    return patch(qualified, name, type, patch, PLAIN);
  }

  Written patch(String qualified, String name, PatchType type, String patch, WriteOptions options) {
    ObjectRef ref = ref(qualified, name);
    return api.patch(ref, version(ref.type()), Subresource.NONE, type, tree(patch), options);
  }

  ObjectNode get(String qualified, String name) {
    ObjectRef ref = ref(qualified, name);
    return api.get(ref, version(ref.type()), Subresource.NONE);
  }

  boolean exists(String qualified, String name) {
    try {
      get(qualified, name);
      return true;
    } catch (StatusException e) {
      return false;
    }
  }

  ObjectNode delete(String qualified, String name) {
    return delete(qualified, name, DeleteOptions.PLAIN);
  }

  ObjectNode delete(String qualified, String name, DeleteOptions how) {
    ObjectRef ref = ref(qualified, name);
    return api.delete(ref, version(ref.type()), how, PLAIN);
  }

  List<String> names(String qualified, String labels, String fields) {
    ResourceType type = type(qualified);
    return names(
        api.list(
            new ObjectQuery(
                type, version(type), type.namespaced() ? "default" : "", labels, fields),
            0,
            ""));
  }

  static List<String> names(ObjectPage page) {
    return page.items().stream().map(i -> Json.text(i, "metadata", "name")).toList();
  }

  Watch watch(String qualified, String labels, String resourceVersion) {
    ResourceType type = type(qualified);
    return api.watch(
        new ObjectQuery(type, version(type), "", labels, ""),
        new WatchOptions(resourceVersion, false, false));
  }

  /** The events that are there, as {@code TYPE name}. */
  static List<String> drain(Watch watch) {
    List<String> out = new ArrayList<>();
    try {
      for (WatchEvent event = watch.next(Duration.ZERO);
          event != null;
          event = watch.next(Duration.ZERO)) {
        out.add(event.type() + " " + Json.text(event.object(), "metadata", "name"));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return out;
  }

  /** The next event, which has to be there. */
  static WatchEvent next(Watch watch) throws InterruptedException {
    return Objects.requireNonNull(watch.next(Duration.ofMillis(1)), "an event");
  }

  static String revision(JsonNode object) {
    return Json.text(object, "metadata", "resourceVersion");
  }

  static StatusException refusal(ThrowableAssert.ThrowingCallable call) {
    return Assertions.catchThrowableOfType(StatusException.class, call);
  }

  @Override
  public void close() {
    api.close();
  }
}

package dev.layar.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads one object: finds its kind, then its metadata and its body. Confined to one call. */
final class ObjectReader {
  private static final Set<String> HEADER = Set.of("apiVersion", "kind", "metadata");

  private final String prefix;
  private final Findings findings;
  private final ValueReader values;

  /**
   * A reader for the object at a path of the document.
   *
   * @param prefix empty, or {@code items[3]}; not part of the paths in findings, but shown for an
   *     object that has no name
   */
  ObjectReader(String prefix, Findings findings) {
    this.prefix = prefix;
    this.findings = findings;
    this.values = new ValueReader(findings);
  }

  @Nullable Resource<?> read(Tree.Fields object, Decoder.Header header, String defaultNamespace) {
    int before = findings.errors();
    Kind kind = new KindResolver(prefix, findings).resolve(object, header);
    if (kind == null) {
      return null;
    }
    if (lostIndentation(object, kind)) {
      return null;
    }
    ObjectMeta metadata = metadata(object, kind, defaultNamespace);
    Object body = kind.body() == Kind.Body.SPEC ? spec(object, kind) : whole(object, kind);
    if (findings.errors() > before || metadata == null || body == null) {
      return null;
    }
    SourceMap sources = new SourceMap(object.at(), values.positions());
    return new Resource<>(kind, header.apiVersion(), metadata, body, sources);
  }

  private @Nullable ObjectMeta metadata(Tree.Fields object, Kind kind, String defaultNamespace) {
    Tree written = object.get("metadata");
    if (written == null) {
      findings.error(
          DecodeCode.MISSING_FIELD,
          object.at(),
          "metadata",
          "the object has no `metadata`",
          "",
          "metadata: {name: my-" + kind.kind().toLowerCase(Locale.ROOT) + "}");
      return null;
    }
    values.note("metadata", object.find("metadata"));
    Object read = values.value(written, Shapes.of(ObjectMeta.class), "metadata");
    if (!(read instanceof ObjectMeta meta)) {
      return null;
    }
    if (meta.name().isEmpty() && meta.generateName().isEmpty()) {
      findings.error(
          DecodeCode.MISSING_FIELD,
          written.at(),
          "metadata.name",
          "the object has no name",
          "",
          "name: …");
    }
    boolean fill = kind.namespaced() == meta.namespace().isEmpty();
    return fill ? meta.withNamespace(kind.namespaced() ? defaultNamespace : "") : meta;
  }

  /** Istio's kinds: the record is the spec, with what status adds. */
  private @Nullable Object spec(Tree.Fields object, Kind kind) {
    Shape.Message shape = Shapes.of(kind.type());
    topLevel(object, shape);
    Tree written = object.get("spec");
    if (written == null) {
      findings.error(
          DecodeCode.MISSING_FIELD,
          object.at(),
          "spec",
          kind.kind() + " has no `spec`",
          "",
          "spec:");
      return null;
    }
    values.note("spec", object.find("spec"));
    if (!(written instanceof Tree.Fields fields)) {
      return values.value(written, shape, "spec");
    }
    @Nullable Object[] arguments = ValueReader.empties(shape);
    values.fill(arguments, shape, fields, "spec", Set.of(), false);
    if (object.get("status") instanceof Tree.Fields status) {
      values.fill(arguments, shape, status, "status", Set.of(), true);
    }
    return Shapes.create(shape.constructor(), arguments);
  }

  /** Kubernetes' kinds: the record is the object beside its header. */
  private Object whole(Tree.Fields object, Kind kind) {
    Shape.Message shape = Shapes.of(kind.type());
    @Nullable Object[] arguments = ValueReader.empties(shape);
    values.fill(arguments, shape, object, "", HEADER, false);
    return Shapes.create(shape.constructor(), arguments);
  }

  private void topLevel(Tree.Fields object, Shape.Message spec) {
    values.duplicates(object, "");
    List<String> known = List.of("apiVersion", "kind", "metadata", "spec", "status");
    for (Tree.Entry entry : object.entries()) {
      if (!known.contains(entry.name())) {
        unknownTopLevel(entry, spec, known);
      }
    }
  }

  private void unknownTopLevel(Tree.Entry entry, Shape.Message spec, List<String> known) {
    String name = entry.name();
    String near = Similar.nearest(name, known);
    String message;
    String expected = "";
    if (spec.slots().containsKey(name)) {
      message = "`" + name + "` is a field of `spec`: indent it below `spec:`";
    } else if (Shapes.of(ObjectMeta.class).slots().containsKey(name)) {
      message = "`" + name + "` is a field of `metadata`: indent it below `metadata:`";
    } else {
      message = "an object has no field `" + name + "`";
      expected = near == null ? String.join(", ", known) : near;
    }
    findings.error(DecodeCode.UNKNOWN_FIELD, entry.at(), name, message, "", expected);
  }

  /**
   * Text copied from a web page often comes without its indentation: then metadata and spec are
   * empty and their fields stand beside them. One finding says so instead of one for every line.
   */
  private boolean lostIndentation(Tree.Fields object, Kind kind) {
    Tree.Entry metadata = object.find("metadata");
    Tree.Entry spec = object.find("spec");
    if (metadata == null
        || !metadata.value().isNull()
        || spec == null
        || !spec.value().isNull()
        || !hasStrayFields(object, kind)) {
      return false;
    }
    findings.error(
        DecodeCode.LOST_LAYOUT,
        metadata.at(),
        "",
        "the indentation was lost, probably when this was copied: everything starts in the first"
            + " column, so `metadata` and `spec` are empty; indent what belongs below them by two"
            + " spaces a level",
        "",
        "metadata:⏎  name: …⏎spec:⏎  " + firstField(kind) + ": …");
    return true;
  }

  private static boolean hasStrayFields(Tree.Fields object, Kind kind) {
    Set<String> names = object.entries().stream().map(Tree.Entry::name).collect(Collectors.toSet());
    List<String> stray = new ArrayList<>(bodyFields(kind));
    stray.add("name");
    return stray.stream().anyMatch(names::contains);
  }

  private static Set<String> bodyFields(Kind kind) {
    Shape.Message shape = Shapes.of(kind.type());
    Shape.Slot spec = shape.slots().get("spec");
    return spec != null && spec.shape() instanceof Shape.Message inner
        ? inner.slots().keySet()
        : shape.slots().keySet();
  }

  private static String firstField(Kind kind) {
    return bodyFields(kind).iterator().next();
  }
}

package dev.layar.model;

import dev.layar.base.Location;
import dev.layar.base.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text to objects, strictly: unknown fields, wrong types, repeated fields and all else that the API
 * server or istiod would refuse or silently drop are findings with line and column. Reads YAML and
 * JSON, several documents, and lists of objects. Never throws for any input. Stateless; its methods
 * may be called from any thread.
 *
 * <p>DEVIATION: protobuf's JSON form, which istiod reads, also takes enum numbers, numbers in
 * quotes and snake_case names. Istio's published CRD schemas refuse all three at the API server, so
 * they are findings here, with what to write instead.
 */
public final class Decoder {
  /** The namespace of objects that name none, as kubectl has it. */
  public static final String DEFAULT_NAMESPACE = "default";

  private Decoder() {}

  /**
   * Decodes an input.
   *
   * @param source file name for locations, {@code -} for standard input
   */
  public static Decoded decode(String source, byte[] text) {
    return decode(source, text, DEFAULT_NAMESPACE);
  }

  /** As {@link #decode(String, byte[])}, from characters. */
  public static Decoded decode(String source, String text) {
    return decode(source, text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #decode(String, byte[])}, with another default namespace. */
  public static Decoded decode(String source, byte[] text, String defaultNamespace) {
    Findings findings = new Findings();
    List<Resource<?>> resources = new ArrayList<>();
    for (Tree tree : Documents.read(source, text, findings)) {
      object(tree, "", null, defaultNamespace, findings, resources);
    }
    return new Decoded(resources, findings.list());
  }

  /**
   * Decodes one record by itself, such as what a ConfigMap holds. No text at all is an empty
   * record.
   *
   * @param type a record without required fields
   */
  public static <R extends Record> Result<R> record(String source, String text, Class<R> type) {
    Findings findings = new Findings();
    Shape.Message shape = Shapes.of(type);
    List<Tree> trees =
        Documents.read(source, text.getBytes(StandardCharsets.UTF_8), findings).stream()
            .filter(tree -> !tree.isNull())
            .toList();
    if (trees.size() > 1) {
      findings.error(
          DecodeCode.NOT_AN_OBJECT, trees.get(1).at(), "", "there is more than one document");
    }
    Object read =
        trees.isEmpty()
            ? Shapes.create(shape.constructor(), ValueReader.empties(shape))
            : new ValueReader(findings).value(trees.getFirst(), shape, "");
    return findings.errors() > 0 || read == null
        ? new Result.Rejected<>(findings.list())
        : new Result.Ok<>(type.cast(read), findings.list());
  }

  private static void object(
      Tree tree,
      String path,
      @Nullable Header inherited,
      String defaultNamespace,
      Findings findings,
      List<Resource<?>> out) {
    switch (tree) {
      case Tree.Fields fields -> {
        Header header = Header.of(fields).or(inherited);
        Tree items = fields.get("items");
        if (header.isList() && items != null && inherited == null) {
          list(items, header, defaultNamespace, findings, out);
          return;
        }
        Resource<?> resource =
            new ObjectReader(path, findings).read(fields, header, defaultNamespace);
        if (resource != null) {
          out.add(resource);
        }
      }
      case Tree.Items items -> {
        if (inherited != null || items.items().isEmpty()) {
          notAnObject(tree, path, findings);
          return;
        }
        findings.error(
            DecodeCode.NOT_AN_OBJECT,
            tree.at(),
            path,
            "the document is a list; separate objects with a line `---`, or use `kind: List` with"
                + " `items:`");
      }
      case Tree.Text _ -> {
        if (!tree.isNull()) {
          notAnObject(tree, path, findings);
        }
      }
    }
  }

  private static void list(
      Tree items,
      Header header,
      String defaultNamespace,
      Findings findings,
      List<Resource<?>> out) {
    if (!(items instanceof Tree.Items list)) {
      findings.error(
          DecodeCode.WRONG_TYPE,
          items.at(),
          "items",
          "`items` is a list of objects",
          items.describe(),
          "- apiVersion: …");
      return;
    }
    Header element = header.element();
    for (int i = 0; i < list.items().size(); i++) {
      String path = Paths.item("items", i);
      object(list.items().get(i), path, element, defaultNamespace, findings, out);
    }
  }

  private static void notAnObject(Tree tree, String path, Findings findings) {
    findings.error(
        DecodeCode.NOT_AN_OBJECT,
        tree.at(),
        path,
        "this is not an object with apiVersion, kind and metadata",
        tree.describe(),
        "");
  }

  /**
   * The two fields that say what an object is; empty when missing.
   *
   * @param at where the kind is written
   */
  record Header(String apiVersion, String kind, Location at, Location versionAt) {
    static Header of(Tree.Fields fields) {
      Tree version = fields.get("apiVersion");
      Tree kind = fields.get("kind");
      return new Header(
          version instanceof Tree.Text v ? v.value() : "",
          kind instanceof Tree.Text k ? k.value() : "",
          kind == null ? fields.at() : kind.at(),
          version == null ? fields.at() : version.at());
    }

    /** Elements of typed lists may leave both out, as a real API server does. */
    Header or(@Nullable Header other) {
      return other == null || !kind.isEmpty()
          ? this
          : new Header(other.apiVersion, other.kind, at, versionAt);
    }

    boolean isList() {
      return kind.endsWith("List");
    }

    Header element() {
      String name = kind.substring(0, kind.length() - "List".length());
      return new Header(name.isEmpty() ? "" : apiVersion, name, at, versionAt);
    }
  }
}

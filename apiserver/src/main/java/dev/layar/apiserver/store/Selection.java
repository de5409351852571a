package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.select.FieldSelector;
import dev.layar.apiserver.select.LabelSelector;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** A query with its selectors read: which objects, and in which version they are shown. */
record Selection(ObjectQuery query, LabelSelector labels, FieldSelector fields) {
  /**
   * @param moreFields selectable fields that the kind declares itself
   */
  static Selection of(ObjectQuery query, Set<String> moreFields) {
    return new Selection(query, labels(query), fields(query, moreFields));
  }

  private static LabelSelector labels(ObjectQuery query) {
    try {
      return LabelSelector.parse(query.labelSelector());
    } catch (IllegalArgumentException e) {
      throw refused(query, e);
    }
  }

  private static FieldSelector fields(ObjectQuery query, Set<String> more) {
    try {
      return FieldSelector.parse(query.type(), more, query.fieldSelector());
    } catch (IllegalArgumentException e) {
      throw refused(query, e);
    }
  }

  /** As {@code k8s.io/apiserver/pkg/registry/generic/registry} words it. */
  private static StatusException refused(ObjectQuery query, IllegalArgumentException e) {
    return Refusals.badRequest(
        "Unable to find \""
            + query.type().apiVersion(query.version())
            + ", Resource="
            + query.type().plural()
            + "\" that match label selector \""
            + query.labelSelector()
            + "\", field selector \""
            + query.fieldSelector()
            + "\": "
            + e.getMessage());
  }

  boolean isAll() {
    return labels.requirements().isEmpty() && fields.terms().isEmpty();
  }

  boolean matches(Stored stored) {
    return (query.namespace().isEmpty() || query.namespace().equals(stored.key().namespace()))
        && labels.matches(stored.object().path("metadata"))
        && fields.matches(stored.object());
  }

  /** The object in the query's version. */
  ObjectNode view(Stored stored) {
    return view(stored.object(), query.type().apiVersion(query.version()));
  }

  /** The object under another apiVersion: all versions of a kind have the same form. */
  static ObjectNode view(ObjectNode object, String apiVersion) {
    if (apiVersion.equals(Json.text(object, "apiVersion"))) {
      return object;
    }
    ObjectNode out = Json.shallow(object);
    out.put("apiVersion", apiVersion);
    return out;
  }
}

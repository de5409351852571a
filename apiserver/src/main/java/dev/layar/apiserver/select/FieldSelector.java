package dev.layar.apiserver.select;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** A field selector as its query parameter is written: {@code a.b=c,d!=e}. Immutable. */
public record FieldSelector(List<Term> terms) {
  public static final FieldSelector ALL = new FieldSelector(List.of());

  /** What may be asked for besides name and namespace; as each kind's strategy upstream has it. */
  private static final Map<String, Set<String>> FIELDS =
      Map.ofEntries(
          Map.entry(
              "pods",
              Set.of(
                  "spec.nodeName",
                  "spec.restartPolicy",
                  "spec.schedulerName",
                  "spec.serviceAccountName",
                  "spec.hostNetwork",
                  "status.phase",
                  "status.podIP",
                  "status.nominatedNodeName")),
          Map.entry(
              "events",
              Set.of(
                  "involvedObject.kind",
                  "involvedObject.namespace",
                  "involvedObject.name",
                  "involvedObject.uid",
                  "involvedObject.apiVersion",
                  "involvedObject.resourceVersion",
                  "involvedObject.fieldPath",
                  "reason",
                  "reportingComponent",
                  "source",
                  "type")),
          Map.entry("secrets", Set.of("type")),
          Map.entry("namespaces", Set.of("status.phase")),
          Map.entry("nodes", Set.of("spec.unschedulable")),
          Map.entry("services", Set.of("spec.clusterIP", "spec.type")),
          Map.entry("replicationcontrollers", Set.of("status.replicas")),
          Map.entry("replicasets.apps", Set.of("status.replicas")),
          Map.entry("jobs.batch", Set.of("status.successful")),
          Map.entry(
              "events.events.k8s.io",
              Set.of(
                  "reason",
                  "regarding.kind",
                  "regarding.namespace",
                  "regarding.name",
                  "regarding.uid",
                  "reportingController",
                  "type")),
          Map.entry("certificatesigningrequests.certificates.k8s.io", Set.of("spec.signerName")));

  /** One condition. */
  public record Term(String field, boolean equal, String value) {
    boolean matches(JsonNode object) {
      String actual = Json.text(object, field.split("\\."));
      if (field.equals("source") && actual.isEmpty()) {
        actual = Json.text(object, "source", "component");
      }
      return actual.equals(value) == equal;
    }
  }

  public FieldSelector {
    terms = List.copyOf(terms);
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  public static FieldSelector parse(ResourceType type, String text) {
    return parse(type, Set.of(), text);
  }

  /**
   * As {@link #parse(ResourceType, String)}, with more fields that the kind offers.
   *
   * @param more paths with dots
   */
  public static FieldSelector parse(ResourceType type, Set<String> more, String text) {
    if (text.isBlank()) {
      return ALL;
    }
    List<Term> terms = new ArrayList<>();
    for (String part : split(text)) {
      if (!part.isBlank()) {
        terms.add(term(type, more, part.strip()));
      }
    }
    return new FieldSelector(terms);
  }

  /** Whether an object is selected. */
  public boolean matches(JsonNode object) {
    for (Term term : terms) {
      if (!term.matches(object)) {
        return false;
      }
    }
    return true;
  }

  private static Term term(ResourceType type, Set<String> more, String part) {
    int equals = part.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("invalid selector: '" + part + "'; can't understand it");
    }
    boolean not = part.charAt(equals - 1) == '!';
    String field = part.substring(0, not ? equals - 1 : equals).strip();
    boolean twice = part.startsWith("==", equals);
    String value = unescape(part.substring(equals + (twice ? 2 : 1)).strip());
    if (!known(type, more, field)) {
      throw new IllegalArgumentException("field label not supported: " + field);
    }
    return new Term(field, !not, value);
  }

  private static boolean known(ResourceType type, Set<String> more, String field) {
    return field.equals("metadata.name")
        || field.equals("metadata.namespace")
        || more.contains(field)
        || FIELDS.getOrDefault(type.qualified(), Set.of()).contains(field);
  }

  /** Commas separate, unless a backslash escapes them. */
  private static List<String> split(String text) {
    List<String> out = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        part.append(c).append(text.charAt(++i));
      } else if (c == ',') {
        out.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    out.add(part.toString());
    return out;
  }

  private static String unescape(String value) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      out.append(c == '\\' && i + 1 < value.length() ? value.charAt(++i) : c);
    }
    return out.toString();
  }
}

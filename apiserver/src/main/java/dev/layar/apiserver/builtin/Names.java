package dev.layar.apiserver.builtin;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules for names, labels and annotations, in upstream's words ({@code
 * k8s.io/apimachinery/pkg/util/validation}). Stateless.
 */
public final class Names {
  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern LABEL_1123 = Pattern.compile(LABEL);
  private static final Pattern LABEL_1035 = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern SUBDOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final Pattern VALUE =
      Pattern.compile("(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?");
  private static final Pattern NAME_PART =
      Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
  private static final int ANNOTATIONS = 256 << 10;

  /** Kinds whose names need only fit into a path. */
  private static final Set<String> PATH_NAMES =
      Set.of(
          "roles.rbac.authorization.k8s.io",
          "rolebindings.rbac.authorization.k8s.io",
          "clusterroles.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io");

  private Names() {}

  /** What is wrong with an object's name, labels and annotations. */
  public static List<Cause> check(ResourceType type, ObjectNode object) {
    List<Cause> out = new ArrayList<>();
    JsonNode metadata = object.path("metadata");
    String name = Json.text(metadata, "name");
    if (name.isEmpty()) {
      out.add(required("metadata.name", "name or generateName is required"));
    } else {
      problems(type, name).forEach(p -> out.add(invalid("metadata.name", name, p)));
    }
    labels(metadata.path("labels"), "metadata.labels", out);
    annotations(metadata.path("annotations"), out);
    return out;
  }

  public static Cause required(String field, String message) {
    return new Cause(
        "FieldValueRequired",
        message.isEmpty() ? "Required value" : "Required value: " + message,
        field);
  }

  /** A text value that is not acceptable. */
  public static Cause invalid(String field, String value, String why) {
    return invalidValue(field, "\"" + value + "\"", why);
  }

  /**
   * @param shown the value as it is shown
   */
  public static Cause invalidValue(String field, String shown, String why) {
    return new Cause("FieldValueInvalid", "Invalid value: " + shown + ": " + why, field);
  }

  public static Cause duplicate(String field, String value) {
    return new Cause("FieldValueDuplicate", "Duplicate value: \"" + value + "\"", field);
  }

  public static Cause forbidden(String field, String why) {
    return new Cause("FieldValueForbidden", "Forbidden: " + why, field);
  }

  /** One of a few words was expected. */
  public static Cause notSupported(String field, String value, List<String> words) {
    String supported = String.join(", ", words.stream().map(w -> "\"" + w + "\"").toList());
    return new Cause(
        "FieldValueNotSupported",
        "Unsupported value: \"" + value + "\": supported values: " + supported,
        field);
  }

  private static List<String> problems(ResourceType type, String name) {
    if (PATH_NAMES.contains(type.qualified())) {
      return pathName(name);
    }
    return switch (type.qualified()) {
      case "services" -> label1035(name);
      case "namespaces" -> label1123(name);
      default -> subdomain(name);
    };
  }

  private static List<String> pathName(String name) {
    if (name.equals(".") || name.equals("..")) {
      return List.of("may not be '" + name + "'");
    }
    return name.contains("/") || name.contains("%")
        ? List.of("may not contain '" + (name.contains("/") ? "/" : "%") + "'")
        : List.of();
  }

  /** What is wrong with a DNS subdomain name. */
  public static List<String> subdomain(String name) {
    return problems(
        name,
        253,
        SUBDOMAIN,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
            + " '.', and must start and end with an alphanumeric character (e.g. 'example.com',"
            + " regex used for validation is"
            + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
  }

  /** What is wrong with a DNS label by RFC 1123. */
  public static List<String> label1123(String name) {
    return problems(
        name,
        63,
        LABEL_1123,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and"
            + " must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc',"
            + " regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
  }

  /** What is wrong with a DNS label by RFC 1035. */
  public static List<String> label1035(String name) {
    return problems(
        name,
        63,
        LABEL_1035,
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an"
            + " alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or"
            + " 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");
  }

  private static List<String> problems(String name, int most, Pattern pattern, String message) {
    List<String> out = new ArrayList<>();
    if (name.length() > most) {
      out.add("must be no more than " + most + " characters");
    }
    if (name.length() > 4096 || !pattern.matcher(name).matches()) {
      out.add(message);
    }
    return out;
  }

  /** What is wrong with a map of labels. */
  public static void labels(JsonNode labels, String field, List<Cause> out) {
    for (Map.Entry<String, JsonNode> label : labels.properties()) {
      qualified(label.getKey()).forEach(p -> out.add(invalid(field, label.getKey(), p)));
      String value = label.getValue().asString("");
      problems(
              value,
              63,
              VALUE,
              "a valid label must be an empty string or consist of alphanumeric characters, '-',"
                  + " '_' or '.', and must start and end with an alphanumeric character (e.g."
                  + " 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
                  + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
          .forEach(p -> out.add(invalid(field, value, p)));
    }
  }

  private static void annotations(JsonNode annotations, List<Cause> out) {
    long size = 0;
    for (Map.Entry<String, JsonNode> annotation : annotations.properties()) {
      String key = annotation.getKey();
      qualified(key.toLowerCase(Locale.ROOT))
          .forEach(p -> out.add(invalid("metadata.annotations", key, p)));
      size += key.length() + annotation.getValue().asString("").length();
    }
    if (size > ANNOTATIONS) {
      out.add(
          new Cause(
              "FieldValueTooLong",
              "Too long: may not be more than " + ANNOTATIONS + " bytes",
              "metadata.annotations"));
    }
  }

  private static List<String> qualified(String key) {
    int slash = key.indexOf('/');
    List<String> out = new ArrayList<>();
    if (slash >= 0) {
      String prefix = key.substring(0, slash);
      if (prefix.isEmpty()) {
        out.add("prefix part must be non-empty");
      } else {
        subdomain(prefix).forEach(p -> out.add("prefix part " + p));
      }
    }
    String name = key.substring(slash + 1);
    if (name.isEmpty()) {
      out.add("name part must be non-empty");
    }
    problems(
            name,
            63,
            NAME_PART,
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with"
                + " an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex"
                + " used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")
        .forEach(p -> out.add("name part " + p));
    return out;
  }
}

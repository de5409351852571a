package dev.layar.proxy.config;

import dev.layar.base.Finding;
import dev.layar.base.JsonStrings;
import dev.layar.base.Location;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A bootstrap's text: YAML (of which JSON is a part) turned into JSON for protobuf's parser, and
 * that parser's complaints turned back into places in the text.
 */
final class BootstrapText {
  private static final Pattern UNKNOWN_FIELD =
      Pattern.compile("Cannot find field: (\\S+) in message (\\S+)");
  private static final int MAX_BYTES = 16 << 20;

  private final String text;
  private final String source;
  private final @Nullable String json;
  private final List<Finding> findings;

  private BootstrapText(String text, String source, @Nullable String json, List<Finding> findings) {
    this.text = text;
    this.source = source;
    this.json = json;
    this.findings = findings;
  }

  static BootstrapText parse(String text, String source) {
    try {
      Object root = new Load(settings(source)).loadFromString(text);
      if (root instanceof Map<?, ?> map) {
        StringBuilder json = new StringBuilder(text.length());
        write(map, json);
        return new BootstrapText(text, source, json.toString(), List.of());
      }
      return refused(text, source, 0, 0, "the document is not a map of fields");
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark();
      return refused(
          text,
          source,
          mark.map(m -> m.getLine() + 1).orElse(0),
          mark.map(m -> m.getColumn() + 1).orElse(0),
          "not YAML: " + String.valueOf(e.getProblem()));
    } catch (YamlEngineException e) {
      return refused(text, source, 0, 0, "not YAML: " + e.getMessage());
    }
  }

  /** The document as JSON; null when it is no YAML map. */
  @Nullable String json() {
    return json;
  }

  List<Finding> findings() {
    return findings;
  }

  /** The parser's complaint as a finding with a place, as far as it can be found. */
  Finding explain(String complaint) {
    Matcher unknown = UNKNOWN_FIELD.matcher(complaint);
    if (!unknown.find()) {
      return error(0, 0, complaint, "", "an Envoy v3 bootstrap");
    }
    String field = unknown.group(1);
    String message = unknown.group(2);
    Optional<Mark> mark = find(field);
    return error(
        mark.map(m -> m.getLine() + 1).orElse(0),
        mark.map(m -> m.getColumn() + 1).orElse(0),
        "'" + field + "' is no field of " + message,
        field,
        suggestion(field, message));
  }

  private static String suggestion(String field, String message) {
    SortedSet<String> known = SupportedFields.table().get(message);
    if (known == null) {
      return "a field of " + message;
    }
    String nearest = "";
    int best = 4;
    for (String candidate : known) {
      int distance = distance(field.toLowerCase(Locale.ROOT), candidate);
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
    return nearest.isEmpty() ? "one of " + String.join(", ", known) : nearest;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  private Optional<Mark> find(String key) {
    return new Compose(settings(source)).composeString(text).flatMap(node -> find(node, key));
  }

  private static Optional<Mark> find(Node node, String key) {
    if (node instanceof MappingNode map) {
      for (NodeTuple tuple : map.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key)) {
          return scalar.getStartMark();
        }
        Optional<Mark> below = find(tuple.getValueNode(), key);
        if (below.isPresent()) {
          return below;
        }
      }
    } else if (node instanceof SequenceNode sequence) {
      for (Node item : sequence.getValue()) {
        Optional<Mark> below = find(item, key);
        if (below.isPresent()) {
          return below;
        }
      }
    }
    return Optional.empty();
  }

  private static LoadSettings settings(String source) {
    return LoadSettings.builder()
        .setLabel(source)
        .setAllowDuplicateKeys(false)
        .setUseMarks(true)
        .setCodePointLimit(MAX_BYTES)
        .build();
  }

  private static BootstrapText refused(
      String text, String source, int line, int column, String message) {
    Finding finding =
        Finding.error(
            Problems.UNDECODABLE,
            new Location(source, line, column),
            "",
            message,
            "",
            "an Envoy v3 bootstrap in YAML or JSON");
    return new BootstrapText(text, source, null, List.of(finding));
  }

  private Finding error(int line, int column, String message, String value, String expected) {
    return Finding.error(
        Problems.UNDECODABLE, new Location(source, line, column), "", message, value, expected);
  }

  // ---- JSON

  private static void write(@Nullable Object value, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> writeMap(map, out);
      case Iterable<?> items -> writeItems(items, out);
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      default -> JsonStrings.append(out, value.toString());
    }
  }

  private static void writeMap(Map<?, ?> map, StringBuilder out) {
    String separator = "{";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      JsonStrings.append(out, String.valueOf(entry.getKey()));
      out.append(':');
      write(entry.getValue(), out);
      separator = ",";
    }
    out.append(map.isEmpty() ? "{}" : "}");
  }

  private static void writeItems(Iterable<?> items, StringBuilder out) {
    out.append('[');
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      write(item, out);
      separator = ",";
    }
    out.append(']');
  }
}

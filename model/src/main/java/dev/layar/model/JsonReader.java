package dev.layar.model;

import dev.layar.base.Location;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/** JSON to {@link Tree}. Accepts several values after each other, as kubectl does. */
final class JsonReader {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(Limits.DEPTH).build())
          .build();

  private final String source;
  private final int line;
  private final JsonParser parser;
  private Location last;

  private JsonReader(String source, int line, JsonParser parser) {
    this.source = source;
    this.line = line;
    this.parser = parser;
    this.last = new Location(source, line + 1, 1);
  }

  static boolean looksLikeJson(String text) {
    char first = firstAfter(text, -1);
    return first == '{' || first == '[';
  }

  /** Whether a reader would take it for JSON rather than for YAML's flow style. */
  static boolean isSurelyJson(String text) {
    int open = text.indexOf('{');
    return open >= 0 && firstAfter(text, open) == '"';
  }

  static Documents.Parsed read(String source, Documents.Chunk chunk) {
    List<Tree> trees = new ArrayList<>();
    JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), chunk.text());
    JsonReader reader = new JsonReader(source, chunk.line(), parser);
    try (parser) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        trees.add(reader.value(token));
      }
      return new Documents.Parsed(trees, null);
    } catch (StreamConstraintsException e) {
      return reader.problem(
          DecodeCode.TOO_LARGE, "the JSON is nested too deeply or too long", e, trees);
    } catch (JacksonException e) {
      return reader.problem(DecodeCode.SYNTAX, "not valid JSON: " + explain(e), e, trees);
    }
  }

  private Tree value(JsonToken token) {
    Location at = here();
    return switch (token) {
      case START_OBJECT -> new Tree.Fields(fields(), at);
      case START_ARRAY -> new Tree.Items(items(), at);
      case VALUE_STRING -> new Tree.Text(parser.getString(), false, at);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
          new Tree.Text(parser.getString(), true, at);
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("no value starts with " + token);
    };
  }

  private List<Tree.Entry> fields() {
    List<Tree.Entry> entries = new ArrayList<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      Location at = here();
      entries.add(new Tree.Entry(name, at, value(parser.nextToken())));
    }
    return List.copyOf(entries);
  }

  private List<Tree> items() {
    List<Tree> items = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      items.add(value(token));
    }
    return List.copyOf(items);
  }

  private Location here() {
    TokenStreamLocation at = parser.currentTokenLocation();
    last = new Location(source, line + at.getLineNr(), at.getColumnNr());
    return last;
  }

  private Documents.Parsed problem(
      DecodeCode code, String message, JacksonException e, List<Tree> trees) {
    TokenStreamLocation at = e.getLocation();
    Location location =
        at == null || at.getLineNr() < 1
            ? last
            : new Location(source, line + at.getLineNr(), Math.max(1, at.getColumnNr()));
    return new Documents.Parsed(trees, new Documents.Problem(code, location, message));
  }

  /** Jackson's own words, up to its remarks on settings of the parser. */
  private static String explain(JacksonException e) {
    String message = e.getOriginalMessage();
    int cut = message.indexOf(" (for ");
    String first = cut < 0 ? message : message.substring(0, cut);
    return first.lines().findFirst().orElse("unreadable");
  }

  private static char firstAfter(String text, int index) {
    for (int i = index + 1; i < text.length(); i++) {
      if (!Character.isWhitespace(text.charAt(i))) {
        return text.charAt(i);
      }
    }
    return ' ';
  }
}

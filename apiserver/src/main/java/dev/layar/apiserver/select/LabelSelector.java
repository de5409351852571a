package dev.layar.apiserver.select;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * A label selector as its query parameter is written: {@code a=b,c!=d,e in (f,g),h,!i}. Immutable.
 */
public record LabelSelector(List<Requirement> requirements) {
  public static final LabelSelector ALL = new LabelSelector(List.of());

  /** How a label is compared. */
  public enum Operator {
    IN,
    NOT_IN,
    EXISTS,
    NOT_EXISTS,
    GREATER,
    LESS
  }

  /** One condition on one label. */
  public record Requirement(String key, Operator operator, Set<String> values) {
    boolean matches(JsonNode labels) {
      JsonNode value = labels.get(key);
      return switch (operator) {
        case IN -> value != null && values.contains(value.asString());
        case NOT_IN -> value == null || !values.contains(value.asString());
        case EXISTS -> value != null;
        case NOT_EXISTS -> value == null;
        case GREATER -> value != null && compare(value) > 0;
        case LESS -> value != null && compare(value) < 0;
      };
    }

    private int compare(JsonNode value) {
      try {
        return Long.compare(
            Long.parseLong(value.asString()), Long.parseLong(values.iterator().next()));
      } catch (NumberFormatException e) {
        return 0; // not a number: neither greater nor less
      }
    }
  }

  public LabelSelector {
    requirements = List.copyOf(requirements);
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  public static LabelSelector parse(String text) {
    return text.isBlank() ? ALL : new LabelSelector(new Parser(text).requirements());
  }

  /** Whether an object with this {@code metadata} is selected. */
  public boolean matches(JsonNode metadata) {
    if (requirements.isEmpty()) {
      return true;
    }
    JsonNode labels = metadata.path("labels");
    for (Requirement requirement : requirements) {
      if (!requirement.matches(labels)) {
        return false;
      }
    }
    return true;
  }

  /** Recursive descent over the text. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    List<Requirement> requirements() {
      List<Requirement> out = new ArrayList<>();
      while (true) {
        out.add(requirement());
        skip();
        if (at == text.length()) {
          return out;
        }
        expect(',');
      }
    }

    private Requirement requirement() {
      skip();
      if (take("!")) {
        return new Requirement(word("a label key"), Operator.NOT_EXISTS, Set.of());
      }
      String key = word("a label key");
      skip();
      if (at == text.length() || text.charAt(at) == ',') {
        return new Requirement(key, Operator.EXISTS, Set.of());
      }
      if (take("!=")) {
        return new Requirement(key, Operator.NOT_IN, Set.of(value()));
      }
      if (take("==") || take("=")) {
        return new Requirement(key, Operator.IN, Set.of(value()));
      }
      if (take(">")) {
        return new Requirement(key, Operator.GREATER, Set.of(number()));
      }
      if (take("<")) {
        return new Requirement(key, Operator.LESS, Set.of(number()));
      }
      return set(key);
    }

    private Requirement set(String key) {
      String operator = word("an operator");
      return switch (operator) {
        case "in" -> new Requirement(key, Operator.IN, values());
        case "notin" -> new Requirement(key, Operator.NOT_IN, values());
        default -> throw wrong("found '" + operator + "', expected: in, notin, =, ==, !=, gt, lt");
      };
    }

    private Set<String> values() {
      skip();
      expect('(');
      Set<String> out = new TreeSet<>();
      do {
        out.add(value());
        skip();
      } while (take(","));
      expect(')');
      return out;
    }

    private String number() {
      String value = value();
      if (!value.matches("-?[0-9]{1,18}")) {
        throw wrong("for 'Gt', 'Lt' operators, the value must be an integer");
      }
      return value;
    }

    /** A value may be empty. */
    private String value() {
      skip();
      int start = at;
      while (at < text.length() && isWord(text.charAt(at))) {
        at++;
      }
      return text.substring(start, at);
    }

    private String word(String what) {
      String word = value();
      if (word.isEmpty()) {
        String found = at == text.length() ? "" : text.substring(at, at + 1);
        throw wrong("found '" + found + "', expected: " + what);
      }
      return word;
    }

    private void skip() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private boolean take(String token) {
      if (text.startsWith(token, at)) {
        at += token.length();
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (at == text.length() || text.charAt(at) != c) {
        String found = at == text.length() ? "" : text.substring(at, at + 1);
        throw wrong("found '" + found + "', expected: '" + c + "'");
      }
      at++;
    }

    private static boolean isWord(char c) {
      return Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.' || c == '/';
    }

    private static IllegalArgumentException wrong(String why) {
      return new IllegalArgumentException("unable to parse requirement: " + why);
    }
  }
}

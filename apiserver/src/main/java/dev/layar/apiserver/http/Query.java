package dev.layar.apiserver.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parameters of a request's query, decoded: {@code %3D} and {@code +} alike. Immutable. */
record Query(Map<String, List<String>> values) {
  /** Parameters beyond this many are a client's mistake or worse. */
  private static final int MOST = 1_000;

  static Query parse(String text) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    int count = 0;
    for (String pair : text.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      if (++count > MOST) {
        throw Statuses.badRequest("the query has more than " + MOST + " parameters");
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }
    return new Query(values);
  }

  static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("the URL is not well encoded: " + e.getMessage());
    }
  }

  /** The first value, or the empty string. */
  String get(String name) {
    List<String> all = values.get(name);
    return all == null ? "" : all.getFirst();
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** As Go's {@code strconv.ParseBool}: a parameter without a value is on. */
  boolean flag(String name) {
    List<String> all = values.get(name);
    if (all == null) {
      return false;
    }
    return switch (all.getFirst()) {
      case "", "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default ->
          throw Statuses.badRequest(
              "the parameter " + name + " is \"" + all.getFirst() + "\", expected true or false");
    };
  }

  long number(String name, long absent) {
    String text = get(name);
    if (text.isEmpty()) {
      return absent;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Statuses.badRequest(
          "the parameter " + name + " is \"" + text + "\", expected a whole number");
    }
  }
}

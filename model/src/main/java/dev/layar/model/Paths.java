package dev.layar.model;

import java.util.regex.Pattern;

/** Builds field paths as findings have them. */
public final class Paths {
  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

  private Paths() {}

  /** {@code parent.name}, or {@code parent["na.me"]} where the name needs quotes. */
  public static String field(String parent, String name) {
    if (!SIMPLE.matcher(name).matches()) {
      return parent + "[\"" + name + "\"]";
    }
    return parent.isEmpty() ? name : parent + "." + name;
  }

  /** {@code parent[index]}. */
  public static String item(String parent, int index) {
    return parent + "[" + index + "]";
  }
}

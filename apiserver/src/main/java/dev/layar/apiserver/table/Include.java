package dev.layar.apiserver.table;

import dev.layar.apiserver.StatusException;

/** What a table's rows carry beside their cells: the query parameter {@code includeObject}. */
public enum Include {
  NONE,
  METADATA,
  OBJECT;

  /** The parameter's value; empty for the default. */
  public static Include of(String text) {
    return switch (text) {
      case "", "Metadata" -> METADATA;
      case "None" -> NONE;
      case "Object" -> OBJECT;
      default ->
          throw new StatusException(
              400,
              "BadRequest",
              "the parameter includeObject is \"" + text + "\", expected None, Metadata or Object",
              StatusException.Details.NONE);
    };
  }
}

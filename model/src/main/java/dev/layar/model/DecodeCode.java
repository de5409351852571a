package dev.layar.model;

/** Why text was refused, or doubted, before its meaning was looked at. The codes are stable. */
public enum DecodeCode {
  NOT_UTF8("LYR0101", "the input is not UTF-8 text"),
  SYNTAX("LYR0102", "the input is neither YAML nor JSON"),
  TOO_LARGE("LYR0103", "the input, its nesting or what its aliases unfold to is too large"),
  NOT_AN_OBJECT("LYR0104", "a document is not an object with apiVersion, kind and metadata"),
  UNKNOWN_KIND("LYR0105", "there is no such kind, or Layar does not know it"),
  UNSUPPORTED_KIND("LYR0106", "the kind exists, and Layar does not act on it"),
  UNKNOWN_VERSION("LYR0107", "the kind is not served in this apiVersion"),
  UNKNOWN_FIELD("LYR0108", "there is no such field"),
  DUPLICATE_KEY("LYR0109", "a field is written twice"),
  WRONG_TYPE("LYR0110", "the value has another type than the field"),
  MISSING_FIELD("LYR0111", "a required field is missing"),
  ONEOF_CONFLICT("LYR0112", "fields that exclude each other are both written"),
  BAD_DURATION("LYR0113", "the value is not a duration"),
  OUT_OF_RANGE("LYR0114", "the number is outside the field's range"),
  UNKNOWN_VALUE("LYR0115", "the field takes one of a few words, and this is none of them"),
  LOST_LAYOUT("LYR0116", "line breaks or indentation were lost"),
  BAD_TIME("LYR0117", "the value is not an RFC 3339 time"),
  BAD_BASE64("LYR0118", "the value is not base64"),
  TOO_MANY("LYR0119", "there are more findings than are reported"),
  MISSPELT("LYR0120", "a field that is ignored looks like one that is read");

  private final String id;
  private final String meaning;

  DecodeCode(String id, String meaning) {
    this.id = id;
    this.meaning = meaning;
  }

  /** The stable identifier, for example {@code LYR0108}. */
  public String id() {
    return id;
  }

  /** One line for the reference. */
  public String meaning() {
    return meaning;
  }
}

package dev.layar.analysis;

/** The HTTP status codes that are registered with IANA. */
final class StatusCodes {
  private StatusCodes() {}

  static boolean isKnown(String text) {
    return text.matches("[1-5][0-9]{2}") && isKnown(Integer.parseInt(text));
  }

  private static boolean isKnown(int code) {
    return code <= 103
        || code >= 200 && code <= 208
        || code == 226
        || code >= 300 && code <= 308 && code != 306
        || code >= 400 && code <= 418
        || code >= 421 && code <= 431 && code != 427 && code != 430
        || code == 451
        || code >= 500 && code <= 511 && code != 509;
  }
}

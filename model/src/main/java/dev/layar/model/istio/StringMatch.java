package dev.layar.model.istio;

import dev.layar.model.Doc;

/** Istio's StringMatch. Case-sensitive unless the field says otherwise. */
@Doc("How a string is compared: exactly one of exact, prefix and regex; `{}` means present.")
public sealed interface StringMatch {
  /** The whole string, equal. */
  record Exact(@Doc("The whole string must equal this.") String exact) implements StringMatch {}

  /** The start of the string. */
  record Prefix(@Doc("The string must start with this.") String prefix) implements StringMatch {}

  /** An RE2 expression over the whole string. */
  record Regex(@Doc("RE2 expression that must match the whole string.") String regex)
      implements StringMatch {}

  /** Nothing but presence, written {@code {}}. */
  record Present() implements StringMatch {}
}

package dev.layar.proxy.observe;

/**
 * The configuration object that a route or cluster was compiled from, read from {@code
 * metadata.filter_metadata["layar"]}: what an access log or an operator is told about who decided.
 *
 * @param kind for example {@code VirtualService}
 * @param rule index of the rule in the object, or its name; empty when the object has none
 * @param match index of the match in the rule; empty when there is none
 */
public record Provenance(String kind, String namespace, String name, String rule, String match) {
  /** {@code VirtualService/namespace/name rule 0 match 1}, without the parts that are empty. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(64);
    out.append(kind).append('/').append(namespace).append('/').append(name);
    if (!rule.isEmpty()) {
      out.append(" rule ").append(rule);
    }
    if (!match.isEmpty()) {
      out.append(" match ").append(match);
    }
    return out.toString();
  }
}

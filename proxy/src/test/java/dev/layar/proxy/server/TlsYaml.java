package dev.layar.proxy.server;

import dev.layar.proxy.tls.TestCa;

/** TLS contexts and secrets as YAML that fits on one line. */
final class TlsYaml {
  private TlsYaml() {}

  /** A PEM text as a YAML scalar. */
  static String inline(String pem) {
    return "{inline_string: \"" + pem.replace("\n", "\\n") + "\"}";
  }

  static String certificate(TestCa.Leaf leaf) {
    return "{certificate_chain: %s, private_key: %s}"
        .formatted(inline(leaf.chainPem()), inline(leaf.keyPem()));
  }

  /** {@code trusted_ca} and, as YAML, more of a validation context. */
  static String validation(TestCa ca, String more) {
    return "{trusted_ca: %s%s}".formatted(inline(ca.rootPem()), more.isEmpty() ? "" : ", " + more);
  }

  /** A transport socket toward clients, from the fields of its CommonTlsContext. */
  static String downstream(String more, String... common) {
    return socket("Downstream", more, common);
  }

  /** A transport socket toward endpoints. */
  static String upstream(String more, String... common) {
    return socket("Upstream", more, common);
  }

  private static String socket(String side, String more, String... common) {
    return ("{name: tls, typed_config: {\"@type\":"
            + " type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.%sTlsContext,"
            + " common_tls_context: {%s}%s}}")
        .formatted(side, String.join(", ", common), more.isEmpty() ? "" : ", " + more);
  }

  /** A reference to a secret that ADS brings. */
  static String sds(String name) {
    return "{name: %s, sds_config: {ads: {}, initial_fetch_timeout: 0s}}".formatted(name);
  }

  static String san(String type, String matcher) {
    return "match_typed_subject_alt_names: [{san_type: %s, matcher: {%s}}]"
        .formatted(type, matcher);
  }
}

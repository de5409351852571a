package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.re2j.Pattern;
import dev.layar.proxy.tls.KeyPairPem;
import dev.layar.proxy.tls.Pem;
import dev.layar.proxy.tls.SanMatcher;
import dev.layar.proxy.tls.Secret;
import dev.layar.proxy.tls.TlsConfig;
import dev.layar.proxy.tls.Validation;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** TLS transport sockets and secrets → {@link TlsConfig} and {@link Secret}. */
final class TlsReader {
  private static final long SECOND = 1_000_000_000L;
  private static final int TICKET_KEY = 80;
  private static final int HASH_DIGITS = 64;

  /** Where systems keep their roots ({@code system_root_certs}). */
  private static final List<String> SYSTEM_ROOTS =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/cert.pem");

  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  private final Problems problems;

  private TlsReader(Problems problems) {
    this.problems = problems;
  }

  // ---- transport sockets

  /** The TLS of a filter chain; null for none. */
  static TlsConfig.@Nullable Downstream downstream(
      TransportSocket socket, String path, Problems problems) {
    Any config = Extensions.unwrap(socket.getTypedConfig(), path + ".typed_config", problems);
    if (plain(config)) {
      return null;
    }
    if (!Extensions.is(config, Extensions.DOWNSTREAM_TLS)) {
      unknown(config, path, "DownstreamTlsContext or raw_buffer", problems);
      return null;
    }
    try {
      DownstreamTlsContext proto = DownstreamTlsContext.parseFrom(config.getValue());
      SupportedFields.check(
          DownstreamTlsContext.getDescriptor(), proto, path + ".typed_config", problems);
      return new TlsReader(problems).downstream(proto, path + ".typed_config");
    } catch (InvalidProtocolBufferException e) {
      undecodable(e, path, problems);
      return null;
    }
  }

  /** The TLS of a cluster; null for none. */
  static TlsConfig.@Nullable Upstream upstream(
      TransportSocket socket, String path, boolean autoSni, boolean autoSan, Problems problems) {
    Any config = Extensions.unwrap(socket.getTypedConfig(), path + ".typed_config", problems);
    if (plain(config)) {
      return null;
    }
    if (!Extensions.is(config, Extensions.UPSTREAM_TLS)) {
      unknown(config, path, "UpstreamTlsContext or raw_buffer", problems);
      return null;
    }
    try {
      UpstreamTlsContext proto = UpstreamTlsContext.parseFrom(config.getValue());
      SupportedFields.check(
          UpstreamTlsContext.getDescriptor(), proto, path + ".typed_config", problems);
      TlsConfig common =
          new TlsReader(problems)
              .common(
                  proto.getCommonTlsContext(), path + ".typed_config.common_tls_context", false);
      return new TlsConfig.Upstream(
          common, proto.getSni(), autoSni, autoSan || proto.getAutoSniSanValidation());
    } catch (InvalidProtocolBufferException e) {
      undecodable(e, path, problems);
      return null;
    }
  }

  private static boolean plain(Any config) {
    return config.getTypeUrl().isEmpty() || Extensions.is(config, Extensions.RAW_BUFFER);
  }

  private static void unknown(Any config, String path, String expected, Problems problems) {
    problems.error(
        Problems.UNKNOWN_EXTENSION,
        path,
        "this transport socket is not known",
        config.getTypeUrl(),
        expected);
  }

  private static void undecodable(
      InvalidProtocolBufferException e, String path, Problems problems) {
    problems.error(Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", "a TLS context");
  }

  private TlsConfig.Downstream downstream(DownstreamTlsContext proto, String path) {
    TlsConfig common = common(proto.getCommonTlsContext(), path + ".common_tls_context", true);
    boolean requires = proto.getRequireClientCertificate().getValue();
    return new TlsConfig.Downstream(
        common,
        requires,
        !proto.getDisableStatelessSessionResumption(),
        ticketKeys(proto.getSessionTicketKeys(), path + ".session_ticket_keys"));
  }

  private TlsConfig common(CommonTlsContext proto, String path, boolean server) {
    List<KeyPairPem> pairs = new ArrayList<>();
    for (int i = 0; i < proto.getTlsCertificatesCount(); i++) {
      KeyPairPem pair = pair(proto.getTlsCertificates(i), path + ".tls_certificates[" + i + "]");
      if (pair != null) {
        pairs.add(pair);
      }
    }
    List<String> names = new ArrayList<>();
    long[] wait = {-1};
    for (int i = 0; i < proto.getTlsCertificateSdsSecretConfigsCount(); i++) {
      names.add(
          name(
              proto.getTlsCertificateSdsSecretConfigs(i),
              path + ".tls_certificate_sds_secret_configs[" + i + "]",
              wait));
    }
    if (server && pairs.isEmpty() && names.isEmpty()) {
      problems.missing(
          path,
          "no certificate to show to clients",
          "tls_certificates or tls_certificate_sds_secret_configs");
    }
    Validation validation = Validation.NONE;
    String secret = null;
    switch (proto.getValidationContextTypeCase()) {
      case VALIDATION_CONTEXT ->
          validation = validation(proto.getValidationContext(), path + ".validation_context");
      case VALIDATION_CONTEXT_SDS_SECRET_CONFIG ->
          secret =
              name(
                  proto.getValidationContextSdsSecretConfig(),
                  path + ".validation_context_sds_secret_config",
                  wait);
      case COMBINED_VALIDATION_CONTEXT -> {
        var combined = proto.getCombinedValidationContext();
        String where = path + ".combined_validation_context";
        validation =
            validation(
                combined.getDefaultValidationContext(), where + ".default_validation_context");
        secret =
            name(
                combined.getValidationContextSdsSecretConfig(),
                where + ".validation_context_sds_secret_config",
                wait);
      }
      case VALIDATION_CONTEXT_CERTIFICATE_PROVIDER,
          VALIDATION_CONTEXT_CERTIFICATE_PROVIDER_INSTANCE ->
          problems.error(
              Problems.UNSUPPORTED,
              path,
              "certificate providers are not supported",
              "",
              "validation_context or SDS");
      case VALIDATIONCONTEXTTYPE_NOT_SET -> {}
    }
    return new TlsConfig(
        versions(proto.getTlsParams(), path + ".tls_params"),
        proto.getTlsParams().getCipherSuitesList().stream().map(TlsReader::firstOf).toList(),
        proto.getAlpnProtocolsList(),
        pairs,
        names,
        validation,
        secret,
        Math.max(0, wait[0]));
  }

  /** Of a group of equal preference, {@code [A|B]}, the first. */
  private static String firstOf(String suite) {
    return suite.startsWith("[") ? suite.substring(1, suite.length() - 1).split("\\|")[0] : suite;
  }

  private List<String> versions(TlsParameters proto, String path) {
    int least =
        switch (proto.getTlsMinimumProtocolVersion()) {
          case TLS_AUTO, TLSv1_2, UNRECOGNIZED -> 2;
          case TLSv1_0 -> 0;
          case TLSv1_1 -> 1;
          case TLSv1_3 -> 3;
        };
    int most =
        switch (proto.getTlsMaximumProtocolVersion()) {
          case TLS_AUTO, TLSv1_3, UNRECOGNIZED -> 3;
          case TLSv1_0 -> 0;
          case TLSv1_1 -> 1;
          case TLSv1_2 -> 2;
        };
    if (least > most) {
      problems.invalid(
          path, "no version is allowed", VERSIONS.get(least), "up to " + VERSIONS.get(most));
      return List.of("TLSv1.3");
    }
    return VERSIONS.subList(least, most + 1);
  }

  /**
   * The name under which the secret store has it: of a file, with the file's path.
   *
   * @param wait the longest fetch timeout so far; 0 waits for ever, -1 for none seen
   */
  private String name(SdsSecretConfig proto, String path, long[] wait) {
    if (proto.getName().isEmpty()) {
      problems.missing(path + ".name", "a secret needs a name", "a name");
    }
    ConfigSource source = proto.getSdsConfig();
    long timeout =
        Durations.nanos(
            source.hasInitialFetchTimeout(),
            source.getInitialFetchTimeout(),
            15 * SECOND,
            path + ".sds_config.initial_fetch_timeout",
            problems);
    wait[0] = wait[0] == 0 || timeout == 0 ? 0 : Math.max(wait[0], timeout);
    return source.hasPathConfigSource()
        ? FileSecrets.name(source.getPathConfigSource().getPath(), proto.getName())
        : proto.getName();
  }

  // ---- secrets

  /** A secret that came by SDS; null when {@code problems} has an error about it. */
  static @Nullable Secret secret(
      io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret proto, Problems problems) {
    SupportedFields.check(
        io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.getDescriptor(),
        proto,
        "",
        problems);
    TlsReader reader = new TlsReader(problems);
    return switch (proto.getTypeCase()) {
      case TLS_CERTIFICATE -> {
        KeyPairPem pair = reader.pair(proto.getTlsCertificate(), "tls_certificate");
        yield pair == null ? null : new Secret.Certificate(pair);
      }
      case VALIDATION_CONTEXT ->
          new Secret.Trust(reader.validation(proto.getValidationContext(), "validation_context"));
      case SESSION_TICKET_KEYS ->
          new Secret.TicketKeys(reader.keys(proto.getSessionTicketKeys(), "session_ticket_keys"));
      case GENERIC_SECRET -> new Secret.Generic();
      case TYPE_NOT_SET -> {
        problems.missing("", "the secret is empty", "tls_certificate or validation_context");
        yield null;
      }
    };
  }

  private @Nullable KeyPairPem pair(TlsCertificate proto, String path) {
    String chain = text(proto.getCertificateChain(), path + ".certificate_chain");
    String key = text(proto.getPrivateKey(), path + ".private_key");
    if (chain.isEmpty() || key.isEmpty()) {
      problems.missing(
          path, "a certificate needs its chain and its key", "certificate_chain and private_key");
      return null;
    }
    try {
      if (Pem.certificates(chain).isEmpty()) {
        problems.invalid(path + ".certificate_chain", "no certificate in it", "", "PEM");
      }
    } catch (GeneralSecurityException e) {
      problems.invalid(path + ".certificate_chain", String.valueOf(e.getMessage()), "", "PEM");
    }
    try {
      Pem.privateKey(key);
    } catch (GeneralSecurityException e) {
      problems.invalid(
          path + ".private_key",
          String.valueOf(e.getMessage()),
          "",
          "PKCS #8, PKCS #1 or SEC 1 in PEM form");
    }
    return new KeyPairPem(chain, key);
  }

  @SuppressWarnings("deprecation")
  private Validation validation(CertificateValidationContext proto, String path) {
    String roots = text(proto.getTrustedCa(), path + ".trusted_ca");
    if (roots.isEmpty() && proto.hasSystemRootCerts()) {
      roots = systemRoots(path + ".system_root_certs");
    }
    readable(roots, path + ".trusted_ca");
    List<SanMatcher> sans = new ArrayList<>();
    for (int i = 0; i < proto.getMatchTypedSubjectAltNamesCount(); i++) {
      String where = path + ".match_typed_subject_alt_names[" + i + "]";
      SubjectAltNameMatcher one = proto.getMatchTypedSubjectAltNames(i);
      san(one.getMatcher(), kind(one), where + ".matcher", sans);
    }
    for (int i = 0; i < proto.getMatchSubjectAltNamesCount(); i++) {
      String where = path + ".match_subject_alt_names[" + i + "]";
      san(proto.getMatchSubjectAltNames(i), SanMatcher.Type.ANY, where, sans);
    }
    return new Validation(
        roots,
        domains(proto, path + ".custom_validator_config"),
        sans,
        hashes(proto, path + ".verify_certificate_hash"),
        proto.getVerifyCertificateSpkiList(),
        proto.getTrustChainVerification()
            == CertificateValidationContext.TrustChainVerification.ACCEPT_UNTRUSTED,
        proto.getAllowExpiredCertificate());
  }

  private void readable(String roots, String path) {
    try {
      if (!roots.isEmpty() && Pem.certificates(roots).isEmpty()) {
        problems.invalid(path, "no certificate in it", "", "PEM");
      }
    } catch (GeneralSecurityException e) {
      problems.invalid(path, String.valueOf(e.getMessage()), "", "certificates in PEM form");
    }
  }

  private String systemRoots(String path) {
    for (String file : SYSTEM_ROOTS) {
      if (Files.isReadable(Path.of(file))) {
        return file(file, path);
      }
    }
    problems.invalid(
        path, "this system has no file of roots", "", String.join(" or ", SYSTEM_ROOTS));
    return "";
  }

  private static SanMatcher.Type kind(SubjectAltNameMatcher proto) {
    return switch (proto.getSanType()) {
      case EMAIL -> SanMatcher.Type.EMAIL;
      case DNS -> SanMatcher.Type.DNS;
      case URI -> SanMatcher.Type.URI;
      case IP_ADDRESS -> SanMatcher.Type.IP;
      case SAN_TYPE_UNSPECIFIED, OTHER_NAME, UNRECOGNIZED -> SanMatcher.Type.ANY;
    };
  }

  private void san(
      StringMatcher proto, SanMatcher.Type type, String path, List<SanMatcher> matchers) {
    boolean ignore = proto.getIgnoreCase();
    SanMatcher.Text text =
        switch (proto.getMatchPatternCase()) {
          case EXACT -> new SanMatcher.Exact(lower(proto.getExact(), ignore));
          case PREFIX -> new SanMatcher.Prefix(lower(proto.getPrefix(), ignore));
          case SUFFIX -> new SanMatcher.Suffix(lower(proto.getSuffix(), ignore));
          case CONTAINS -> new SanMatcher.Contains(lower(proto.getContains(), ignore));
          case SAFE_REGEX -> regex(proto.getSafeRegex().getRegex(), path + ".safe_regex");
          case CUSTOM, MATCHPATTERN_NOT_SET -> null;
        };
    if (text == null) {
      problems.invalid(
          path, "no matcher that can be used", "", "exact, prefix, suffix, contains or safe_regex");
      return;
    }
    boolean regex = text instanceof SanMatcher.Regex;
    matchers.add(new SanMatcher(type, ignore && !regex ? new SanMatcher.IgnoringCase(text) : text));
  }

  private static String lower(String value, boolean ignoreCase) {
    return ignoreCase ? value.toLowerCase(Locale.ROOT) : value;
  }

  private SanMatcher.@Nullable Text regex(String expression, String path) {
    Pattern pattern = Regexes.compile(expression, path, problems);
    return pattern == null ? null : new SanMatcher.Regex(expression, pattern);
  }

  /** Upper or lower case, with or without colons. */
  private List<String> hashes(CertificateValidationContext proto, String path) {
    List<String> hashes = new ArrayList<>();
    for (int i = 0; i < proto.getVerifyCertificateHashCount(); i++) {
      String plain = proto.getVerifyCertificateHash(i).replace(":", "").toLowerCase(Locale.ROOT);
      if (plain.length() != HASH_DIGITS) {
        problems.invalid(path + "[" + i + "]", "not a hash", plain, "SHA-256 in hex");
      }
      hashes.add(plain);
    }
    return hashes;
  }

  private Map<String, String> domains(CertificateValidationContext proto, String path) {
    if (!proto.hasCustomValidatorConfig()) {
      return Map.of();
    }
    Any config =
        Extensions.unwrap(proto.getCustomValidatorConfig().getTypedConfig(), path, problems);
    if (!Extensions.is(config, Extensions.SPIFFE_VALIDATOR)) {
      unknown(config, path, "SPIFFECertValidatorConfig", problems);
      return Map.of();
    }
    Map<String, String> domains = new LinkedHashMap<>();
    try {
      SPIFFECertValidatorConfig spiffe = SPIFFECertValidatorConfig.parseFrom(config.getValue());
      for (int i = 0; i < spiffe.getTrustDomainsCount(); i++) {
        String where = path + ".typed_config.trust_domains[" + i + "].trust_bundle";
        String bundle = text(spiffe.getTrustDomains(i).getTrustBundle(), where);
        readable(bundle, where);
        domains.put(spiffe.getTrustDomains(i).getName(), bundle);
      }
    } catch (InvalidProtocolBufferException e) {
      undecodable(e, path, problems);
    }
    return domains;
  }

  private List<TlsConfig.TicketKey> ticketKeys(TlsSessionTicketKeys proto, String path) {
    return proto.getKeysCount() == 0 ? List.of() : keys(proto, path);
  }

  private List<TlsConfig.TicketKey> keys(TlsSessionTicketKeys proto, String path) {
    List<TlsConfig.TicketKey> keys = new ArrayList<>();
    for (int i = 0; i < proto.getKeysCount(); i++) {
      byte[] key = bytes(proto.getKeys(i), path + ".keys[" + i + "]");
      if (key.length != TICKET_KEY) {
        problems.invalid(path + ".keys[" + i + "]", "wrong length", key.length, "80 bytes");
      } else {
        keys.add(new TlsConfig.TicketKey(key));
      }
    }
    return keys;
  }

  // ---- data

  private String text(DataSource source, String path) {
    return switch (source.getSpecifierCase()) {
      case INLINE_STRING -> source.getInlineString();
      case INLINE_BYTES -> source.getInlineBytes().toStringUtf8();
      case FILENAME -> file(source.getFilename(), path + ".filename");
      case ENVIRONMENT_VARIABLE -> environment(source.getEnvironmentVariable(), path);
      case SPECIFIER_NOT_SET -> "";
    };
  }

  private byte[] bytes(DataSource source, String path) {
    try {
      return switch (source.getSpecifierCase()) {
        case INLINE_STRING ->
            source.getInlineString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        case INLINE_BYTES -> source.getInlineBytes().toByteArray();
        case FILENAME -> Files.readAllBytes(Path.of(source.getFilename()));
        case ENVIRONMENT_VARIABLE, SPECIFIER_NOT_SET -> new byte[0];
      };
    } catch (IOException e) {
      problems.invalid(path, "the file cannot be read", source.getFilename(), "a readable file");
      return new byte[0];
    }
  }

  private String environment(String variable, String path) {
    String value = System.getenv(variable);
    if (value == null) {
      problems.invalid(path, "there is no such variable", variable, "one that is set");
    }
    return value == null ? "" : value;
  }

  private String file(String name, String path) {
    try {
      return Files.readString(Path.of(name));
    } catch (IOException e) {
      problems.invalid(path, "the file cannot be read", name, "a readable file in PEM form");
      return "";
    }
  }
}

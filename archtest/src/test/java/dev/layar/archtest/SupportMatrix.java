package dev.layar.archtest;

import dev.layar.analysis.Rule;
import dev.layar.archtest.ApiFields.ApiField;
import dev.layar.base.Severity;
import dev.layar.compiler.GatewayFindings;
import dev.layar.compiler.UnsupportedSetting;
import dev.layar.compiler.build.Support;
import dev.layar.compiler.build.UnsupportedField;
import dev.layar.model.DecodeCode;
import dev.layar.model.Doc;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.Shape;
import dev.layar.model.istio.MeshConfig;
import dev.layar.proxy.config.SupportedFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text of {@code docs/support-matrix.md}, from what the code declares. */
final class SupportMatrix {
  /** The kinds whose every field is listed. */
  static final List<Kind> KINDS =
      List.of(
          Kinds.VIRTUAL_SERVICE,
          Kinds.DESTINATION_RULE,
          Kinds.GATEWAY,
          Kinds.SERVICE_ENTRY,
          Kinds.SIDECAR,
          Kinds.TELEMETRY,
          Kinds.AUTHORIZATION_POLICY,
          Kinds.KUBE_GATEWAY,
          Kinds.HTTP_ROUTE,
          Kinds.GRPC_ROUTE,
          Kinds.TLS_ROUTE,
          Kinds.TCP_ROUTE,
          Kinds.REFERENCE_GRANT,
          Kinds.ENVOY_FILTER);

  /** The command that writes the file anew. */
  static final String REFRESH =
      "mvn -q -pl archtest -am test -Dtest=SupportMatrixTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dlayar.docs=write";

  /** Fields that validation refuses whatever their value, with the rule. */
  static final Map<String, Rule> REFUSED =
      Map.of(
          "Delay.exponentialDelay", Rule.FAULT_UNSUPPORTED,
          "Abort.http2Error", Rule.FAULT_UNSUPPORTED,
          "Port.targetPort", Rule.TARGET_PORT);

  private static final String INTRODUCTION =
      """
      # Support matrix

      What Layar does with each field of Istio's traffic objects and of xDS, where it differs from Istio and
      Envoy on purpose, and what its codes mean. This file is written from the declarations in the code, and a
      test fails when it is out of date. To refresh it:

      ```
      %s
      ```

      ## Istio API

      - **supported**: compiled, and obeyed by Layar's proxy.
      - **partly**: supported, apart from the values named.
      - **warning**: accepted; the object gets a warning and what is said here happens. Where it is the proxy
        that warns, other xDS clients such as Envoy do get the setting.
      - **no effect**: accepted without a warning of its own, for the reason given.
      - **refused**: an object that sets it is not accepted.

      Warnings of the compiler have the code `%s`. An object that breaks a rule of the section
      [Codes](#codes) is refused whatever this section says.
      """;

  private final StringBuilder out = new StringBuilder();

  private SupportMatrix() {}

  static String text() throws IOException {
    SupportMatrix matrix = new SupportMatrix();
    matrix.out.append(INTRODUCTION.formatted(REFRESH, Support.UNSUPPORTED));
    KINDS.forEach(matrix::kind);
    matrix.settings();
    matrix.xds();
    matrix.deviations();
    matrix.codes();
    return matrix.out.toString();
  }

  /** How far one field goes. */
  record Standing(String word, String note) {}

  /** What is declared about a field; with nothing declared, it is supported. */
  static Standing standing(Kind kind, ApiField field) {
    if (REFUSED.containsKey(field.id()) && belongs(kind, field)) {
      Rule rule = REFUSED.get(field.id());
      return new Standing("refused", "`" + rule.id() + "`");
    }
    List<String> notes = new ArrayList<>();
    boolean whole = false;
    for (UnsupportedField limit : UnsupportedField.values()) {
      if (limit.message() == field.message() && limit.field().equals(field.name())) {
        notes.add(note(limit.condition(), limit.effect()));
        whole |= limit.condition().isEmpty();
      }
    }
    for (ProxyLimit limit : ProxyLimit.ALL) {
      if (limit.kind() == kind && limit.fields().contains(field.id())) {
        notes.add(note(limit.condition(), limit.effect()));
        whole |= limit.condition().isEmpty();
      }
    }
    for (QuietField quiet : QuietField.ALL) {
      if (quiet.kind() == kind && quiet.fields().contains(field.id())) {
        return new Standing("no effect", quiet.reason());
      }
    }
    String mind = QuietField.NOTES.get(field.id());
    if (mind != null) {
      notes.add(mind);
    }
    String word = notes.isEmpty() ? "supported" : whole ? "warning" : "partly";
    return new Standing(word, String.join("; ", notes));
  }

  /** The messages that are reached without passing through a field that is not acted upon. */
  static Map<Class<?>, List<ApiField>> reached(Kind kind) {
    Map<Class<?>, List<ApiField>> all = ApiFields.of(kind);
    Map<Class<?>, List<ApiField>> reached = new LinkedHashMap<>();
    reach(kind, all.keySet().iterator().next(), all, reached);
    return reached;
  }

  private static void reach(
      Kind kind,
      Class<?> message,
      Map<Class<?>, List<ApiField>> all,
      Map<Class<?>, List<ApiField>> reached) {
    List<ApiField> fields = all.get(message);
    if (fields == null || reached.putIfAbsent(message, fields) != null) {
      return;
    }
    for (ApiField field : fields) {
      Class<?> inside = messageOf(field);
      String word = standing(kind, field).word();
      if (inside != null && (word.equals("supported") || word.equals("partly"))) {
        reach(kind, inside, all, reached);
      }
    }
  }

  private static @Nullable Class<?> messageOf(ApiField field) {
    return switch (ApiFields.inner(field.value())) {
      case Shape.Message message -> message.type();
      case Shape.OneOf oneOf -> oneOf.type();
      default -> null;
    };
  }

  /** {@code Port.targetPort} is a field of Gateway's Port, not of others of that name. */
  private static boolean belongs(Kind kind, ApiField field) {
    return field.message().getName().startsWith(kind.type().getName());
  }

  private static String note(String condition, String effect) {
    return condition.isEmpty() ? effect : condition + ": " + effect;
  }

  private void kind(Kind kind) {
    out.append("\n### ").append(kind.kind()).append('\n');
    Map<Class<?>, List<ApiField>> reached = reached(kind);
    reached.forEach(
        (message, fields) -> {
          Doc doc = message.getAnnotation(Doc.class);
          out.append("\n**").append(message.getSimpleName()).append("**");
          out.append(doc == null ? "" : ": " + doc.value()).append("\n\n");
          out.append("| Field | Support | |\n|---|---|---|\n");
          for (ApiField field : fields) {
            Standing standing = standing(kind, field);
            row("`" + field.name() + "`", standing.word(), standing.note());
          }
        });
    Set<Class<?>> ignored = new LinkedHashSet<>(ApiFields.of(kind).keySet());
    ignored.removeAll(reached.keySet());
    if (!ignored.isEmpty()) {
      out.append("\nInside fields that are not acted upon, and ignored with them: ")
          .append(
              ignored.stream()
                  .map(type -> "`" + type.getSimpleName() + "`")
                  .collect(Collectors.joining(", ")))
          .append(".\n");
    }
  }

  private void settings() {
    out.append(
        """

        ### MeshConfig

        In ConfigMap `istio` of namespace `istio-system`, key `mesh`. A field without effect belongs to another part
        of Istio's installation than what Layar replaces.

        | Field | Support | |
        |---|---|---|
        """);
    ApiFields.of(MeshConfig.class)
        .getOrDefault(MeshConfig.class, List.of())
        .forEach(field -> setting("", field));
    ApiFields.of(MeshConfig.MeshProxyConfig.class)
        .getOrDefault(MeshConfig.MeshProxyConfig.class, List.of())
        .forEach(field -> setting("defaultConfig.", field));
  }

  private void setting(String within, ApiField field) {
    String path = within + field.name();
    List<String> notes =
        Arrays.stream(UnsupportedSetting.values())
            .filter(limit -> (limit.field() + ".").startsWith(path + "."))
            .filter(limit -> !path.equals("defaultConfig"))
            .map(
                limit ->
                    limit.field().equals(path)
                        ? limit.effect()
                        : "`" + limit.field().substring(path.length() + 1) + "`: " + limit.effect())
            .toList();
    boolean read = ApiFields.isRead(field);
    String word =
        notes.isEmpty() ? (read ? "supported" : "no effect") : read ? "partly" : "warning";
    row("`" + path + "`", word, String.join("; ", notes));
  }

  private void xds() {
    out.append(
        """

        ## xDS

        The fields that the proxy acts upon. Any other field that is set in one of these messages gets the
        warning `LYR7001` with its path; what would change the meaning of a resource, such as a filter that the
        proxy does not have, refuses that resource. A message that is not listed is taken as a whole.

        | Message | Fields |
        |---|---|
        """);
    SupportedFields.table()
        .forEach(
            (message, fields) ->
                row(
                    "`" + message + "`",
                    fields.stream().map(f -> "`" + f + "`").collect(Collectors.joining(" "))));
  }

  private void deviations() throws IOException {
    out.append(
        """

        ## Deviations

        Where Layar differs from Istio or Envoy on purpose, as the comments of the code say it.

        | File | |
        |---|---|
        """);
    Deviations.all().forEach(deviation -> row("`" + deviation.file() + "`", deviation.text()));
  }

  private void codes() {
    out.append(
        """

        ## Codes

        ### Reading

        | Code | Meaning |
        |---|---|
        """);
    for (DecodeCode code : DecodeCode.values()) {
      row("`" + code.id() + "`", code.meaning());
    }
    out.append(
        """

        ### Validation

        An error refuses the object.

        | Code | Severity | Meaning |
        |---|---|---|
        """);
    for (Rule rule : Rule.values()) {
      row(
          "`" + rule.id() + "`",
          rule.severity() == Severity.ERROR ? "error" : "warning",
          rule.meaning());
    }
    out.append(
        """

        ### Compiling

        All are warnings.

        | Code | Meaning |
        |---|---|
        """);
    row("`" + Support.UNSUPPORTED + "`", "a field is set that the compiler does not implement");
    row("`" + Support.UNKNOWN_HOST + "`", "a destination names a host that nothing declares");
    row(
        "`" + Support.UNKNOWN_SUBSET + "`",
        "a destination names a subset that no DestinationRule defines");
    row(
        "`" + Support.UNKNOWN_DELEGATE + "`",
        "a rule delegates to an object that is missing, not visible, or not a delegate");
    row(
        "`" + Support.UNKNOWN_PROVIDER + "`",
        "a Telemetry names a provider that the mesh does not define, or one of another sort");
    row("`" + GatewayFindings.NOT_ATTACHED + "`", "a route does not attach to a parent");
    row(
        "`" + GatewayFindings.UNRESOLVED + "`",
        "what a route or listener refers to is missing, or may not be used");
    row("`" + GatewayFindings.NOT_OPENED + "`", "a listener of a Gateway is not opened");
    row("`" + Support.BAD_PATCH + "`", "a patch's value is not the message that it is applied to");
    row("`" + Support.NO_WEIGHT + "`", "a rule has several destinations, and all have weight 0");
  }

  private void row(String... cells) {
    for (String cell : cells) {
      out.append("| ").append(cell.replace("|", "\\|")).append(' ');
    }
    out.append("|\n");
  }
}

package dev.layar.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.VirtualService;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The records keep the rules that decoder, schema and docs rely on. */
class ShapesTest {
  @Test
  void everyFieldOfEveryKindHasADoc() {
    for (Kind kind : Kinds.all()) {
      assertThat(Explain.all(kind)).allMatch(f -> f.doc().endsWith("."), "ends with a full stop");
      assertThat(Explain.all(kind).stream().flatMap(f -> f.values().stream()))
          .allMatch(v -> v.endsWith("."));
    }
    assertThat(Explain.all(Kinds.VIRTUAL_SERVICE)).hasSizeGreaterThan(120);
  }

  /** A component that is neither nullable nor required needs a value that stands for unset. */
  @Test
  void whatMayBeUnsetHasAValueForIt() {
    for (Kind kind : Kinds.all()) {
      check(Shapes.of(kind.type()));
    }
    check(Shapes.of(ObjectMeta.class));
  }

  private static void check(Shape shape) {
    switch (shape) {
      case Shape.Message message -> message.fields().forEach(f -> check(message, f));
      case Shape.Listing list -> check(list.element());
      case Shape.Mapping map -> check(map.value());
      case Shape.OneOf oneOf -> oneOf.members().forEach(m -> check(m.field().shape()));
      case Shape.Str _,
          Shape.Int _,
          Shape.Dec _,
          Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Word _ -> {}
    }
  }

  private static void check(Shape.Message message, Shape.Field field) {
    Class<?> type = message.type().getRecordComponents()[field.index()].getType();
    boolean nullable =
        message
            .type()
            .getRecordComponents()[field.index()]
            .getAnnotatedType()
            .isAnnotationPresent(Nullable.class);
    assertThat(nullable || field.required() || field.empty() != null)
        .as(message.name() + "." + field.name() + " of " + type)
        .isTrue();
    check(field.shape());
  }

  @Test
  void explainFollowsPaths() {
    assertThat(explain(Kinds.VIRTUAL_SERVICE, "spec.http.route.weight").type())
        .isEqualTo("integer");
    assertThat(explain(Kinds.VIRTUAL_SERVICE, "spec.http").fields())
        .extracting(Explain.Described::path)
        .contains("spec.http.route", "spec.http.corsPolicy");
    assertThat(Explain.of(Kinds.VIRTUAL_SERVICE, "spec.nothing")).isNull();
    assertThat(explain(Kinds.SERVICE_ENTRY, "status.addresses.value").type()).isEqualTo("string");
    assertThat(explain(Kinds.SERVICE_ENTRY, "spec.addresses").type()).isEqualTo("[]string");
    assertThat(explain(Kinds.POD, "spec.containers.image").type()).isEqualTo("string");
  }

  private static Explain.Described explain(Kind kind, String path) {
    return Objects.requireNonNull(Explain.of(kind, path));
  }

  @Test
  void schemaFollowsTheRecords() {
    assertThat(Schema.json(Kinds.DESTINATION_RULE))
        .contains("\"enum\":[\"UNSPECIFIED\",\"LEAST_CONN\",\"RANDOM\"")
        .contains("\"required\":[\"host\"]");
    assertThat(Schema.of(Kinds.VIRTUAL_SERVICE)).containsEntry("required", List.of("spec"));
    String entry = Schema.json(Kinds.SERVICE_ENTRY);
    String spec = entry.substring(entry.indexOf("\"spec\""), entry.indexOf("\"status\""));
    assertThat(spec).contains("workloadSelector").doesNotContain("host it stands for");
    assertThat(entry.substring(entry.indexOf("\"status\""))).contains("host it stands for");
  }

  @Test
  void kindsAreFoundByGroupAndName() {
    assertThat(Kinds.find("networking.istio.io", "Gateway")).isSameAs(Kinds.GATEWAY);
    assertThat(Kinds.find("", "Gateway")).isNull();
    assertThat(Kinds.of(VirtualService.class)).isSameAs(Kinds.VIRTUAL_SERVICE);
    assertThat(Kinds.of(ServiceEntry.class).preferredApiVersion())
        .isEqualTo("networking.istio.io/v1");
  }
}

package dev.layar.model;

import dev.layar.base.SplitMix64;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Random values of any shape. */
final class Samples {
  private static final List<String> TEXTS =
      List.of(
          "a",
          "reviews.prod.svc.cluster.local",
          "yes",
          "null",
          "~",
          "1",
          "1.5",
          "0x10",
          "- a",
          "a: b",
          "a #b",
          "%x",
          "@y",
          "*",
          "  two\nlines\t",
          "\"quoted\" 'both'",
          "\\",
          "한국어",
          "😀",
          "\u0001\u007f\u0085\u2028",
          "/",
          "{}",
          "[]",
          "<<",
          "2024-01-01",
          "---");

  private final SplitMix64 random;

  Samples(SplitMix64 random) {
    this.random = random;
  }

  Object message(Shape.Message shape) {
    @Nullable Object[] arguments =
        shape.fields().stream().map(this::component).toArray(Object[]::new);
    return Shapes.create(shape.constructor(), arguments);
  }

  private @Nullable Object component(Shape.Field field) {
    return field.required() || random.below(2) == 0 ? value(field.shape()) : field.empty();
  }

  private Object value(Shape shape) {
    return switch (shape) {
      case Shape.Str str -> str.format().isEmpty() ? text() : "aGVsbG8=";
      case Shape.Int range -> integer(range);
      case Shape.Dec _ -> random.below(1000) / 8.0;
      case Shape.Bool _ -> random.below(2) == 0;
      case Shape.Span _ -> Duration.ofNanos(random.below(1_000_000) * (long) unit());
      case Shape.Time _ -> Instant.ofEpochSecond(random.below(2_000_000_000));
      case Shape.IntOrStr _ ->
          random.below(2) == 0
              ? new IntOrString.Number(random.below(1000))
              : new IntOrString.Text(text());
      case Shape.Open _ -> new FreeForm(open(2));
      case Shape.Word word -> word.constants().get(random.below(word.constants().size())).value();
      case Shape.Listing list -> list(list);
      case Shape.Mapping map -> map(map);
      case Shape.Message message -> message(message);
      case Shape.OneOf oneOf -> choice(oneOf);
    };
  }

  private Map<String, @Nullable Object> open(int depth) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (int i = random.below(3); i > 0; i--) {
      String key = text();
      out.put(key.equals("<<") ? "k" : key, anything(depth));
    }
    return out;
  }

  private @Nullable Object anything(int depth) {
    return switch (random.below(depth == 0 ? 5 : 7)) {
      case 0 -> text();
      case 1 -> (long) random.below(1_000_000);
      case 2 -> random.below(1000) / 8.0;
      case 3 -> random.below(2) == 0;
      case 4 -> null;
      case 5 -> open(depth - 1);
      default -> List.of(text(), (long) random.below(10));
    };
  }

  private Object integer(Shape.Int range) {
    long low = Math.max(range.min(), -1000);
    long high = Math.min(range.max(), 1000);
    long value = random.below(8) == 0 ? range.max() : low + random.below((int) (high - low + 1));
    return range.wide() ? (Object) value : (Object) (int) value;
  }

  private int unit() {
    return List.of(1, 1_000, 1_000_000, 1_000_000_000).get(random.below(4));
  }

  private String text() {
    return TEXTS.get(random.below(TEXTS.size()));
  }

  private List<Object> list(Shape.Listing shape) {
    List<Object> out = new ArrayList<>();
    for (int i = random.below(3); i > 0; i--) {
      out.add(value(shape.element()));
    }
    return out;
  }

  private Map<String, Object> map(Shape.Mapping shape) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (int i = random.below(3); i > 0; i--) {
      String key = text();
      out.put(key.equals("<<") ? "k" : key, value(shape.value()));
    }
    return out;
  }

  private Object choice(Shape.OneOf shape) {
    Object none = shape.none();
    if (none != null && random.below(shape.members().size() + 1) == 0) {
      return none;
    }
    int pick = random.below(shape.members().size());
    Shape.Member member = shape.members().get(pick);
    return Shapes.create(member.constructor(), value(member.field().shape()));
  }
}

package dev.layar.proxy.filter.rbac;

import dev.layar.proxy.observe.DynamicMetadata;
import dev.layar.proxy.route.BytesMatcher;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A condition on a value of dynamic metadata ({@code Envoy type.matcher.v3.ValueMatcher}). Pure.
 */
public sealed interface ValueCondition {
  /**
   * @param value as {@link DynamicMetadata} holds it; null when there is none
   */
  boolean matches(@Nullable Object value);

  /** {@code null_match}. */
  record IsNull() implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      return value == DynamicMetadata.NULL;
    }
  }

  /** {@code double_match}: {@code [from, to)}, or one number when both are the same. */
  record Number(double from, double to) implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      return value instanceof Double number
          && number >= from
          && (number < to || from == to && number == from);
    }
  }

  /** {@code string_match}. */
  record Text(BytesMatcher matcher) implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      if (!(value instanceof String text)) {
        return false;
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return matcher.matches(bytes, 0, bytes.length);
    }
  }

  /** {@code bool_match}. */
  record Flag(boolean wanted) implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      return value instanceof Boolean flag && flag == wanted;
    }
  }

  /** {@code present_match}. */
  record Present(boolean wanted) implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      return wanted && value != null;
    }
  }

  /** {@code list_match.one_of}. */
  record OneOf(ValueCondition element) implements ValueCondition {
    @Override
    public boolean matches(@Nullable Object value) {
      return value instanceof List<?> list && list.stream().anyMatch(element::matches);
    }
  }

  /** {@code or_match}. */
  record AnyOf(List<ValueCondition> alternatives) implements ValueCondition {
    public AnyOf {
      alternatives = List.copyOf(alternatives);
    }

    @Override
    public boolean matches(@Nullable Object value) {
      return alternatives.stream().anyMatch(one -> one.matches(value));
    }
  }
}

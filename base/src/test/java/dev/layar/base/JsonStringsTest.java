package dev.layar.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class JsonStringsTest {
  @Test
  void escapesWhatJsonDemandsAndNothingElse() {
    assertThat(literal("")).isEqualTo("\"\"");
    assertThat(literal("say \"hi\" \\ bye")).isEqualTo("\"say \\\"hi\\\" \\\\ bye\"");
    assertThat(literal("a\nb\tc\u0000d\u001f")).isEqualTo("\"a\\u000ab\\u0009c\\u0000d\\u001f\"");
    assertThat(literal("가 é / \u007f")).isEqualTo("\"가 é / \u007f\"");
  }

  private static String literal(String text) {
    StringBuilder out = new StringBuilder();
    JsonStrings.append(out, text);
    return out.toString();
  }
}

package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InjectionTest {
  @ParameterizedTest
  @CsvSource({
    // namespace labels, pod label, pod annotation, injected
    "'', '', '', false",
    "istio-injection=enabled, '', '', true",
    "istio.io/rev=default, '', '', true",
    "istio-injection=disabled, true, '', false",
    "istio-injection=enabled, false, '', false",
    "istio-injection=enabled, '', false, false",
    "istio-injection=enabled, true, false, true",
    "'', true, '', true",
    "'', '', true, false",
    "istio-injection=enabled, maybe, '', true"
  })
  void decidesAsTheWebhook(String namespace, String label, String annotation, boolean injected) {
    assertThat(
            Injection.wanted(
                labels(namespace),
                value("sidecar.istio.io/inject", label),
                value("sidecar.istio.io/inject", annotation)))
        .isEqualTo(injected);
  }

  private static Map<String, String> labels(String text) {
    return text.isEmpty() ? Map.of() : Map.of(text.split("=")[0], text.split("=")[1]);
  }

  private static Map<String, String> value(String key, String value) {
    return value.isEmpty() ? new TreeMap<>() : Map.of(key, value);
  }
}

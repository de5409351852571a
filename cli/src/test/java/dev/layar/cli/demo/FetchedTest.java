package dev.layar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class FetchedTest {
  private static final String SUMMARY =
      """
      {"url":"http://a/","answered":5,"elapsed_ms":12,"statuses":{"200":4,"503":1},
       "pods":{"a-1":3,"b-1":1},"bodies":{"pong":4,"no healthy upstream":1},
       "failures":{"503 no healthy upstream":1},"errors":{"connection reset":2},
       "latency_ms":{"p50":1.5,"p99":9.25,"max":10.0},"slow":1,
       "vary":{"v0":{"a-1":2},"v1":{"b-1":1}}}
      """;

  @Test
  void readsWhatFetchPrints() {
    Fetched seen = Fetched.parse(SUMMARY);

    assertThat(seen.answered()).isEqualTo(5);
    assertThat(seen.status(200)).isEqualTo(4);
    assertThat(seen.status(404)).isZero();
    assertThat(seen.fromPods(pod -> pod.startsWith("a-"))).isEqualTo(3);
    assertThat(seen.bodiesWith("healthy")).isEqualTo(1);
    assertThat(seen.failed()).isEqualTo(2);
    assertThat(seen.slow()).isEqualTo(1);
    assertThat(seen.latency().max()).isEqualTo(10.0);
    assertThat(seen.vary().get("v0")).containsEntry("a-1", 2);
    assertThat(seen.outcome()).isEqualTo("4 x 200, 1 x 503, 2 x connection reset");
  }

  @Test
  void refusesAnythingElse() {
    assertThatThrownBy(() -> Fetched.parse("[]")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fetched.parse("{\"a\":")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Fetched.parse("")).isInstanceOf(IllegalArgumentException.class);
  }
}

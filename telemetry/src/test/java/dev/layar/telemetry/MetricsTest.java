package dev.layar.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();
  private static final int TOTAL = SLOTS.counter("upstream_rq_total");
  private static final int ACTIVE = SLOTS.gauge("upstream_rq_active");
  private static final int TIME = SLOTS.histogram("upstream_rq_time");
  private static final int CLASSES = SLOTS.responseClasses("upstream_rq");
  private static final int AFTER = SLOTS.counter("after");
  private static final MetricSchema SCHEMA = SLOTS.build();

  private static Metrics metrics(int loops) {
    return new Metrics(
        SCHEMA,
        "cluster.reviews.",
        "envoy_cluster_",
        List.of(new Label("envoy_cluster_name", "re\"vi\\ews\n")),
        loops);
  }

  private static List<Sample> samples(Metrics metrics) {
    MetricRegistry registry = new MetricRegistry();
    registry.add(metrics);
    registry.gauge("server.live", () -> 1);
    return registry.samples();
  }

  @Test
  void loopsAreSummedAndSlotsDoNotTouch() {
    Metrics metrics = metrics(3);
    for (int loop = 0; loop < 3; loop++) {
      metrics.increment(loop, TOTAL);
      metrics.add(loop, ACTIVE, loop - 1);
      metrics.record(loop, TIME, 4_000_000_000_000L);
      metrics.increment(loop, CLASSES + 4);
    }
    assertThat(metrics.sum(TOTAL)).isEqualTo(3);
    assertThat(metrics.sum(ACTIVE)).isZero();
    assertThat(metrics.sum(CLASSES + 4)).isEqualTo(3);
    assertThat(metrics.sum(CLASSES + 3)).isZero();
    assertThat(metrics.sum(AFTER)).isZero();
    assertThat(metrics.histogram(TIME).counts().getLast()).isEqualTo(3);
  }

  @Test
  void durationsFallIntoEnvoysBuckets() {
    Metrics metrics = metrics(1);
    long[] micros = {0, 500, 501, 1000, 4999, 25_000, 25_001, 3_600_000_001L};
    for (long one : micros) {
      metrics.record(0, TIME, one);
    }
    Sample.HistogramValue value = metrics.histogram(TIME);
    assertThat(value.counts().subList(0, 6)).containsExactly(2L, 2L, 1L, 0L, 1L, 1L);
    assertThat(value.counts().getLast()).isEqualTo(1);
    assertThat(value.total()).isEqualTo(8);
    assertThat(value.sumMicros()).isEqualTo(3_600_057_002L);
  }

  @Test
  void quantilesAreInterpolated() {
    Metrics metrics = metrics(1);
    for (int i = 0; i < 100; i++) {
      metrics.record(0, TIME, 3_000);
    }
    Sample.HistogramValue value = metrics.histogram(TIME);
    assertThat(value.quantileMillis(0.5)).isCloseTo(3, within(0.001));
    assertThat(value.quantileMillis(1)).isCloseTo(5, within(0.001));
  }

  /** The line grammar of Prometheus' text format 0.0.4. */
  private static final Pattern LINE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)\\{((?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n"
              + "]|\\\\[\\\\\"n])*\",?)*)\\} (-?[0-9.]+(?:E[0-9]+)?|\\+Inf)");

  @Test
  void prometheusTextParsesAndSaysWhatWasCounted() {
    Metrics metrics = metrics(1);
    metrics.increment(0, TOTAL);
    metrics.increment(0, CLASSES + 1);
    metrics.record(0, TIME, 700);
    Map<String, String> values = new HashMap<>();
    List<String> types = new ArrayList<>();
    String family = "";
    for (String line : PrometheusText.of(samples(metrics)).split("\n")) {
      if (line.startsWith("# TYPE ")) {
        family = line.split(" ")[2];
        types.add(line.substring(7));
      } else if (!line.isEmpty()) {
        Matcher matcher = LINE.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        assertThat(matcher.group(1)).startsWith(family);
        values.put(matcher.group(1) + "{" + matcher.group(2) + "}", matcher.group(3));
      }
    }
    String cluster = "envoy_cluster_name=\"re\\\"vi\\\\ews\\n\"";
    assertThat(values)
        .containsEntry("envoy_cluster_upstream_rq_total{" + cluster + "}", "1")
        .containsEntry(
            "envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"2\"," + cluster + "}", "1")
        .containsEntry("envoy_cluster_upstream_rq_time_bucket{" + cluster + ",le=\"0.5\"}", "0")
        .containsEntry("envoy_cluster_upstream_rq_time_bucket{" + cluster + ",le=\"1\"}", "1")
        .containsEntry("envoy_cluster_upstream_rq_time_bucket{" + cluster + ",le=\"+Inf\"}", "1")
        .containsEntry("envoy_cluster_upstream_rq_time_sum{" + cluster + "}", "0.7")
        .containsEntry("envoy_cluster_upstream_rq_time_count{" + cluster + "}", "1")
        .containsEntry("envoy_server_live{}", "1");
    assertThat(types)
        .isSorted()
        .doesNotHaveDuplicates()
        .contains(
            "envoy_cluster_upstream_rq_total counter",
            "envoy_cluster_upstream_rq_active gauge",
            "envoy_cluster_upstream_rq_time histogram");
  }

  @Test
  void statsTextIsSortedAndFiltered() {
    Metrics metrics = metrics(1);
    metrics.increment(0, TOTAL);
    metrics.record(0, TIME, 700);
    String all = StatsText.of(samples(metrics), false, name -> true);
    assertThat(all.lines().filter(line -> !line.contains("rq_time"))).isSorted();
    assertThat(all)
        .contains("cluster.reviews.upstream_rq_total: 1\n")
        .contains("cluster.reviews.upstream_rq_2xx: 0\n")
        .contains("cluster.reviews.upstream_rq_time: P0(nan,0.5) P25(nan,0.625)");
    assertThat(StatsText.of(samples(metrics), true, name -> name.startsWith("cluster.")))
        .contains("upstream_rq_total")
        .doesNotContain("2xx")
        .doesNotContain("server.live");
  }

  @Test
  void keyedCountersGrowAndAreBounded() {
    KeyedCounters counters = new KeyedCounters(2);
    for (int key = 0; key < 1000; key++) {
      counters.increment(0, key);
      counters.increment(1, key % 10);
    }
    Map<Long, Long> sums = counters.sums();
    assertThat(sums.get(3L)).isEqualTo(101);
    assertThat(sums.get(200L)).isEqualTo(1);
    assertThat(sums).hasSize(KeyedCounters.MAX_KEYS + 1);
    assertThat(sums.get(KeyedCounters.OVERFLOW_KEY)).isEqualTo(1000 - KeyedCounters.MAX_KEYS);
  }
}

package dev.layar.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Samples as Prometheus' text format 0.0.4, in the form Envoy writes it. */
public final class PrometheusText {
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private PrometheusText() {}

  /** One block per family, families sorted, each with its TYPE line and a blank line after it. */
  public static String of(List<Sample> samples) {
    Map<String, List<Sample>> families = new TreeMap<>();
    for (Sample sample : samples) {
      families.computeIfAbsent(sample.family(), family -> new ArrayList<>()).add(sample);
    }
    StringBuilder out = new StringBuilder(64 * samples.size());
    families.forEach((family, members) -> family(out, family, members));
    return out.toString();
  }

  private static void family(StringBuilder out, String family, List<Sample> members) {
    out.append("# TYPE ").append(family).append(' ');
    out.append(
        switch (members.getFirst().value().kind()) {
          case COUNTER -> "counter";
          case GAUGE -> "gauge";
          case HISTOGRAM -> "histogram";
        });
    out.append('\n');
    for (Sample member : members) {
      String labels = labels(member.labels());
      switch (member.value()) {
        case Sample.CounterValue(long total) -> line(out, family, labels, Long.toString(total));
        case Sample.GaugeValue(long level) -> line(out, family, labels, Long.toString(level));
        case Sample.HistogramValue histogram -> histogram(out, family, labels, histogram);
      }
    }
    out.append('\n');
  }

  private static void histogram(
      StringBuilder out, String family, String labels, Sample.HistogramValue value) {
    String separator = labels.isEmpty() ? "" : ",";
    long cumulative = 0;
    for (int bucket = 0; bucket < value.counts().size(); bucket++) {
      cumulative += value.counts().get(bucket);
      String bound = labels + separator + "le=\"" + bound(bucket) + "\"";
      line(out, family + "_bucket", bound, Long.toString(cumulative));
    }
    line(out, family + "_sum", labels, number(value.sumMicros() / 1000.0));
    line(out, family + "_count", labels, Long.toString(cumulative));
  }

  private static void line(StringBuilder out, String name, String labels, String value) {
    out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static String bound(int bucket) {
    long micros = Buckets.upperMicros(bucket);
    return micros == Long.MAX_VALUE ? "+Inf" : number(micros / 1000.0);
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String labels(List<Label> labels) {
    StringBuilder out = new StringBuilder();
    for (Label label : labels) {
      if (!out.isEmpty()) {
        out.append(',');
      }
      out.append(label.name()).append("=\"");
      escape(out, label.value());
      out.append('"');
    }
    return out.toString();
  }

  private static void escape(StringBuilder out, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\n' -> out.append("\\n");
        default -> out.append(c);
      }
    }
  }
}

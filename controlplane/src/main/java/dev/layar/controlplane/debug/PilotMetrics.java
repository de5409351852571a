package dev.layar.controlplane.debug;

import dev.layar.compiler.MeshState;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.ads.AdsCounters;
import dev.layar.controlplane.ads.ConvergenceTimes;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.xds.ResourceType;
import java.util.Locale;
import java.util.Map;

/** Metrics under istiod's names, in Prometheus' text format 0.0.4. One use, one thread. */
final class PilotMetrics {
  private final ControlPlane plane;
  private final StringBuilder out = new StringBuilder();

  PilotMetrics(ControlPlane plane) {
    this.plane = plane;
  }

  String text() {
    AdsCounters.Totals totals = plane.totals();
    head("pilot_xds", "gauge", "Proxies connected to this control plane.");
    out.append("pilot_xds ").append(plane.proxies().size()).append('\n');
    byType("pilot_xds_pushes", "Responses sent, by type.", totals.responsesByType());
    byType("pilot_total_xds_rejects", "Responses refused, by type.", totals.nacksByType());
    counter(
        "pilot_total_xds_internal_errors",
        "Configurations that could not be computed.",
        totals.failedPushes());
    counter("pilot_push_triggers", "Rounds over all proxies.", totals.pushes());
    convergence(plane.convergence());
    MeshState state = plane.store().state();
    count("pilot_services", "Services in this mesh.", state, Kinds.SERVICE);
    count("pilot_virt_services", "VirtualServices in this mesh.", state, Kinds.VIRTUAL_SERVICE);
    counter("layar_xds_requests", "Requests read.", totals.requests());
    counter("layar_xds_acks", "Responses accepted.", totals.acks());
    counter("layar_xds_stale", "Requests with an old nonce.", totals.stale());
    counter("layar_xds_refused_streams", "Streams refused or ended.", totals.refusedStreams());
    return out.toString();
  }

  private void head(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void counter(String name, String help, long value) {
    head(name, "counter", help);
    out.append(name).append(' ').append(value).append('\n');
  }

  private void count(String name, String help, MeshState state, Kind kind) {
    head(name, "gauge", help);
    out.append(name).append(' ').append(state.count(kind)).append('\n');
  }

  private void byType(String name, String help, Map<ResourceType, Long> values) {
    head(name, "counter", help);
    values.forEach(
        (type, value) ->
            out.append(name)
                .append("{type=\"")
                .append(type.shortName().toLowerCase(Locale.ROOT))
                .append("\"} ")
                .append(value)
                .append('\n'));
  }

  private void convergence(ConvergenceTimes.Histogram times) {
    String name = "pilot_proxy_convergence_time";
    head(name, "histogram", "Seconds from a change until a proxy has acknowledged all of it.");
    long below = 0;
    for (int i = 0; i < times.counts().size(); i++) {
      below += times.counts().get(i);
      String bound =
          i < ConvergenceTimes.BOUNDS.size() ? ConvergenceTimes.BOUNDS.get(i).toString() : "+Inf";
      out.append(name).append("_bucket{le=\"").append(bound).append("\"} ");
      out.append(below).append('\n');
    }
    out.append(name).append("_sum ").append(times.seconds()).append('\n');
    out.append(name).append("_count ").append(below).append('\n');
  }
}

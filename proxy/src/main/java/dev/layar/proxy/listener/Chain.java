package dev.layar.proxy.listener;

import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.HttpFilterConfig;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.certificate.CertificateLayer;
import dev.layar.proxy.filter.cors.CorsLayer;
import dev.layar.proxy.filter.fault.FaultLayer;
import dev.layar.proxy.filter.forwarded.ForwardedLayer;
import dev.layar.proxy.filter.hops.HopByHopLayer;
import dev.layar.proxy.filter.identity.IdentityLayer;
import dev.layar.proxy.filter.path.PathLayer;
import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.filter.rbac.RbacLayer;
import dev.layar.proxy.filter.route.RouteLayer;
import dev.layar.proxy.filter.trace.TraceLayer;
import dev.layar.proxy.filter.upgrade.UpgradeLayer;
import dev.layar.proxy.route.FaultConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The request chain of an HTTP listener, in the order in which a request meets it. */
public final class Chain {
  private Chain() {}

  /** Assembles the chain; responses meet it in reverse. What follows it is the router. */
  public static List<Layer> http(HttpConfig config) {
    List<Layer> chain = new ArrayList<>();
    chain.add(new IdentityLayer(config)); // outermost: every response passes it, local ones too
    chain.add(new HopByHopLayer()); // before anything reads headers that are not for it
    chain.add(new PathLayer()); // before anything decides by path
    chain.add(new ForwardedLayer()); // before routes look at scheme or x- headers
    chain.add(new CertificateLayer()); // with the other headers that tell who the client is
    if (config.tracing() != null) {
      chain.add(new TraceLayer(config.tracing())); // after the request id, by which it decides
    }
    chain.add(new RouteLayer()); // after everything a match may read has settled
    chain.add(new UpgradeLayer()); // after the route, which may allow it
    config.before().forEach(filter -> chain.add(layer(filter))); // in the order that is configured
    return List.copyOf(chain);
  }

  private static Layer layer(HttpFilterConfig filter) {
    return switch (filter) {
      case HttpFilterConfig.Fault(FaultConfig own) -> new FaultLayer(own);
      case HttpFilterConfig.Cors() -> new CorsLayer();
      case HttpFilterConfig.Rbac(String name, RbacConfig own) -> new RbacLayer(name, own);
    };
  }

  /** One line a layer, for people. */
  public static String print(List<Layer> chain) {
    StringBuilder out = new StringBuilder(512);
    for (Layer layer : chain) {
      out.append(String.format(Locale.ROOT, "%-12s %s%n", layer.name(), layer.reason()));
    }
    out.append(
        String.format(
            Locale.ROOT, "%-12s %s%n", "router", "cluster, endpoint, attempts, deadlines"));
    return out.toString();
  }
}

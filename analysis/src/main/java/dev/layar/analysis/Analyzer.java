package dev.layar.analysis;

import dev.layar.base.Finding;
import dev.layar.base.Severity;
import dev.layar.model.ObjectKey;
import dev.layar.model.Paths;
import dev.layar.model.Resource;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpMirror;
import dev.layar.model.istio.VirtualService.HttpRoute;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is doubtful about objects together: references that lead nowhere and objects that contradict
 * each other. Stateless; may be called from any thread.
 *
 * <p>DEVIATION: the codes are those of {@code istioctl analyze}, but all findings are warnings or
 * notes, because an object may be applied before what it refers to.
 */
public final class Analyzer {
  /** A referenced object does not exist. */
  public static final String NOT_FOUND = "IST0101";

  /** Two VirtualServices for sidecars share a host; the older one is obeyed. */
  public static final String CONFLICTING_HOSTS = "IST0109";

  /** A destination of several ports is named without one. */
  public static final String PORT_REQUIRED = "IST0112";

  /** A Service port's name does not say its protocol. */
  public static final String PORT_NAMING = "IST0118";

  /** A Gateway does not serve a host of a VirtualService that is bound to it. */
  public static final String HOST_NOT_IN_GATEWAY = "IST0132";

  /** A subset selects no pod. */
  public static final String SUBSET_SELECTS_NONE = "IST0173";

  /** A DestinationRule's host is no service. */
  public static final String UNKNOWN_RULE_HOST = "IST0174";

  private final World world;
  private final List<Finding> findings = new ArrayList<>();

  private Analyzer(World world) {
    this.world = world;
  }

  /** Everything doubtful among these objects, in their order. */
  public static List<Finding> analyze(Collection<? extends Resource<?>> resources) {
    Analyzer analyzer = new Analyzer(World.of(resources));
    for (Resource<VirtualService> one : analyzer.world.virtualServices()) {
      analyzer.virtualService(one);
    }
    for (Resource<DestinationRule> one : analyzer.world.destinationRules()) {
      analyzer.destinationRule(one);
    }
    analyzer.conflicts();
    analyzer.portNames();
    return List.copyOf(analyzer.findings);
  }

  private void virtualService(Resource<VirtualService> resource) {
    VirtualService spec = resource.spec();
    for (int i = 0; i < spec.gateways().size(); i++) {
      gateway(resource, Paths.item("spec.gateways", i), spec.gateways().get(i), true);
    }
    for (int i = 0; i < spec.http().size(); i++) {
      http(resource, Paths.item("spec.http", i), spec.http().get(i));
    }
    for (int i = 0; i < spec.tls().size(); i++) {
      routes(resource, Paths.item("spec.tls", i), spec.tls().get(i).route());
    }
    for (int i = 0; i < spec.tcp().size(); i++) {
      routes(resource, Paths.item("spec.tcp", i), spec.tcp().get(i).route());
    }
  }

  private void routes(
      Resource<VirtualService> resource, String path, List<VirtualService.RouteDestination> route) {
    for (int i = 0; i < route.size(); i++) {
      String at = Paths.item(path + ".route", i) + ".destination";
      destination(resource, at, route.get(i).destination());
    }
  }

  private void http(Resource<VirtualService> resource, String path, HttpRoute route) {
    for (int i = 0; i < route.match().size(); i++) {
      HttpMatch match = route.match().get(i);
      for (int j = 0; j < match.gateways().size(); j++) {
        String at = Paths.item(Paths.item(path + ".match", i) + ".gateways", j);
        gateway(resource, at, match.gateways().get(j), false);
      }
    }
    for (int i = 0; i < route.route().size(); i++) {
      String at = Paths.item(path + ".route", i) + ".destination";
      destination(resource, at, route.route().get(i).destination());
    }
    destination(resource, path + ".mirror", route.mirror());
    for (int i = 0; i < route.mirrors().size(); i++) {
      HttpMirror mirror = route.mirrors().get(i);
      destination(
          resource, Paths.item(path + ".mirrors", i) + ".destination", mirror.destination());
    }
    delegate(resource, path + ".delegate", route.delegate());
  }

  private void delegate(
      Resource<VirtualService> resource, String path, VirtualService.@Nullable Delegate delegate) {
    if (delegate == null) {
      return;
    }
    String namespace =
        delegate.namespace().isEmpty() ? resource.metadata().namespace() : delegate.namespace();
    if (world.virtualService(namespace, delegate.name()) == null) {
      warn(
          resource,
          NOT_FOUND,
          path,
          "there is no VirtualService " + namespace + "/" + delegate.name(),
          delegate.name());
    }
  }

  private void gateway(
      Resource<VirtualService> resource, String path, String name, boolean checkHosts) {
    if (name.equals(VirtualService.MESH)) {
      return;
    }
    ObjectKey key = world.gatewayKey(name, resource.metadata().namespace());
    Resource<Gateway> gateway = world.gateway(key);
    if (gateway == null) {
      warn(
          resource,
          NOT_FOUND,
          path,
          "there is no Gateway " + key.namespace() + "/" + key.name() + ", so nothing is served",
          name);
    } else if (checkHosts) {
      gatewayHosts(resource, gateway);
    }
  }

  private void gatewayHosts(Resource<VirtualService> resource, Resource<Gateway> gateway) {
    List<String> hosts = resource.spec().hosts();
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i);
      if (!World.serves(gateway, host, resource.metadata().namespace())
          && !resource.spec().appliesToMesh()) {
        warn(
            resource,
            HOST_NOT_IN_GATEWAY,
            Paths.item("spec.hosts", i),
            "Gateway "
                + gateway.key().namespace()
                + "/"
                + gateway.key().name()
                + " does not serve this host",
            host);
      }
    }
  }

  private void destination(
      Resource<VirtualService> resource, String path, @Nullable Destination destination) {
    if (destination == null) {
      return;
    }
    String namespace = resource.metadata().namespace();
    String host = world.fullName(destination.host(), namespace);
    World.Target target = world.target(host, namespace);
    if (target == null) {
      String near = world.near(host);
      warn(
          resource,
          NOT_FOUND,
          path + ".host",
          "there is no service " + host + (near == null ? "" : "; did you mean " + near + "?"),
          destination.host());
      return;
    }
    if (destination.port() == null && target.ports().size() > 1) {
      warn(
          resource,
          PORT_REQUIRED,
          path,
          "the service has the ports "
              + target.ports()
              + "; name one, or the caller's port is used",
          destination.host());
    }
    if (!destination.subset().isEmpty()) {
      subset(resource, path + ".subset", host, destination.subset());
    }
  }

  private void subset(Resource<VirtualService> resource, String path, String host, String subset) {
    Set<String> defined = world.subsets(host);
    if (!defined.contains(subset)) {
      warn(
          resource,
          NOT_FOUND,
          path,
          defined.isEmpty()
              ? "no DestinationRule for " + host + " defines a subset; requests will get 503"
              : "no DestinationRule for " + host + " defines this subset, only " + defined,
          subset);
    }
  }

  private void destinationRule(Resource<DestinationRule> resource) {
    DestinationRule spec = resource.spec();
    String namespace = resource.metadata().namespace();
    String host = world.fullName(spec.host(), namespace);
    World.Target target = world.target(host, namespace);
    if (target == null) {
      String near = world.near(host);
      warn(
          resource,
          UNKNOWN_RULE_HOST,
          "spec.host",
          "there is no service " + host + (near == null ? "" : "; did you mean " + near + "?"),
          spec.host());
      return;
    }
    for (int i = 0; i < spec.subsets().size(); i++) {
      DestinationRule.Subset subset = spec.subsets().get(i);
      if (world.knowsPods(target) && !world.selects(target, subset.labels())) {
        warn(
            resource,
            SUBSET_SELECTS_NONE,
            Paths.item("spec.subsets", i),
            "no pod of " + host + " has these labels",
            subset.labels().toString());
      }
    }
  }

  /** Istio obeys the oldest for each host; what is left of the others is silently ignored. */
  private void conflicts() {
    Map<String, Resource<VirtualService>> owners = new HashMap<>();
    for (Resource<VirtualService> one : world.byAge()) {
      if (!one.spec().appliesToMesh() || one.spec().isDelegate()) {
        continue;
      }
      for (int i = 0; i < one.spec().hosts().size(); i++) {
        String host = world.fullName(one.spec().hosts().get(i), one.metadata().namespace());
        Resource<VirtualService> owner = owners.putIfAbsent(host, one);
        if (owner != null && World.seeEachOther(owner, one)) {
          warn(
              one,
              CONFLICTING_HOSTS,
              Paths.item("spec.hosts", i),
              "VirtualService "
                  + owner.key().namespace()
                  + "/"
                  + owner.key().name()
                  + " has this host, too, and is older: this one is ignored for it",
              host);
        }
      }
    }
  }

  private void portNames() {
    for (var service : world.services()) {
      var ports = service.spec().spec().ports();
      for (int i = 0; i < ports.size(); i++) {
        if (ports.get(i).appProtocol().isEmpty() && !World.saysProtocol(ports.get(i))) {
          add(
              Severity.INFO,
              service,
              PORT_NAMING,
              Paths.item("spec.ports", i),
              "the port's name does not start with a protocol, so the protocol is detected from the"
                  + " first bytes",
              ports.get(i).name());
        }
      }
    }
  }

  private void warn(Resource<?> resource, String code, String path, String message, String value) {
    add(Severity.WARNING, resource, code, path, message, value);
  }

  private void add(
      Severity severity,
      Resource<?> resource,
      String code,
      String path,
      String message,
      String value) {
    findings.add(
        new Finding(code, severity, resource.sources().value(path), path, message, value, ""));
  }
}

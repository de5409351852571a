package dev.layar.compiler.gatewayapi;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.MeshConfig.IngressControllerMode;
import dev.layar.model.istio.PortSelector;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.DirectResponse;
import dev.layar.model.istio.VirtualService.HttpDestination;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.k8s.Ingress;
import dev.layar.model.k8s.IngressClass;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Kubernetes' Ingress (Istio {@code config/kube/ingress}): a Gateway for each in the root
 * namespace, and a VirtualService for each host of all of them, longer paths first and exact ones
 * before prefixes of the same length.
 */
final class Ingresses {
  private static final String ALL = "all";
  private static final String CONTROLLER = "istio.io/ingress-controller";

  /** A path of an Ingress with what sorts it. */
  private record Path(boolean exact, int length, HttpRoute route) {
    static final Comparator<Path> ORDER =
        Comparator.comparingInt(Path::length).thenComparing(Path::exact).reversed();
  }

  /** What all Ingresses say of one host. */
  private static final class Host {
    private final Set<String> gateways = new LinkedHashSet<>();
    private final List<Path> paths = new ArrayList<>();
  }

  private final MeshSettings settings;
  private final Index<ObjectKey, Resource<?>, String> ingresses;

  Ingresses(MeshSettings settings, Comparator<ObjectKey> order) {
    this.settings = settings;
    this.ingresses =
        new Index<>(
            "ingresses",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> object.spec() instanceof Ingress ? List.of(ALL) : List.of());
  }

  List<Index<?, ?, ?>> indexes() {
    return List.of(ingresses);
  }

  List<Resource<?>> objects(QueryContext context) {
    List<Resource<Ingress>> served = new ArrayList<>();
    for (ObjectKey key : context.keys(ingresses, ALL)) {
      Resource<Ingress> ingress = MeshObjects.read(context, key, Ingress.class);
      if (ingress != null && isServed(context, ingress)) {
        served.add(ingress);
      }
    }
    served.sort(Comparator.comparing(ingress -> Age.of(ingress.metadata())));
    List<Resource<?>> made = new ArrayList<>();
    Map<String, Host> hosts = new TreeMap<>();
    for (Resource<Ingress> ingress : served) {
      Resource<Gateway> gateway = gateway(ingress);
      made.add(gateway);
      String name = gateway.metadata().namespace() + "/" + gateway.metadata().name();
      add(context, ingress, name, hosts);
    }
    hosts.forEach((host, rules) -> made.add(rules(host, rules)));
    return made;
  }

  /** The annotation, then the class; without either in mode DEFAULT alone. */
  private boolean isServed(QueryContext context, Resource<Ingress> ingress) {
    IngressControllerMode written = settings.config().ingressControllerMode();
    IngressControllerMode mode = written == null ? IngressControllerMode.STRICT : written;
    if (mode == IngressControllerMode.OFF) {
      return false;
    }
    String own = settings.config().ingressClass();
    String wanted = own == null ? "istio" : own;
    String annotation = ingress.metadata().annotations().get(Ingress.CLASS_ANNOTATION);
    if (annotation != null) {
      return annotation.equals(wanted);
    }
    String name = ingress.spec().spec().ingressClassName();
    if (name.isEmpty()) {
      return mode == IngressControllerMode.DEFAULT;
    }
    Resource<IngressClass> found =
        MeshObjects.read(context, new ObjectKey(Kinds.INGRESS_CLASS, "", name), IngressClass.class);
    return found == null
        ? name.equals(wanted)
        : found.spec().spec().controller().equals(CONTROLLER);
  }

  private Resource<Gateway> gateway(Resource<Ingress> ingress) {
    List<Gateway.Server> servers = new ArrayList<>();
    List<Ingress.Tls> tls = ingress.spec().spec().tls();
    for (int i = 0; i < tls.size(); i++) {
      if (!tls.get(i).secretName().isEmpty()) {
        servers.add(
            new Gateway.Server(
                new Gateway.Port(443, "HTTPS", "https-443-ingress-" + i, 0),
                "",
                tls.get(i).hosts().isEmpty() ? List.of("*") : tls.get(i).hosts(),
                Servers.tls(Gateway.TlsMode.SIMPLE, List.of(tls.get(i).secretName())),
                "",
                ""));
      }
    }
    servers.add(
        new Gateway.Server(
            new Gateway.Port(80, "HTTP", "http-80-ingress", 0), "", List.of("*"), null, "", ""));
    String selector = settings.config().ingressSelector();
    return Resource.of(
        Internal.gateway(
            settings.rootNamespace(),
            ingress.metadata().name()
                + Internal.INGRESS_SUFFIX
                + "-"
                + ingress.metadata().namespace(),
            ingress.metadata().creationTimestamp(),
            ""),
        new Gateway(servers, Map.of("istio", selector == null ? "ingressgateway" : selector)));
  }

  private void add(
      QueryContext context, Resource<Ingress> ingress, String gateway, Map<String, Host> hosts) {
    for (Ingress.Rule rule : ingress.spec().spec().rules()) {
      if (rule.http() == null) {
        continue;
      }
      String name = rule.host().isEmpty() ? "*" : rule.host().toLowerCase(Locale.ROOT);
      Host host = hosts.computeIfAbsent(name, h -> new Host());
      host.gateways.add(gateway);
      for (Ingress.HttpPath path : rule.http().paths()) {
        host.paths.add(path(context, ingress, path));
      }
    }
    Ingress.Backend fallback = ingress.spec().spec().defaultBackend();
    if (fallback != null) {
      Host host = hosts.computeIfAbsent("*", h -> new Host());
      host.gateways.add(gateway);
      host.paths.add(new Path(false, 0, route(context, ingress, null, fallback)));
    }
  }

  private Path path(QueryContext context, Resource<Ingress> ingress, Ingress.HttpPath path) {
    StringMatch match = match(path);
    boolean exact = match instanceof StringMatch.Exact;
    return new Path(exact, path.path().length(), route(context, ingress, match, path.backend()));
  }

  /** {@code ImplementationSpecific} is as Istio had it before there were types. */
  private static @Nullable StringMatch match(Ingress.HttpPath path) {
    String written = path.path();
    return switch (path.pathType()) {
      case "Exact" -> new StringMatch.Exact(written);
      case "Prefix" -> {
        String prefix = written.replaceFirst("/+$", "");
        yield prefix.isEmpty() ? null : new StringMatch.Prefix(prefix);
      }
      default -> {
        if (written.isEmpty() || written.equals("*") || written.equals("/*")) {
          yield null;
        }
        boolean open = written.endsWith(".*") || written.endsWith("/*");
        if (!open) {
          yield new StringMatch.Exact(written);
        }
        int cut = written.endsWith(".*") ? 2 : 1;
        yield new StringMatch.Regex(
            HttpRules.quote(written.substring(0, written.length() - cut)) + ".*");
      }
    };
  }

  private HttpRoute route(
      QueryContext context,
      Resource<Ingress> ingress,
      @Nullable StringMatch uri,
      Ingress.Backend backend) {
    Destination destination = destination(context, ingress, backend);
    HttpMatch match =
        new HttpMatch(
            "", uri, null, null, null, Map.of(), Map.of(), 0, Map.of(), List.of(), "", Map.of(),
            false, "");
    return new HttpRoute(
        "",
        uri == null ? List.of() : List.of(match),
        destination == null ? List.of() : List.of(new HttpDestination(destination, 100, null)),
        null,
        destination == null ? new DirectResponse(503, null) : null,
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(),
        null,
        null,
        null,
        null);
  }

  private @Nullable Destination destination(
      QueryContext context, Resource<Ingress> ingress, Ingress.Backend backend) {
    Ingress.ServiceBackend service = backend.service();
    if (service == null || service.port() == null) {
      return null;
    }
    String namespace = ingress.metadata().namespace();
    int port = service.port().number();
    if (port == 0) {
      Resource<Service> object =
          MeshObjects.read(
              context, new ObjectKey(Kinds.SERVICE, namespace, service.name()), Service.class);
      port =
          object == null
              ? 0
              : object.spec().spec().ports().stream()
                  .filter(known -> known.name().equals(service.port().name()))
                  .mapToInt(Service.ServicePort::port)
                  .findFirst()
                  .orElse(0);
    }
    return port == 0
        ? null
        : new Destination(
            HostNames.service(service.name(), namespace, settings.domain()),
            "",
            new PortSelector(port));
  }

  private Resource<VirtualService> rules(String host, Host rules) {
    rules.paths.sort(Path.ORDER);
    return Resource.of(
        Internal.routes(
            settings.rootNamespace(), Internal.part(host) + Internal.INGRESS_SUFFIX, null),
        new VirtualService(
            List.of(host),
            List.copyOf(rules.gateways),
            rules.paths.stream().map(Path::route).toList(),
            List.of(),
            List.of(),
            List.of()));
  }
}

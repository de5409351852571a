package dev.layar.compiler.build;

import dev.layar.base.Finding;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.patch.EnvoyFilters;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.Viewer;
import dev.layar.compiler.telemetry.LogCondition;
import dev.layar.compiler.telemetry.Telemetries;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.gatewayapi.KubeGateway;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.DestinationRule.ClientTls;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.PortPolicy;
import dev.layar.model.istio.DestinationRule.RetryBudget;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.Telemetry;
import dev.layar.model.istio.Telemetry.AccessLogging;
import dev.layar.model.istio.Telemetry.CustomTag;
import dev.layar.model.istio.Telemetry.ProviderRef;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.DelayType;
import dev.layar.model.istio.VirtualService.ErrorType;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.istio.VirtualService.RouteDestination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the compiler does not do: for each object, the fields that are set and have no effect, and
 * references that lead nowhere. The compiler's limits are declared in {@link UnsupportedField}.
 *
 * <p>One per compiler; it holds no state, only the queries' definitions.
 */
public final class Support {
  /** A field is set that the compiler does not implement. */
  public static final String UNSUPPORTED = "LYR0410";

  /** A destination names a host that nothing declares. */
  public static final String UNKNOWN_HOST = "LYR0411";

  /** A destination names a subset that no DestinationRule defines. */
  public static final String UNKNOWN_SUBSET = "LYR0412";

  /** A rule delegates to an object that is missing, not visible, or not a delegate. */
  public static final String UNKNOWN_DELEGATE = "LYR0413";

  /** A rule whose destinations all have weight 0. */
  public static final String NO_WEIGHT = "LYR0414";

  /** A Telemetry names a provider that the mesh does not define, or that is of another sort. */
  public static final String UNKNOWN_PROVIDER = "LYR0415";

  /** A patch's value is not the message that it is applied to. */
  public static final String BAD_PATCH = "LYR0419";

  private static final String ALL = "all";

  private final MeshSettings settings;
  private final Registry registry;
  private final Clusters clusters;
  private final Index<ObjectKey, Resource<?>, String> checked;
  private final Query<ObjectKey, List<Finding>> findings =
      new Query<>("findings", this::computeFindings);
  private final Query<String, Map<ObjectKey, List<Finding>>> all =
      new Query<>("allFindings", this::computeAll);

  Support(
      MeshSettings settings, Registry registry, Clusters clusters, Comparator<ObjectKey> order) {
    this.settings = settings;
    this.registry = registry;
    this.clusters = clusters;
    this.checked =
        new Index<>(
            "checked",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                Set.of(
                            Kinds.VIRTUAL_SERVICE,
                            Kinds.DESTINATION_RULE,
                            Kinds.GATEWAY,
                            Kinds.SERVICE_ENTRY,
                            Kinds.SIDECAR,
                            Kinds.AUTHORIZATION_POLICY,
                            Kinds.TELEMETRY,
                            Kinds.KUBE_GATEWAY,
                            Kinds.ENVOY_FILTER)
                        .contains(key.kind())
                    ? List.of(ALL)
                    : List.of());
  }

  List<Index<?, ?, ?>> indexes() {
    return List.of(checked);
  }

  /** Every object's findings, objects without any left out. Its key is {@link #everything}. */
  public Query<String, Map<ObjectKey, List<Finding>>> all() {
    return all;
  }

  /** The only key of {@link #all}. */
  public static String everything() {
    return ALL;
  }

  private Map<ObjectKey, List<Finding>> computeAll(QueryContext context, String group) {
    Map<ObjectKey, List<Finding>> byObject = new TreeMap<>(checked.order());
    for (ObjectKey key : context.keys(checked, group)) {
      List<Finding> own = context.get(findings, key);
      if (!own.isEmpty()) {
        byObject.put(key, own);
      }
    }
    return Collections.unmodifiableMap(byObject);
  }

  private List<Finding> computeFindings(QueryContext context, ObjectKey key) {
    Resource<?> object = context.read(MeshObjects.OBJECTS, key);
    if (object == null) {
      return List.of();
    }
    Check check = new Check(context, object);
    switch (object.spec()) {
      case VirtualService vs -> check.virtualService(vs);
      case DestinationRule rule -> check.destinationRule(rule);
      case Gateway gateway -> check.gateway(gateway);
      case ServiceEntry entry -> check.serviceEntry(entry);
      case Sidecar sidecar -> check.sidecar(sidecar);
      case AuthorizationPolicy policy -> check.authorization(policy);
      case Telemetry telemetry -> check.telemetry(telemetry);
      case KubeGateway gateway -> check.kubeGateway(gateway);
      case EnvoyFilter filter -> check.envoyFilter(filter);
      default -> {}
    }
    return List.copyOf(check.found);
  }

  /** Looks through one object. */
  private final class Check {
    private final QueryContext context;
    private final Resource<?> object;
    private final List<Finding> found = new ArrayList<>();

    Check(QueryContext context, Resource<?> object) {
      this.context = context;
      this.object = object;
    }

    private void warn(String code, String path, String message, String value, String expected) {
      found.add(
          Finding.warning(code, object.sources().value(path), path, message, value, expected));
    }

    private void unsupported(boolean set, String message, UnsupportedField field) {
      unsupported(set, message, field, "");
    }

    /**
     * @param message path of the message that has the field
     * @param within what follows the field's name in the path, for one entry of a list or map
     */
    private void unsupported(boolean set, String message, UnsupportedField field, String within) {
      if (set) {
        String path = message + "." + field.field() + within;
        warn(UNSUPPORTED, path, "is not supported; " + field.effect(), "", "");
      }
    }

    void virtualService(VirtualService vs) {
      for (int i = 0; i < vs.tls().size(); i++) {
        destinations(vs.tls().get(i).route(), "spec.tls[" + i + "]");
      }
      for (int i = 0; i < vs.tcp().size(); i++) {
        String path = "spec.tcp[" + i + "]";
        destinations(vs.tcp().get(i).route(), path);
        for (int j = 0; j < vs.tcp().get(i).match().size(); j++) {
          unsupported(
              !vs.tcp().get(i).match().get(j).sourceSubnet().isEmpty(),
              path + ".match[" + j + "]",
              UnsupportedField.SOURCE_SUBNET);
        }
      }
      for (int i = 0; i < vs.http().size(); i++) {
        rule(vs.http().get(i), "spec.http[" + i + "]");
      }
    }

    private void destinations(List<RouteDestination> route, String path) {
      for (int i = 0; i < route.size(); i++) {
        destination(route.get(i).destination(), path + ".route[" + i + "].destination");
      }
    }

    private void rule(HttpRoute rule, String path) {
      for (int i = 0; i < rule.match().size(); i++) {
        match(rule.match().get(i), path + ".match[" + i + "]");
      }
      if (rule.fault() != null) {
        unsupported(
            rule.fault().delay() != null
                && rule.fault().delay().delayType() instanceof DelayType.Exponential,
            path + ".fault.delay",
            UnsupportedField.EXPONENTIAL_DELAY);
        unsupported(
            rule.fault().abort() != null
                && rule.fault().abort().errorType() instanceof ErrorType.Http2Error,
            path + ".fault.abort",
            UnsupportedField.HTTP2_ERROR);
      }
      if (rule.redirect() != null) {
        int code = rule.redirect().redirectCode();
        unsupported(
            code != 0 && !Set.of(301, 302, 303, 307, 308).contains(code),
            path + ".redirect",
            UnsupportedField.REDIRECT_CODE);
      }
      delegate(rule, path);
      if (!rule.route().isEmpty() && !RouteBuilder.hasWeight(rule)) {
        warn(
            NO_WEIGHT,
            path + ".route",
            "no destination has a weight; calls are answered 503",
            "",
            "a weight above 0");
      }
      for (int i = 0; i < rule.route().size(); i++) {
        destination(rule.route().get(i).destination(), path + ".route[" + i + "].destination");
      }
      if (rule.mirror() != null) {
        destination(rule.mirror(), path + ".mirror");
      }
      for (int i = 0; i < rule.mirrors().size(); i++) {
        destination(rule.mirrors().get(i).destination(), path + ".mirrors[" + i + "].destination");
      }
    }

    private void match(HttpMatch match, String path) {
      for (String name : match.headers().keySet()) {
        unsupported(name.startsWith("@"), path, UnsupportedField.CLAIM, "." + name);
      }
      for (String name : match.withoutHeaders().keySet()) {
        unsupported(name.startsWith("@"), path, UnsupportedField.WITHOUT_CLAIM, "." + name);
      }
    }

    private void delegate(HttpRoute rule, String path) {
      if (rule.delegate() == null) {
        return;
      }
      Resource<VirtualService> root = object.as(VirtualService.class);
      if (root != null
          && Delegates.find(
                  context, root, rule.delegate(), settings.config().defaultVirtualServiceExportTo())
              == null) {
        warn(
            UNKNOWN_DELEGATE,
            path + ".delegate",
            "the rule is dropped: there is no such VirtualService without hosts that this"
                + " namespace may see",
            rule.delegate().name(),
            "the name of a VirtualService without hosts");
      }
    }

    /** What the callers of the own namespace would meet. */
    private void destination(Destination destination, String path) {
      String namespace = object.metadata().namespace();
      String host = HostNames.resolve(destination.host(), namespace, settings.domain());
      Viewer viewer = new Viewer(namespace, false);
      Optional<MeshService> service = registry.service(context, viewer, host);
      if (service.isEmpty()) {
        warn(
            UNKNOWN_HOST,
            path + ".host",
            "nothing declares this host; calls are answered 503 (NC)",
            destination.host(),
            "a Service or ServiceEntry; the full name is " + host);
      } else if (!destination.subset().isEmpty()) {
        subset(service.get(), viewer, destination, path);
      }
    }

    private void subset(MeshService service, Viewer viewer, Destination destination, String path) {
      var rule = clusters.ruleFor(context, new Scope(viewer, Map.of(), false, false), service);
      if (rule == null || rule.subset(destination.subset()) == null) {
        warn(
            UNKNOWN_SUBSET,
            path + ".subset",
            "no DestinationRule for "
                + service.host()
                + " defines this subset; calls are answered 503 (NC)",
            destination.subset(),
            rule == null || rule.subsets().isEmpty()
                ? "a DestinationRule with subsets"
                : "one of "
                    + String.join(", ", rule.subsets().stream().map(Subset::name).toList()));
      }
    }

    void destinationRule(DestinationRule rule) {
      policy(rule.trafficPolicy(), "spec.trafficPolicy");
      for (int i = 0; i < rule.subsets().size(); i++) {
        policy(rule.subsets().get(i).trafficPolicy(), "spec.subsets[" + i + "].trafficPolicy");
      }
    }

    private void policy(@Nullable TrafficPolicy policy, String path) {
      if (policy == null) {
        return;
      }
      loadBalancer(policy.loadBalancer(), path + ".loadBalancer");
      outliers(policy.outlierDetection(), path + ".outlierDetection");
      tls(policy.tls(), path + ".tls");
      budget(policy.retryBudget(), path + ".retryBudget");
      for (int i = 0; i < policy.portLevelSettings().size(); i++) {
        PortPolicy port = policy.portLevelSettings().get(i);
        String at = path + ".portLevelSettings[" + i + "]";
        loadBalancer(port.loadBalancer(), at + ".loadBalancer");
        outliers(port.outlierDetection(), at + ".outlierDetection");
        tls(port.tls(), at + ".tls");
      }
    }

    private void loadBalancer(@Nullable LoadBalancer balancer, String path) {
      if (balancer == null) {
        return;
      }
      unsupported(balancer.zoneAwareLbSetting() != null, path, UnsupportedField.ZONE_AWARE);
    }

    private void outliers(@Nullable OutlierDetection outlier, String path) {
      if (outlier == null) {
        return;
      }
      unsupported(outlier.consecutiveErrors() != 0, path, UnsupportedField.CONSECUTIVE_ERRORS);
      unsupported(
          !outlier.outlierDetectionHttpErrorCodes().isEmpty(), path, UnsupportedField.ERROR_CODES);
    }

    private void tls(@Nullable ClientTls tls, String path) {
      if (tls == null) {
        return;
      }
      boolean selective =
          object.spec() instanceof DestinationRule rule && rule.workloadSelector() != null;
      unsupported(
          UpstreamTls.isOutOfReach(tls, false, selective),
          path,
          UnsupportedField.CLIENT_CREDENTIAL);
    }

    private void budget(@Nullable RetryBudget budget, String path) {
      unsupported(
          budget != null
              && budget.budgetInterval() != null
              && !budget.budgetInterval().equals(Duration.ZERO),
          path,
          UnsupportedField.BUDGET_INTERVAL);
    }

    void gateway(Gateway gateway) {
      for (int i = 0; i < gateway.servers().size(); i++) {
        Gateway.Server server = gateway.servers().get(i);
        String path = "spec.servers[" + i + "]";
        unsupported(!server.defaultEndpoint().isEmpty(), path, UnsupportedField.DEFAULT_ENDPOINT);
        unsupported(server.bind().startsWith("unix:"), path, UnsupportedField.UNIX_BIND);
      }
    }

    void authorization(AuthorizationPolicy policy) {
      unsupported(
          policy.action() == AuthorizationPolicy.Action.CUSTOM,
          "spec",
          UnsupportedField.CUSTOM_ACTION);
      for (int i = 0; i < policy.rules().size(); i++) {
        authorization(policy.rules().get(i), "spec.rules[" + i + "]");
      }
    }

    private void authorization(AuthorizationPolicy.Rule rule, String path) {
      for (int i = 0; i < rule.from().size(); i++) {
        AuthorizationPolicy.Source source = rule.from().get(i).source();
        if (source != null) {
          String at = path + ".from[" + i + "].source";
          unsupported(
              !source.requestPrincipals().isEmpty(), at, UnsupportedField.REQUEST_PRINCIPALS);
          unsupported(
              !source.notRequestPrincipals().isEmpty(),
              at,
              UnsupportedField.NOT_REQUEST_PRINCIPALS);
        }
      }
      for (int i = 0; i < rule.when().size(); i++) {
        unsupported(
            rule.when().get(i).key().startsWith("request.auth."),
            path + ".when[" + i + "]",
            UnsupportedField.TOKEN_CONDITION);
      }
    }

    void sidecar(Sidecar sidecar) {
      unsupported(!sidecar.ingress().isEmpty(), "spec", UnsupportedField.SIDECAR_INGRESS);
      unsupported(sidecar.inboundConnectionPool() != null, "spec", UnsupportedField.INBOUND_POOL);
      for (int i = 0; i < sidecar.egress().size(); i++) {
        Sidecar.Egress egress = sidecar.egress().get(i);
        String path = "spec.egress[" + i + "]";
        unsupported(egress.port() != null, path, UnsupportedField.EGRESS_PORT);
        unsupported(!egress.bind().isEmpty(), path, UnsupportedField.EGRESS_BIND);
        unsupported(
            egress.captureMode() != Sidecar.CaptureMode.DEFAULT,
            path,
            UnsupportedField.EGRESS_CAPTURE);
      }
    }

    void envoyFilter(EnvoyFilter filter) {
      unsupported(!filter.targetRefs().isEmpty(), "spec", UnsupportedField.PATCH_TARGETS);
      for (int i = 0; i < filter.configPatches().size(); i++) {
        patch(filter.configPatches().get(i), "spec.configPatches[" + i + "]");
      }
    }

    private void patch(EnvoyFilter.ConfigPatch patch, String path) {
      unsupported(
          Set.of(EnvoyFilter.ApplyTo.EXTENSION_CONFIG, EnvoyFilter.ApplyTo.BOOTSTRAP)
              .contains(patch.applyTo()),
          path,
          UnsupportedField.PATCH_APPLY_TO);
      EnvoyFilter.ObjectMatch match = patch.match();
      if (match != null) {
        unsupported(
            match.proxy() != null && !match.proxy().metadata().isEmpty(),
            path + ".match.proxy",
            UnsupportedField.PATCH_METADATA);
        unsupported(
            match.objectType() instanceof EnvoyFilter.ObjectType.OfListener(var listener)
                && !listener.portName().isEmpty(),
            path + ".match.listener",
            UnsupportedField.PATCH_PORT_NAME);
        unsupported(
            match.objectType() instanceof EnvoyFilter.ObjectType.OfWaypoint,
            path + ".match",
            UnsupportedField.PATCH_WAYPOINT);
      }
      unsupported(
          patch.patch() != null
              && patch.patch().filterClass() != EnvoyFilter.FilterClass.UNSPECIFIED,
          path + ".patch",
          UnsupportedField.PATCH_CLASS);
      String problem = EnvoyFilters.problem(patch);
      if (problem != null) {
        warn(
            BAD_PATCH,
            path + ".patch.value",
            "nothing is patched: " + problem,
            "",
            "what Envoy knows for " + patch.applyTo());
      }
    }

    void kubeGateway(KubeGateway gateway) {
      unsupported(gateway.infrastructure() != null, "spec", UnsupportedField.INFRASTRUCTURE);
      for (int i = 0; i < gateway.addresses().size(); i++) {
        unsupported(
            !gateway.addresses().get(i).type().equals("Hostname"),
            "spec.addresses[" + i + "]",
            UnsupportedField.GATEWAY_ADDRESS);
      }
      for (int i = 0; i < gateway.listeners().size(); i++) {
        KubeGateway.ListenerTls tls = gateway.listeners().get(i).tls();
        String path = "spec.listeners[" + i + "].tls";
        unsupported(
            tls != null && tls.frontendValidation() != null,
            path,
            UnsupportedField.FRONTEND_VALIDATION);
        unsupported(tls != null && !tls.options().isEmpty(), path, UnsupportedField.TLS_OPTIONS);
      }
    }

    void telemetry(Telemetry telemetry) {
      unsupported(telemetry.targetRef() != null, "spec", UnsupportedField.TELEMETRY_TARGET);
      unsupported(!telemetry.targetRefs().isEmpty(), "spec", UnsupportedField.TELEMETRY_TARGETS);
      unsupported(!telemetry.metrics().isEmpty(), "spec", UnsupportedField.METRICS);
      for (int i = 0; i < telemetry.accessLogging().size(); i++) {
        AccessLogging logging = telemetry.accessLogging().get(i);
        String path = "spec.accessLogging[" + i + "]";
        providers(logging.providers(), path, Telemetries.Use.LOG);
        unsupported(
            logging.filter() != null && LogCondition.of(logging.filter().expression()).isEmpty(),
            path + ".filter",
            UnsupportedField.LOG_EXPRESSION);
      }
      for (int i = 0; i < telemetry.tracing().size(); i++) {
        Telemetry.Tracing tracing = telemetry.tracing().get(i);
        String path = "spec.tracing[" + i + "]";
        providers(tracing.providers(), path, Telemetries.Use.TRACE);
        Boolean byRequest = tracing.useRequestIdForTraceSampling();
        unsupported(byRequest != null && !byRequest, path, UnsupportedField.TRACE_REQUEST_ID);
        Boolean quiet = tracing.disableContextPropagation();
        unsupported(quiet != null && quiet, path, UnsupportedField.TRACE_CONTEXT);
        tracing
            .customTags()
            .forEach(
                (name, tag) ->
                    unsupported(
                        tag instanceof CustomTag.Formatted,
                        path + ".customTags." + name,
                        UnsupportedField.TAG_FORMATTER));
      }
    }

    private void providers(List<ProviderRef> providers, String path, Telemetries.Use use) {
      for (int i = 0; i < providers.size(); i++) {
        String name = providers.get(i).name();
        if (!Telemetries.isKnown(settings, name, use)) {
          warn(
              UNKNOWN_PROVIDER,
              path + ".providers[" + i + "].name",
              "the mesh defines no such provider that can be used here; nothing is written",
              name,
              use == Telemetries.Use.LOG
                  ? "envoy, or an extensionProvider with envoyFileAccessLog"
                  : "an extensionProvider with zipkin or opentelemetry");
        }
      }
    }

    void serviceEntry(ServiceEntry entry) {
      unsupported(
          entry.resolution() == ServiceEntry.Resolution.DYNAMIC_DNS,
          "spec",
          UnsupportedField.DYNAMIC_DNS);
      for (int i = 0; i < entry.endpoints().size(); i++) {
        String path = "spec.endpoints[" + i + "]";
        unsupported(
            entry.endpoints().get(i).address().startsWith("unix:"),
            path,
            UnsupportedField.UNIX_ENDPOINT);
        unsupported(!entry.endpoints().get(i).network().isEmpty(), path, UnsupportedField.NETWORK);
      }
    }
  }
}

package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.EnvoyFilter.ApplyTo;
import dev.layar.model.istio.EnvoyFilter.ConfigPatch;
import dev.layar.model.istio.EnvoyFilter.ObjectMatch;
import dev.layar.model.istio.EnvoyFilter.ObjectType;
import dev.layar.model.istio.EnvoyFilter.Operation;
import dev.layar.model.istio.Telemetry;
import dev.layar.model.istio.Telemetry.AccessLogging;
import dev.layar.model.istio.Telemetry.CustomTag;
import dev.layar.model.istio.Telemetry.MetricMatch;
import dev.layar.model.istio.Telemetry.Metrics;
import dev.layar.model.istio.Telemetry.MetricsOverride;
import dev.layar.model.istio.Telemetry.ProviderRef;
import dev.layar.model.istio.Telemetry.TagOperation;
import dev.layar.model.istio.Telemetry.Tracing;
import dev.layar.model.istio.WasmPlugin;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A Telemetry, an EnvoyFilter or a WasmPlugin. */
final class ExtensionRules {
  private static final Set<ApplyTo> OF_LISTENERS =
      Set.of(
          ApplyTo.LISTENER,
          ApplyTo.FILTER_CHAIN,
          ApplyTo.NETWORK_FILTER,
          ApplyTo.HTTP_FILTER,
          ApplyTo.LISTENER_FILTER);
  private static final Set<ApplyTo> OF_ROUTES =
      Set.of(ApplyTo.ROUTE_CONFIGURATION, ApplyTo.VIRTUAL_HOST, ApplyTo.HTTP_ROUTE);

  private final Report report;
  private final Checks checks;
  private final SecurityRules attachment;

  ExtensionRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
    this.attachment = new SecurityRules(report, checks);
  }

  void check(Telemetry spec) {
    attachment.attached(spec.selector(), spec.targetRef(), spec.targetRefs());
    if (spec.tracing().size() > 1) {
      report.add(Rule.TELEMETRY_MANY, "spec.tracing", "only the first entry is used");
    }
    for (int i = 0; i < spec.tracing().size(); i++) {
      tracing(Paths.item("spec.tracing", i), spec.tracing().get(i));
    }
    for (int i = 0; i < spec.metrics().size(); i++) {
      metrics(Paths.item("spec.metrics", i), spec.metrics().get(i));
    }
    for (int i = 0; i < spec.accessLogging().size(); i++) {
      AccessLogging logging = spec.accessLogging().get(i);
      providers(Paths.item("spec.accessLogging", i) + ".providers", logging.providers());
    }
  }

  private void tracing(String path, Tracing tracing) {
    if (tracing.providers().size() > 1) {
      report.add(Rule.TELEMETRY_MANY, path + ".providers", "only the first provider is used");
    }
    providers(path + ".providers", tracing.providers());
    Double share = tracing.randomSamplingPercentage();
    if (share != null && (share < 0 || share > 100)) {
      report.add(
          Rule.FRACTION,
          path + ".randomSamplingPercentage",
          "this is not a percentage",
          share.toString(),
          "0.0 to 100.0");
    }
    tracing
        .customTags()
        .forEach(
            (name, tag) -> {
              String what =
                  switch (tag) {
                    case CustomTag.Fixed fixed -> fixed.literal().value();
                    case CustomTag.FromEnvironment from -> from.environment().name();
                    case CustomTag.FromHeader from -> from.header().name();
                    case CustomTag.Formatted formatted -> formatted.formatter().value();
                  };
              if (name.isEmpty() || what.isEmpty()) {
                report.add(
                    Rule.TAG, Paths.field(path + ".customTags", name), "the tag names nothing");
              }
            });
  }

  private void providers(String path, List<ProviderRef> providers) {
    for (int i = 0; i < providers.size(); i++) {
      if (providers.get(i).name().isEmpty()) {
        report.add(Rule.PROVIDER_NAME, Paths.item(path, i), "the provider has no name");
      }
    }
  }

  private void metrics(String path, Metrics metrics) {
    providers(path + ".providers", metrics.providers());
    checks.duration(path + ".reportingInterval", metrics.reportingInterval());
    for (int i = 0; i < metrics.overrides().size(); i++) {
      override(Paths.item(path + ".overrides", i), metrics.overrides().get(i));
    }
  }

  private void override(String path, MetricsOverride override) {
    if (override.match() != null
        && override.match().metricMatch() instanceof MetricMatch.Custom custom
        && custom.customMetric().isEmpty()) {
      report.add(Rule.METRIC_NAME, path + ".match.customMetric", "the metric has no name");
    }
    override
        .tagOverrides()
        .forEach(
            (name, tag) -> {
              boolean sets = tag.operation() == TagOperation.UPSERT;
              if (name.isEmpty() || sets == tag.value().isEmpty()) {
                report.add(
                    Rule.TAG,
                    Paths.field(path + ".tagOverrides", name),
                    sets ? "UPSERT needs a value" : "REMOVE has no value");
              }
            });
  }

  void check(EnvoyFilter spec) {
    report.add(
        Rule.ENVOY_FILTER,
        "spec",
        "patches depend on the configuration's inner form, which changes between versions");
    if (spec.workloadSelector() != null) {
      checks.selector("spec.workloadSelector.labels", spec.workloadSelector().labels(), true);
    }
    for (int i = 0; i < spec.configPatches().size(); i++) {
      patch(Paths.item("spec.configPatches", i), spec.configPatches().get(i));
    }
  }

  private void patch(String path, ConfigPatch patch) {
    if (patch.applyTo() == ApplyTo.INVALID) {
      report.add(Rule.PATCH_INCOMPLETE, path + ".applyTo", "what is changed is not said");
    }
    if (patch.patch() == null || patch.patch().operation() == Operation.INVALID) {
      report.add(Rule.PATCH_INCOMPLETE, path + ".patch", "there is no operation");
    } else if (patch.patch().value() == null && patch.patch().operation() != Operation.REMOVE) {
      report.add(Rule.PATCH_INCOMPLETE, path + ".patch.value", "there is no value");
    }
    if (patch.match() != null) {
      match(path + ".match", patch.applyTo(), patch.match());
    }
  }

  private void match(String path, ApplyTo target, ObjectMatch match) {
    if (match.proxy() != null && !match.proxy().proxyVersion().isEmpty()) {
      checks.regex(path + ".proxy.proxyVersion", match.proxy().proxyVersion());
    }
    boolean suits =
        switch (match.objectType()) {
          case ObjectType.OfListener of -> {
            filter(path + ".listener", target, of);
            yield OF_LISTENERS.contains(target);
          }
          case ObjectType.OfRoute _ -> OF_ROUTES.contains(target);
          case ObjectType.OfCluster _ -> target == ApplyTo.CLUSTER;
          case ObjectType.OfWaypoint _ -> true;
          case null -> true;
        };
    if (!suits && target != ApplyTo.INVALID) {
      report.add(
          Rule.PATCH_MATCH, path, "the match is about another kind of object", target.name(), "");
    }
  }

  private void filter(String path, ApplyTo target, ObjectType.OfListener of) {
    var chain = of.listener().filterChain();
    if (chain == null || chain.filter() == null) {
      return;
    }
    String at = path + ".filterChain.filter";
    if (chain.filter().name().isEmpty()) {
      report.add(Rule.PATCH_FILTER, at, "the filter has no name");
    }
    if (chain.filter().subFilter() != null
        && (target != ApplyTo.HTTP_FILTER
            || !chain.filter().name().endsWith("http_connection_manager"))) {
      report.add(
          Rule.PATCH_FILTER,
          at + ".subFilter",
          "only an HTTP connection manager has inner filters, and only HTTP_FILTER is about them");
    }
  }

  void check(WasmPlugin spec) {
    attachment.attached(spec.selector(), spec.targetRef(), spec.targetRefs());
    int scheme = spec.url().indexOf("://");
    boolean known =
        scheme < 0
            || Set.of("file", "http", "https", "oci").contains(spec.url().substring(0, scheme));
    if (spec.url().isEmpty() || !known) {
      report.add(
          Rule.WASM_URL, "spec.url", "this is not the address of a module", spec.url(), "oci://…");
    }
    if (!spec.sha256().isEmpty() && !spec.sha256().matches("[0-9a-f]{64}")) {
      report.add(
          Rule.WASM_HASH, "spec.sha256", "this is not SHA-256", spec.sha256(), "64 hex digits");
    }
    if (spec.vmConfig() != null) {
      Set<String> names = new HashSet<>();
      for (int i = 0; i < spec.vmConfig().env().size(); i++) {
        var env = spec.vmConfig().env().get(i);
        boolean both = env.valueFrom() == WasmPlugin.EnvValueSource.HOST && !env.value().isEmpty();
        if (!names.add(env.name()) || both) {
          report.add(
              Rule.WASM_ENV,
              Paths.item("spec.vmConfig.env", i),
              "a variable is set once, here or by the host",
              env.name(),
              "");
        }
      }
    }
  }
}

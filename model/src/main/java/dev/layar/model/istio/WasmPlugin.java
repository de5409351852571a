package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.FreeForm;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Istio's WasmPlugin ({@code extensions/v1alpha1/wasm.proto}) and its messages. */
@Doc("A WebAssembly module in the path of calls. Layar keeps the object and does not run it.")
public record WasmPlugin(
    @Doc("Workloads of the namespace; left out: all.") @Nullable PolicySelector selector,
    @Doc("Deprecated: one of targetRefs.") @Nullable TargetReference targetRef,
    @Doc("Objects it is attached to instead of a selector.") List<TargetReference> targetRefs,
    @Doc("Where the module is: oci:// (the default), http://, https:// or file://.") @Required
        String url,
    @Doc("SHA-256 of the module, hexadecimal.") String sha256,
    @Doc("When the module is fetched again.") PullPolicy imagePullPolicy,
    @Doc("Secret with the registry's credentials.") String imagePullSecret,
    @Doc("Not used.") String verificationKey,
    @Doc("Configuration of the plugin.") @Nullable FreeForm pluginConfig,
    @Doc("Name of the plugin inside the module.") String pluginName,
    @Doc("Where in the filter chain it goes.") PluginPhase phase,
    @Doc("Higher ones come first in their phase.") @Nullable Integer priority,
    @Doc("What happens when it cannot be loaded or fails.") FailStrategy failStrategy,
    @Doc("Environment of the virtual machine.") @Nullable VmConfig vmConfig,
    @Doc("Which calls; left out: all.") List<TrafficSelector> match,
    @Doc("HTTP or network plugin.") PluginType type) {
  public WasmPlugin {
    targetRefs = List.copyOf(targetRefs);
    match = List.copyOf(match);
  }

  /** Istio's PullPolicy. */
  public enum PullPolicy {
    @Doc("Always with the tag latest, else IfNotPresent.")
    UNSPECIFIED_POLICY,
    @Doc("When it is not there.")
    IfNotPresent,
    @Doc("Always.")
    Always
  }

  /** Istio's PluginPhase. */
  public enum PluginPhase {
    @Doc("At the end, before the router.")
    UNSPECIFIED_PHASE,
    @Doc("Before Istio's authentication filters.")
    AUTHN,
    @Doc("Before Istio's authorization filters.")
    AUTHZ,
    @Doc("Before Istio's statistics filters.")
    STATS
  }

  /** Istio's FailStrategy. */
  public enum FailStrategy {
    @Doc("Calls are refused.")
    FAIL_CLOSE,
    @Doc("Calls go on without the plugin.")
    FAIL_OPEN,
    @Doc("The plugin is loaded again.")
    FAIL_RELOAD
  }

  /** Istio's PluginType. */
  public enum PluginType {
    @Doc("HTTP.")
    UNSPECIFIED_PLUGIN_TYPE,
    @Doc("An HTTP filter.")
    HTTP,
    @Doc("A network filter.")
    NETWORK
  }

  /** Istio's VmConfig. */
  @Doc("Environment of the virtual machine.")
  public record VmConfig(@Doc("Environment variables.") List<EnvVar> env) {
    public VmConfig {
      env = List.copyOf(env);
    }
  }

  /** Istio's EnvVar. */
  @Doc("An environment variable.")
  public record EnvVar(
      @Doc("Its name.") @Required String name,
      @Doc("Where its value comes from.") EnvValueSource valueFrom,
      @Doc("Its value, for INLINE.") String value) {}

  /** Istio's EnvValueSource. */
  public enum EnvValueSource {
    @Doc("The value given here.")
    INLINE,
    @Doc("The proxy's own environment.")
    HOST
  }

  /** Istio's WasmPlugin.TrafficSelector. */
  @Doc("Some calls.")
  public record TrafficSelector(
      @Doc("By the workload's part in them.") TrafficMode mode,
      @Doc("By port; left out: all.") List<PluginPort> ports) {
    public TrafficSelector {
      ports = List.copyOf(ports);
    }
  }

  /** Istio's {@code type.v1beta1.WorkloadMode}. */
  public enum TrafficMode {
    @Doc("Not set: calls that a workload makes and calls that it takes.")
    UNDEFINED,
    @Doc("Calls that a workload makes.")
    CLIENT,
    @Doc("Calls that a workload takes.")
    SERVER,
    @Doc("Both.")
    CLIENT_AND_SERVER
  }

  /** Istio's {@code type.v1beta1.PortSelector}. */
  @Doc("A port.")
  public record PluginPort(
      @Doc("Port number.") @Required @Range(min = 1, max = 65535) int number) {}
}

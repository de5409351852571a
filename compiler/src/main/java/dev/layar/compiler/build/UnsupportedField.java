package dev.layar.compiler.build;

import dev.layar.model.gatewayapi.KubeGateway;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.DestinationRule.ClientTls;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.RetryBudget;
import dev.layar.model.istio.EnvoyFilter;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.Telemetry;
import dev.layar.model.istio.Telemetry.CustomTag;
import dev.layar.model.istio.Telemetry.LogFilter;
import dev.layar.model.istio.VirtualService.Abort;
import dev.layar.model.istio.VirtualService.Delay;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpRedirect;
import dev.layar.model.istio.VirtualService.L4Match;
import dev.layar.model.istio.WorkloadEntry;

/**
 * The fields of Istio's objects that the compiler accepts and does not implement: the one
 * declaration from which warnings and the support matrix come.
 */
public enum UnsupportedField {
  EXPONENTIAL_DELAY(Delay.class, "exponentialDelay", "", "no request is delayed"),
  HTTP2_ERROR(Abort.class, "http2Error", "", "no request is aborted"),
  REDIRECT_CODE(
      HttpRedirect.class, "redirectCode", "other than 301, 302, 303, 307 and 308", "301 is used"),
  CLAIM(HttpMatch.class, "headers", "a name that begins with @", "the condition never holds"),
  WITHOUT_CLAIM(
      HttpMatch.class, "withoutHeaders", "a name that begins with @", "the condition always holds"),

  SOURCE_SUBNET(L4Match.class, "sourceSubnet", "", "it is ignored, as in Istio"),

  ZONE_AWARE(
      LoadBalancer.class, "zoneAwareLbSetting", "", "endpoints are chosen without regard to zone"),
  CONSECUTIVE_ERRORS(OutlierDetection.class, "consecutiveErrors", "", "use consecutive5xxErrors"),
  ERROR_CODES(
      OutlierDetection.class, "outlierDetectionHttpErrorCodes", "", "5xx answers count as errors"),
  CLIENT_CREDENTIAL(
      ClientTls.class,
      "credentialName",
      "a rule without workloadSelector",
      "gateways obey the rule, and sidecars speak plain text"),
  BUDGET_INTERVAL(RetryBudget.class, "budgetInterval", "", "only requests under way count"),

  DEFAULT_ENDPOINT(Gateway.Server.class, "defaultEndpoint", "", "it is ignored"),
  UNIX_BIND(Gateway.Server.class, "bind", "unix://", "Unix sockets are not opened"),

  DYNAMIC_DNS(
      ServiceEntry.class,
      "resolution",
      "DYNAMIC_DNS",
      "the address that the caller dialled is used"),
  UNIX_ENDPOINT(WorkloadEntry.class, "address", "unix://", "Unix sockets are not connected to"),
  NETWORK(WorkloadEntry.class, "network", "", "endpoints are connected to directly"),

  SIDECAR_INGRESS(Sidecar.class, "ingress", "", "inbound listeners are as without it"),
  INBOUND_POOL(Sidecar.class, "inboundConnectionPool", "", "calls to the workload are not limited"),
  EGRESS_PORT(Sidecar.Egress.class, "port", "", "the hosts are imported for every port"),
  EGRESS_BIND(Sidecar.Egress.class, "bind", "", "no listener of its own is opened"),
  CUSTOM_ACTION(
      AuthorizationPolicy.class,
      "action",
      "CUSTOM",
      "everything that reaches the selected workloads is refused"),
  REQUEST_PRINCIPALS(
      AuthorizationPolicy.Source.class,
      "requestPrincipals",
      "",
      "tokens are not read, so no call is meant by it"),
  NOT_REQUEST_PRINCIPALS(
      AuthorizationPolicy.Source.class,
      "notRequestPrincipals",
      "",
      "tokens are not read, so every call is meant by it"),
  TOKEN_CONDITION(
      AuthorizationPolicy.Condition.class,
      "key",
      "request.auth.*",
      "tokens are not read, so no call has the attribute"),
  EGRESS_CAPTURE(
      Sidecar.Egress.class,
      "captureMode",
      "",
      "traffic gets to the proxy as the workload is set up"),

  TELEMETRY_TARGET(Telemetry.class, "targetRef", "", "the object is about no workload"),
  TELEMETRY_TARGETS(Telemetry.class, "targetRefs", "", "the object is about no workload"),
  METRICS(Telemetry.class, "metrics", "", "metrics are kept with Istio's labels"),
  LOG_EXPRESSION(
      LogFilter.class,
      "expression",
      "other than comparisons of response.code and request.duration",
      "every call is logged"),
  TAG_FORMATTER(CustomTag.class, "formatter", "", "spans do not get the tag"),
  TRACE_REQUEST_ID(
      Telemetry.Tracing.class,
      "useRequestIdForTraceSampling",
      "",
      "the request id carries the decision"),
  TRACE_CONTEXT(
      Telemetry.Tracing.class, "disableContextPropagation", "", "trace headers are passed on"),

  INFRASTRUCTURE(KubeGateway.class, "infrastructure", "", "nothing is deployed for a Gateway"),
  GATEWAY_ADDRESS(
      KubeGateway.Address.class, "type", "other than Hostname", "addresses are not chosen"),
  FRONTEND_VALIDATION(
      KubeGateway.ListenerTls.class, "frontendValidation", "", "callers need no certificate"),
  TLS_OPTIONS(KubeGateway.ListenerTls.class, "options", "", "they are ignored"),

  PATCH_TARGETS(EnvoyFilter.class, "targetRefs", "", "the object is about no workload"),
  PATCH_APPLY_TO(
      EnvoyFilter.ConfigPatch.class,
      "applyTo",
      "EXTENSION_CONFIG and BOOTSTRAP",
      "nothing is patched"),
  PATCH_METADATA(EnvoyFilter.ProxyMatch.class, "metadata", "", "the patch is about no proxy"),
  PATCH_PORT_NAME(EnvoyFilter.ListenerMatch.class, "portName", "", "it is ignored, as in Istio"),
  PATCH_WAYPOINT(
      EnvoyFilter.ObjectMatch.class, "waypoint", "", "waypoints do not exist; it is ignored"),
  PATCH_CLASS(EnvoyFilter.Patch.class, "filterClass", "", "the filter goes where it is put");

  private final Class<?> message;
  private final String field;
  private final String condition;
  private final String effect;

  UnsupportedField(Class<?> message, String field, String condition, String effect) {
    this.message = message;
    this.field = field;
    this.condition = condition;
    this.effect = effect;
  }

  /** The message of the model that the field belongs to. */
  public Class<?> message() {
    return message;
  }

  /** The field's name as it is written. */
  public String field() {
    return field;
  }

  /** The values that are not supported; empty when none is. */
  public String condition() {
    return condition;
  }

  /** What happens instead, a clause without a full stop. */
  public String effect() {
    return effect;
  }
}

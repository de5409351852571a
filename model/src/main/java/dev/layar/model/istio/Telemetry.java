package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Inline;
import dev.layar.model.Values;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Istio's Telemetry ({@code telemetry/v1alpha1/telemetry.proto}) and its messages. */
@Doc("Which access logs, metrics and traces proxies write.")
public record Telemetry(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: of the mesh.")
        @Nullable PolicySelector selector,
    @Doc("Deprecated: one of targetRefs.") @Nullable TargetReference targetRef,
    @Doc("Objects it is attached to instead of a selector.") List<TargetReference> targetRefs,
    @Doc("Traces; only the first is used.") List<Tracing> tracing,
    @Doc("Metrics.") List<Metrics> metrics,
    @Doc("Access logs.") List<AccessLogging> accessLogging) {
  public Telemetry {
    targetRefs = List.copyOf(targetRefs);
    tracing = List.copyOf(tracing);
    metrics = List.copyOf(metrics);
    accessLogging = List.copyOf(accessLogging);
  }

  /** Istio's ProviderRef. */
  @Doc("A provider that the mesh configuration defines.")
  public record ProviderRef(@Doc("Its name.") String name) {}

  /** Istio's WorkloadMode, in the order of its numbers. */
  public enum WorkloadMode {
    @Doc("Calls that a workload makes and calls that it takes.")
    CLIENT_AND_SERVER,
    @Doc("Calls that a workload makes, and gateways.")
    CLIENT,
    @Doc("Calls that a workload takes.")
    SERVER
  }

  /** Istio's Tracing. */
  @Doc("How calls are traced.")
  public record Tracing(
      @Doc("Which calls.") @Nullable TracingSelector match,
      @Doc("Where spans are sent; at most one.") List<ProviderRef> providers,
      @Doc("Share of calls to trace when nobody before has decided, from 0.0 to 100.0.")
          @Nullable Double randomSamplingPercentage,
      @Doc("Pass trace headers on and report no spans.") @Nullable Boolean disableSpanReporting,
      @Doc("Further tags of spans.") Map<String, CustomTag> customTags,
      @Doc("Whether the request id carries the decision; left out: true.")
          @Nullable Boolean useRequestIdForTraceSampling,
      @Doc("Whether spans get Istio's own tags; left out: true.") @Nullable Boolean enableIstioTags,
      @Doc("Whether trace headers are not passed on.")
          @Nullable Boolean disableContextPropagation) {
    public Tracing {
      providers = List.copyOf(providers);
      customTags = Values.sorted(customTags);
    }
  }

  /** Istio's Tracing.TracingSelector. */
  @Doc("Which calls.")
  public record TracingSelector(@Doc("By the workload's part in them.") WorkloadMode mode) {}

  /** Istio's Tracing.CustomTag. */
  @Doc("Where a tag's value comes from: exactly one of literal, environment, header, formatter.")
  public sealed interface CustomTag {
    /** A fixed value. */
    record Fixed(@Doc("A fixed value.") Literal literal) implements CustomTag {}

    /** From the environment. */
    record FromEnvironment(@Doc("An environment variable of the proxy.") Environment environment)
        implements CustomTag {}

    /** From a request header. */
    record FromHeader(@Doc("A header of the request.") RequestHeader header) implements CustomTag {}

    /** In the access log's language. */
    record Formatted(@Doc("Text with operators of the access log.") Formatter formatter)
        implements CustomTag {}
  }

  /** Istio's Tracing.Literal. */
  @Doc("A fixed value.")
  public record Literal(@Doc("The value.") String value) {}

  /** Istio's Tracing.Environment. */
  @Doc("An environment variable of the proxy.")
  public record Environment(
      @Doc("Its name.") String name,
      @Doc("The value when it is not set; left out: no tag.") String defaultValue) {}

  /** Istio's Tracing.RequestHeader. */
  @Doc("A header of the request.")
  public record RequestHeader(
      @Doc("Its name.") String name,
      @Doc("The value when it is missing; left out: no tag.") String defaultValue) {}

  /** Istio's Tracing.Formatter. */
  @Doc("Text with operators of the access log.")
  public record Formatter(@Doc("The text.") String value) {}

  /** Istio's Metrics. */
  @Doc("Which metrics are kept, and with which labels.")
  public record Metrics(
      @Doc("Where metrics go; left out: the mesh's default.") List<ProviderRef> providers,
      @Doc("Changes to metrics, a later one before an earlier one.")
          List<MetricsOverride> overrides,
      @Doc("How often open TCP connections are counted; left out: 5s.")
          @Nullable Duration reportingInterval) {
    public Metrics {
      providers = List.copyOf(providers);
      overrides = List.copyOf(overrides);
    }
  }

  /** Istio's MetricsOverrides. */
  @Doc("A change to some metrics.")
  public record MetricsOverride(
      @Doc("Which metrics; left out: all.") @Nullable MetricSelector match,
      @Doc("Leave the metrics out.") @Nullable Boolean disabled,
      @Doc("Changes to labels, by label.") Map<String, TagOverride> tagOverrides) {
    public MetricsOverride {
      tagOverrides = Values.sorted(tagOverrides);
    }
  }

  /** Istio's MetricSelector. */
  @Doc("Which metrics.")
  public record MetricSelector(
      @Doc("By name.") @Inline @Nullable MetricMatch metricMatch,
      @Doc("By the workload's part in the call.") WorkloadMode mode) {}

  /** MetricSelector's {@code metric_match}. */
  @Doc("A metric by name.")
  public sealed interface MetricMatch {
    /** One that Istio defines. */
    record Standard(@Doc("A metric that Istio defines.") Metric metric) implements MetricMatch {}

    /** One that something else defines. */
    record Custom(@Doc("Name of another metric.") String customMetric) implements MetricMatch {}
  }

  /** Istio's MetricSelector.IstioMetric, in the order of its numbers. */
  public enum Metric {
    @Doc("Every metric.")
    ALL_METRICS,
    @Doc("istio_requests_total.")
    REQUEST_COUNT,
    @Doc("istio_request_duration_milliseconds.")
    REQUEST_DURATION,
    @Doc("istio_request_bytes.")
    REQUEST_SIZE,
    @Doc("istio_response_bytes.")
    RESPONSE_SIZE,
    @Doc("istio_tcp_connections_opened_total.")
    TCP_OPENED_CONNECTIONS,
    @Doc("istio_tcp_connections_closed_total.")
    TCP_CLOSED_CONNECTIONS,
    @Doc("istio_tcp_sent_bytes_total.")
    TCP_SENT_BYTES,
    @Doc("istio_tcp_received_bytes_total.")
    TCP_RECEIVED_BYTES,
    @Doc("istio_request_messages_total.")
    GRPC_REQUEST_MESSAGES,
    @Doc("istio_response_messages_total.")
    GRPC_RESPONSE_MESSAGES
  }

  /** Istio's MetricsOverrides.TagOverride. */
  @Doc("A change to a label.")
  public record TagOverride(
      @Doc("Set the label or remove it.") TagOperation operation,
      @Doc("CEL expression of the value; for UPSERT.") String value) {}

  /** Istio's MetricsOverrides.TagOverride.Operation. */
  public enum TagOperation {
    @Doc("Set the label.")
    UPSERT,
    @Doc("Remove the label.")
    REMOVE
  }

  /** Istio's AccessLogging. */
  @Doc("Which calls are logged, and where.")
  public record AccessLogging(
      @Doc("Which calls.") @Nullable LogSelector match,
      @Doc("Where they are logged; left out: the mesh's default.") List<ProviderRef> providers,
      @Doc("Do not log.") @Nullable Boolean disabled,
      @Doc("Which of the calls are worth a line.") @Nullable LogFilter filter) {
    public AccessLogging {
      providers = List.copyOf(providers);
    }
  }

  /** Istio's AccessLogging.LogSelector. */
  @Doc("Which calls.")
  public record LogSelector(@Doc("By the workload's part in them.") WorkloadMode mode) {}

  /** Istio's AccessLogging.Filter. */
  @Doc("A condition on calls.")
  public record LogFilter(
      @Doc("CEL expression that must hold, for example response.code >= 400.") String expression) {}
}

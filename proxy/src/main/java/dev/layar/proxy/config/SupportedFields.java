package dev.layar.proxy.config;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The xDS fields that this proxy acts upon: the one declaration from which warnings and the support
 * matrix come. Any other field that is set in one of these messages gets a warning with its path. A
 * message that is not listed is taken as a whole, such as a duration.
 */
public final class SupportedFields {
  private static final Map<String, Set<String>> FIELDS =
      Map.ofEntries(
          message(
              "envoy.config.bootstrap.v3.Bootstrap",
              "node static_resources dynamic_resources admin cluster_manager"),
          message("envoy.config.bootstrap.v3.ClusterManager", "local_cluster_name"),
          message(
              "envoy.config.bootstrap.v3.Bootstrap.StaticResources", "listeners clusters secrets"),
          message(
              "envoy.config.bootstrap.v3.Bootstrap.DynamicResources",
              "ads_config lds_config cds_config"),
          message("envoy.config.bootstrap.v3.Admin", "address"),
          message(
              "envoy.config.route.v3.RouteConfiguration",
              "name virtual_hosts request_headers_to_add request_headers_to_remove",
              "response_headers_to_add response_headers_to_remove validate_clusters",
              "most_specific_header_mutations_wins ignore_port_in_host_matching",
              "max_direct_response_body_size_bytes typed_per_filter_config"),
          message(
              "envoy.config.route.v3.VirtualHost",
              "name domains routes require_tls request_headers_to_add request_headers_to_remove",
              "response_headers_to_add response_headers_to_remove include_request_attempt_count",
              "include_attempt_count_in_response retry_policy per_request_buffer_limit_bytes",
              "typed_per_filter_config metadata"),
          message(
              "envoy.config.route.v3.Route",
              "name match route redirect direct_response metadata decorator",
              "request_headers_to_add request_headers_to_remove response_headers_to_add",
              "response_headers_to_remove per_request_buffer_limit_bytes typed_per_filter_config"),
          message(
              "envoy.config.route.v3.RouteMatch",
              "prefix path safe_regex path_separated_prefix connect_matcher case_sensitive headers",
              "query_parameters runtime_fraction grpc dynamic_metadata"),
          message("envoy.config.route.v3.Decorator", "operation propagate"),
          message(
              "envoy.config.route.v3.RouteAction",
              "cluster weighted_clusters timeout idle_timeout max_stream_duration retry_policy",
              "request_mirror_policies host_rewrite_literal auto_host_rewrite host_rewrite_header",
              "append_x_forwarded_host prefix_rewrite regex_rewrite hash_policy priority",
              "metadata_match cluster_not_found_response_code upgrade_configs max_grpc_timeout"
                  + " grpc_timeout_offset"),
          message(
              "envoy.config.route.v3.RouteAction.UpgradeConfig",
              "upgrade_type enabled connect_config"),
          message(
              "envoy.config.route.v3.RouteAction.MaxStreamDuration",
              "max_stream_duration grpc_timeout_header_max grpc_timeout_header_offset"),
          message(
              "envoy.config.route.v3.RouteAction.RequestMirrorPolicy",
              "cluster runtime_fraction disable_shadow_host_suffix_append trace_sampled"),
          message(
              "envoy.config.route.v3.RouteAction.HashPolicy",
              "header cookie connection_properties query_parameter filter_state terminal"),
          message("envoy.config.route.v3.WeightedCluster", "clusters total_weight"),
          message(
              "envoy.config.route.v3.WeightedCluster.ClusterWeight",
              "name weight request_headers_to_add request_headers_to_remove",
              "response_headers_to_add response_headers_to_remove host_rewrite_literal",
              "typed_per_filter_config metadata_match"),
          message(
              "envoy.config.route.v3.RetryPolicy",
              "retry_on num_retries per_try_timeout per_try_idle_timeout retriable_status_codes",
              "retriable_headers retriable_request_headers retry_back_off retry_host_predicate",
              "host_selection_retry_max_attempts"),
          message(
              "envoy.config.route.v3.RedirectAction",
              "https_redirect scheme_redirect host_redirect port_redirect path_redirect",
              "prefix_rewrite regex_rewrite response_code strip_query"),
          message("envoy.config.route.v3.DirectResponseAction", "status body"),
          message(
              "envoy.config.cluster.v3.Cluster",
              "name alt_stat_name type eds_cluster_config connect_timeout lb_policy",
              "load_assignment ring_hash_lb_config maglev_lb_config least_request_lb_config",
              "round_robin_lb_config common_lb_config lb_subset_config circuit_breakers"
                  + " outlier_detection health_checks",
              "upstream_connection_options per_connection_buffer_limit_bytes",
              "typed_extension_protocol_options http2_protocol_options dns_refresh_rate",
              "dns_failure_refresh_rate",
              "respect_dns_ttl dns_lookup_family metadata max_requests_per_connection"
                  + " cleanup_interval",
              "transport_socket transport_socket_matches typed_dns_resolver_config"),
          message(
              "envoy.config.cluster.v3.Cluster.TransportSocketMatch",
              "name match transport_socket"),
          message("envoy.config.cluster.v3.Cluster.EdsClusterConfig", "eds_config service_name"),
          message(
              "envoy.config.cluster.v3.Cluster.RingHashLbConfig",
              "minimum_ring_size maximum_ring_size hash_function"),
          message("envoy.config.cluster.v3.Cluster.MaglevLbConfig", "table_size"),
          message(
              "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig",
              "choice_count active_request_bias slow_start_config"),
          message("envoy.config.cluster.v3.Cluster.RoundRobinLbConfig", "slow_start_config"),
          message(
              "envoy.config.cluster.v3.Cluster.SlowStartConfig",
              "slow_start_window aggression min_weight_percent"),
          message(
              "envoy.config.cluster.v3.Cluster.CommonLbConfig",
              "healthy_panic_threshold locality_weighted_lb_config consistent_hashing_lb_config",
              "zone_aware_lb_config"),
          message(
              "envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig",
              "routing_enabled min_cluster_size fail_traffic_on_panic"),
          message(
              "envoy.config.cluster.v3.Cluster.LbSubsetConfig",
              "fallback_policy default_subset subset_selectors locality_weight_aware",
              "panic_mode_any list_as_any"),
          message(
              "envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector",
              "keys single_host_per_subset fallback_policy fallback_keys_subset"),
          message(
              "envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig",
              "use_hostname_for_hashing"),
          message("envoy.config.cluster.v3.CircuitBreakers", "thresholds"),
          message(
              "envoy.config.cluster.v3.CircuitBreakers.Thresholds",
              "priority max_connections max_pending_requests max_requests max_retries",
              "retry_budget track_remaining"),
          message(
              "envoy.config.cluster.v3.OutlierDetection",
              "interval base_ejection_time max_ejection_time max_ejection_percent",
              "always_eject_one_host consecutive_5xx enforcing_consecutive_5xx",
              "consecutive_gateway_failure enforcing_consecutive_gateway_failure",
              "split_external_local_origin_errors consecutive_local_origin_failure",
              "enforcing_consecutive_local_origin_failure enforcing_success_rate",
              "success_rate_minimum_hosts success_rate_request_volume success_rate_stdev_factor",
              "enforcing_failure_percentage failure_percentage_threshold",
              "failure_percentage_minimum_hosts failure_percentage_request_volume",
              "enforcing_local_origin_success_rate enforcing_failure_percentage_local_origin",
              "max_ejection_time_jitter"),
          message(
              "envoy.config.core.v3.HealthCheck",
              "timeout interval initial_jitter interval_jitter interval_jitter_percent",
              "unhealthy_threshold healthy_threshold http_health_check tcp_health_check",
              "grpc_health_check no_traffic_interval no_traffic_healthy_interval",
              "unhealthy_interval unhealthy_edge_interval healthy_edge_interval"),
          message(
              "envoy.config.core.v3.HealthCheck.HttpHealthCheck",
              "host path method expected_statuses retriable_statuses request_headers_to_add",
              "codec_client_type"),
          message("envoy.config.core.v3.HealthCheck.TcpHealthCheck", "send receive"),
          message("envoy.config.core.v3.HealthCheck.GrpcHealthCheck", "service_name authority"),
          message("envoy.config.cluster.v3.UpstreamConnectionOptions", "tcp_keepalive"),
          message(
              "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              "upstream_http_protocol_options common_http_protocol_options explicit_http_config"
                  + " use_downstream_protocol_config"),
          message(
              "envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name endpoints policy"),
          message(
              "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy", "overprovisioning_factor"),
          message(
              "envoy.config.endpoint.v3.LocalityLbEndpoints",
              "locality lb_endpoints load_balancing_weight priority metadata"),
          message(
              "envoy.config.endpoint.v3.LbEndpoint",
              "endpoint health_status metadata load_balancing_weight"),
          message("envoy.config.endpoint.v3.Endpoint", "address hostname"),
          message(
              "envoy.config.listener.v3.Listener",
              "name address stat_prefix filter_chains default_filter_chain use_original_dst",
              "per_connection_buffer_limit_bytes listener_filters listener_filters_timeout",
              "continue_on_listener_filters_timeout traffic_direction bind_to_port access_log",
              "metadata deprecated_v1 reuse_port enable_reuse_port"),
          message(
              "envoy.config.listener.v3.FilterChain",
              "name filter_chain_match filters metadata transport_socket",
              "transport_socket_connect_timeout"),
          message("envoy.config.listener.v3.ListenerFilter", "name typed_config filter_disabled"),
          message(
              "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
              "allow_requests_without_proxy_protocol"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
              "common_tls_context require_client_certificate session_ticket_keys",
              "disable_stateless_session_resumption"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
              "common_tls_context sni auto_sni_san_validation"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext",
              "tls_params tls_certificates tls_certificate_sds_secret_configs validation_context",
              "validation_context_sds_secret_config combined_validation_context alpn_protocols"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext"
                  + ".CombinedCertificateValidationContext",
              "default_validation_context validation_context_sds_secret_config"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.TlsParameters",
              "tls_minimum_protocol_version tls_maximum_protocol_version cipher_suites"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.TlsCertificate",
              "certificate_chain private_key"),
          message("envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys", "keys"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext",
              "trusted_ca system_root_certs match_typed_subject_alt_names match_subject_alt_names",
              "verify_certificate_hash verify_certificate_spki trust_chain_verification",
              "allow_expired_certificate custom_validator_config"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher",
              "san_type matcher"),
          message("envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig", "name sds_config"),
          message(
              "envoy.extensions.transport_sockets.tls.v3.Secret",
              "name tls_certificate validation_context session_ticket_keys generic_secret"),
          message(
              "envoy.config.listener.v3.FilterChainMatch",
              "destination_port prefix_ranges server_names transport_protocol",
              "application_protocols direct_source_prefix_ranges source_type",
              "source_prefix_ranges source_ports"),
          message(
              "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              "codec_type stat_prefix rds route_config http_filters common_http_protocol_options",
              "http_protocol_options http2_protocol_options server_name",
              "server_header_transformation",
              "max_request_headers_kb stream_idle_timeout request_timeout request_headers_timeout",
              "drain_timeout delayed_close_timeout access_log use_remote_address",
              "xff_num_trusted_hops skip_xff_append append_x_forwarded_port generate_request_id",
              "forward_client_cert_details set_current_client_cert_details",
              "preserve_external_request_id always_set_request_id_in_response proxy_100_continue",
              "upgrade_configs normalize_path merge_slashes path_with_escaped_slashes_action",
              "strip_matching_host_port strip_any_host_port strip_trailing_host_dot",
              "request_id_extension tracing"),
          message(
              "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
                  + ".Tracing",
              "client_sampling random_sampling overall_sampling max_path_tag_length custom_tags",
              "provider"),
          message(
              "envoy.config.trace.v3.ZipkinConfig",
              "collector_cluster collector_endpoint collector_hostname trace_id_128bit",
              "shared_span_context collector_endpoint_version"),
          message(
              "envoy.extensions.filters.network.http_connection_manager.v3.Rds",
              "config_source route_config_name"),
          message(
              "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
              "name typed_config is_optional disabled"),
          message(
              "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
                  + ".UpgradeConfig",
              "upgrade_type enabled"),
          message(
              "envoy.config.core.v3.HttpProtocolOptions",
              "idle_timeout max_connection_duration max_headers_count max_stream_duration",
              "headers_with_underscores_action max_requests_per_connection"),
          message(
              "envoy.config.core.v3.Http1ProtocolOptions",
              "allow_absolute_url accept_http_10 default_host_for_http_10 enable_trailers"),
          message(
              "envoy.config.core.v3.Http2ProtocolOptions",
              "hpack_table_size max_concurrent_streams initial_stream_window_size",
              "initial_connection_window_size allow_connect max_outbound_frames",
              "max_outbound_control_frames max_consecutive_inbound_frames_with_empty_payload",
              "max_inbound_priority_frames_per_stream",
              "max_inbound_window_update_frames_per_data_frame_sent",
              "override_stream_error_on_invalid_http_message",
              "stream_error_on_invalid_http_messaging connection_keepalive"),
          message("envoy.config.core.v3.KeepaliveSettings", "interval timeout"),
          message(
              "envoy.extensions.filters.http.cors.v3.CorsPolicy",
              "allow_origin_string_match allow_methods allow_headers expose_headers max_age",
              "allow_credentials filter_enabled forward_not_matching_preflights"),
          message(
              "envoy.extensions.filters.http.rbac.v3.RBAC",
              "rules shadow_rules shadow_rules_stat_prefix"),
          message(
              "envoy.extensions.filters.network.rbac.v3.RBAC",
              "rules shadow_rules shadow_rules_stat_prefix stat_prefix"),
          message("envoy.config.rbac.v3.RBAC", "action policies"),
          message("envoy.extensions.filters.http.router.v3.Router", "suppress_envoy_headers"),
          message(
              "envoy.extensions.filters.http.fault.v3.HTTPFault",
              "delay abort upstream_cluster headers max_active_faults"),
          message("envoy.extensions.filters.common.fault.v3.FaultDelay", "fixed_delay percentage"),
          message(
              "envoy.extensions.filters.http.fault.v3.FaultAbort",
              "http_status grpc_status percentage"),
          message(
              "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
              "stat_prefix cluster weighted_clusters metadata_match idle_timeout"
                  + " max_connect_attempts",
              "max_downstream_connection_duration hash_policy access_log"),
          message("envoy.config.accesslog.v3.AccessLog", "name filter typed_config"),
          message(
              "envoy.extensions.access_loggers.file.v3.FileAccessLog",
              "path log_format format json_format typed_json_format"),
          message("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", "log_format"),
          message("envoy.extensions.access_loggers.stream.v3.StderrAccessLog", "log_format"),
          message(
              "envoy.config.core.v3.SubstitutionFormatString",
              "text_format text_format_source json_format omit_empty_values"));

  private SupportedFields() {}

  /** Every declared message with its fields, sorted: what the support matrix is made from. */
  public static SortedMap<String, SortedSet<String>> table() {
    SortedMap<String, SortedSet<String>> table = new TreeMap<>();
    FIELDS.forEach((message, fields) -> table.put(message, new TreeSet<>(fields)));
    return table;
  }

  /**
   * Warns of each field that is set in the message, or below it, and has no effect here.
   *
   * <p>It walks a dynamic copy, and is told the type: asking a generated message for its type or
   * its fields makes the JVM load every class that any of its methods names, some 500 for a
   * bootstrap, which costs more memory and start-up time than all of the configuration.
   */
  static void check(Descriptor type, MessageLite message, String path, Problems problems) {
    if (FIELDS.containsKey(type.getFullName())) {
      try {
        walk(DynamicMessage.parseFrom(type, message.toByteString()), path, problems);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("a message's own bytes do not parse", e);
      }
    }
  }

  private static void walk(Message message, String path, Problems problems) {
    Set<String> supported = FIELDS.get(message.getDescriptorForType().getFullName());
    if (supported == null) {
      return;
    }
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              String where = path.isEmpty() ? field.getName() : path + "." + field.getName();
              if (!supported.contains(field.getName())) {
                problems.warning(
                    Problems.UNSUPPORTED, where, "this proxy does not act upon this field");
              } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                descend(field, value, where, problems);
              }
            });
  }

  private static void descend(FieldDescriptor field, Object value, String path, Problems problems) {
    if (field.isMapField()) {
      return;
    }
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        walk((Message) list.get(i), path + "[" + i + "]", problems);
      }
    } else {
      walk((Message) value, path, problems);
    }
  }

  private static Map.Entry<String, Set<String>> message(String name, String... fields) {
    return Map.entry(name, Set.of(String.join(" ", fields).split(" ")));
  }
}

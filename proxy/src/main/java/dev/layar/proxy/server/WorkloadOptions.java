package dev.layar.proxy.server;

/**
 * Whose traffic a workload carries.
 *
 * @param id node id, for example {@code sidecar~127.0.1.2~web-1.default~default.svc.cluster.local}
 * @param logs where its access logs go
 */
public record WorkloadOptions(String id, LogSinks logs) {}

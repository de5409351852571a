package dev.layar.proxy.config;

import dev.layar.proxy.observe.AccessLogFilter;
import dev.layar.proxy.observe.TextFormat;

/**
 * One access log ({@code Envoy AccessLog} with {@code FileAccessLog} or {@code StdoutAccessLog}).
 *
 * @param path a file; {@code /dev/stdout} and {@code /dev/stderr} are the process's own
 * @param format line end included
 */
public record AccessLogConfig(String path, TextFormat format, AccessLogFilter filter) {}

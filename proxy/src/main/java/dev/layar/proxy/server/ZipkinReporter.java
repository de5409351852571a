package dev.layar.proxy.server;

import dev.layar.base.JsonStrings;
import dev.layar.proxy.config.TracingConfig;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.stream.HttpPost;
import dev.layar.proxy.stream.StreamLog;
import dev.layar.proxy.stream.Worker;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns streams that are traced into spans and hands them on as Zipkin's JSON (Zipkin API v2,
 * {@code POST /api/v2/spans}). Each event loop has a buffer of its own.
 *
 * <p>DEVIATION: a span's service is the workload that the node id names; Envoy takes {@code
 * node.cluster}.
 */
final class ZipkinReporter implements StreamLog {
  private final TracingConfig config;
  private final String node;
  private final String service;
  private final HttpPost[] posts;

  ZipkinReporter(TracingConfig config, String node, List<Worker> workers, HttpPost.World world) {
    this.config = config;
    this.node = node;
    this.service = service(node);
    this.posts = new HttpPost[workers.size()];
    TracingConfig.Zipkin to = config.zipkin();
    for (int i = 0; i < posts.length; i++) {
      posts[i] = new HttpPost(workers.get(i), to.cluster(), to.host(), to.path(), world);
    }
  }

  /** {@code sidecar~ip~pod.namespace~domain} is named by its third part. */
  private static String service(String node) {
    List<String> parts = List.of(node.split("~", -1));
    return parts.size() == 4 ? parts.get(2) : node;
  }

  @Override
  public void ended(int loop, StreamInfo info) {
    if (info.traced) {
      posts[loop].add(span(info));
    }
  }

  private String span(StreamInfo info) {
    StringBuilder out = new StringBuilder(512);
    out.append("{\"traceId\":\"");
    if (info.traceHigh != 0) {
      out.append(hex(info.traceHigh));
    }
    out.append(hex(info.traceLow)).append('"');
    text(out, "id", hex(info.spanId));
    if (info.parentSpanId != 0) {
      text(out, "parentId", hex(info.parentSpanId));
    }
    text(out, "kind", config.outbound() ? "CLIENT" : "SERVER");
    text(out, "name", name(info));
    long micros = info.startEpochMillis * 1000 + info.startMicros;
    out.append(",\"timestamp\":").append(micros);
    out.append(",\"duration\":").append(Math.max(1, (info.endNanos - info.startNanos) / 1000));
    if (info.sharedSpan) {
      out.append(",\"shared\":true");
    }
    endpoint(out, info);
    tags(out, info);
    return out.append('}').toString();
  }

  private static String name(StreamInfo info) {
    return info.operation.isEmpty() && info.request != null
        ? info.request.authority()
        : info.operation;
  }

  private void endpoint(StringBuilder out, StreamInfo info) {
    out.append(",\"localEndpoint\":{\"serviceName\":");
    JsonStrings.append(out, service);
    String local = text(info.downstreamLocalAddress);
    int colon = local.lastIndexOf(':');
    if (colon > 0) {
      boolean six = local.startsWith("[");
      text(
          out,
          six ? "ipv6" : "ipv4",
          six ? local.substring(1, colon - 1) : local.substring(0, colon));
      out.append(",\"port\":").append(local, colon + 1, local.length());
    }
    out.append('}');
  }

  private void tags(StringBuilder out, StreamInfo info) {
    out.append(",\"tags\":{\"component\":\"proxy\"");
    text(out, "node_id", node);
    text(out, "http.protocol", info.protocol.text());
    text(out, "http.status_code", Integer.toString(info.responseCode));
    text(out, "response_flags", ResponseFlags.text(info.flags));
    text(out, "request_size", Long.toString(info.bytesReceived));
    text(out, "response_size", Long.toString(info.bytesSent));
    text(out, "upstream_cluster", text(info.clusterName));
    text(out, "upstream_cluster.name", text(info.clusterStatName));
    text(out, "peer.address", bare(text(info.downstreamDirectRemoteAddress)));
    Head request = info.request;
    if (request != null) {
      request(out, request);
    }
    if (info.responseCode == 0 || info.responseCode >= 500) {
      text(out, "error", "true");
    }
    for (TracingConfig.Tag tag : config.tags()) {
      switch (tag) {
        case TracingConfig.Literal literal -> text(out, literal.name(), literal.value());
        case TracingConfig.Header header -> header(out, request, header);
      }
    }
    out.append('}');
  }

  private void request(StringBuilder out, Head request) {
    String path = request.path();
    String cut = path.substring(0, Math.min(path.length(), config.maxPathLength()));
    text(out, "http.url", (request.https() ? "https://" : "http://") + request.authority() + cut);
    text(out, "http.method", request.method().name());
    known(out, request, "guid:x-request-id", HeaderName.X_REQUEST_ID, "-");
    known(out, request, "user_agent", HeaderName.USER_AGENT, "-");
  }

  private static void known(
      StringBuilder out, Head request, String tag, short header, String absent) {
    int at = request.find(header);
    text(out, tag, at < 0 ? absent : request.value(at));
  }

  private static void header(
      StringBuilder out, @Nullable Head request, TracingConfig.Header header) {
    int at = request == null ? -1 : request.find(header.header(), -1);
    String value = at < 0 || request == null ? header.absent() : request.value(at);
    if (!value.isEmpty()) {
      text(out, header.name(), value);
    }
  }

  private static String bare(String address) {
    int colon = address.lastIndexOf(':');
    return colon < 0 ? address : address.substring(0, colon);
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "-" : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String hex(long id) {
    return HexFormat.of().toHexDigits(id);
  }

  private static void text(StringBuilder out, String key, String value) {
    out.append(',');
    JsonStrings.append(out, key);
    out.append(':');
    JsonStrings.append(out, value);
  }
}

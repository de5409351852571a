package dev.layar.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.config.TestTables;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.AccessLogFormat;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.observe.TextFormat;
import dev.layar.proxy.route.Heads;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.RouteTable;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request costs in garbage from its head to its log line, the data path aside: nothing. */
class DecisionsAllocateNothingTest {
  private static final int WARM = 20_000;
  private static final int MEASURED = 2_000;
  private static final byte[] REMOTE = Ascii.bytes("10.9.8.7:5555");
  private static final byte[] LOCAL = Ascii.bytes("10.1.1.1:80");

  private static void allocatesNothing(Runnable request) {
    for (int i = 0; i < WARM; i++) {
      request.run();
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < MEASURED; i++) {
        request.run();
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).as("bytes in %d requests", MEASURED).isLessThan(MEASURED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ROUND_ROBIN", "RANDOM", "LEAST_REQUEST", "RING_HASH", "MAGLEV"})
  void matchingPickingCountingAndLogging(String policy) {
    RouteTable table =
        TestTables.routes(
            """
            name: t
            ignore_port_in_host_matching: true
            virtual_hosts:
            - {name: w, domains: ['*.example.com'], routes: []}
            - name: v
              domains: [httpping, 'httpping.lab']
              routes:
              - match: {prefix: /, headers: [{name: end-user, string_match: {exact: jason}}]}
                route: {cluster: c}
              - match: {prefix: /, query_parameters: [{name: z, string_match: {exact: y}}]}
                route: {cluster: c}
              - match: {path: /ping}
                request_headers_to_add: [{header: {key: x-by, value: '%DOWNSTREAM_REMOTE_ADDRESS%'}}]
                route:
                  hash_policy: [{header: {header_name: foo}}, {cookie: {name: sid}}, {connection_properties: {source_ip: true}}]
                  weighted_clusters: {clusters: [{name: c, weight: 10}, {name: c, weight: 90}]}
            """);
    Cluster cluster = TestTables.cluster(policy, 6);
    TextFormat format = TextFormat.text(AccessLogFormat.ISTIO_DEFAULT + "\n", false, problem -> {});
    Head head =
        Heads.request("GET http://HTTPPING:8080/ping?a=b", "foo: bar", "cookie: a=b; sid=c");
    StreamInfo info = new StreamInfo();
    PickContext context = new PickContext();
    ByteSink scratch = new ByteSink(64);
    ByteSink log = new ByteSink(1024);
    long[] random = {1};
    head.mark();
    allocatesNothing(
        () -> {
          random[0] = random[0] * 6364136223846793005L + 1442695040888963407L;
          head.rewind();
          info.reset();
          info.request = head;
          info.downstreamRemoteAddress = REMOTE;
          RouteEntry entry = (RouteEntry) table.match(head, false, random[0]);
          RouteAction.Forward forward = (RouteAction.Forward) entry.action();
          context.reset(0, random[0]);
          forward.hashPolicies().apply(head, REMOTE, LOCAL, context);
          forward.clusters().choose(random[0]);
          entry.requestHeaders().apply(head, info, scratch);
          var endpoint = cluster.pick(context);
          if (endpoint != null) {
            info.upstreamAddress = endpoint.addressText();
          }
          info.startEpochMillis = 1_795_219_804_123L;
          info.startNanos = 5;
          info.endNanos = 6_000_000;
          info.responseCode = 200;
          cluster.stats().increment(0, ClusterStats.UPSTREAM_RQ_TOTAL);
          cluster.stats().completed(0, 200, info, 1234);
          log.clear();
          format.append(info, log);
        });
  }

  @Test
  void aPassthroughToAKnownAuthority() {
    Cluster cluster = TestTables.originalDestination();
    PickContext context = new PickContext();
    byte[] authority = Ascii.bytes("example.org:80");
    allocatesNothing(
        () -> {
          context.reset(0, 1);
          context.authority(authority, 0, authority.length);
          cluster.pick(context);
        });
    assertThat(cluster.endpoints()).isEqualTo(List.of());
  }
}

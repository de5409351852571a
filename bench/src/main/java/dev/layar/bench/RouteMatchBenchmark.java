package dev.layar.bench;

import dev.layar.proxy.http.Head;
import dev.layar.proxy.route.RouteResult;
import dev.layar.proxy.route.RouteTable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One of 61 virtual hosts by its Host header with a port, then the last of ten routes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteMatchBenchmark {
  private final RouteTable table =
      BenchConfig.routes(BenchConfig.load(BenchConfig.bootstrap("ROUND_ROBIN", 3)));
  private final Head head =
      Requests.parsed("svc-42.default.svc.cluster.local:8080", "/reviews/0?page=3");

  @Benchmark
  public RouteResult match() {
    return table.match(head, false, 42);
  }
}

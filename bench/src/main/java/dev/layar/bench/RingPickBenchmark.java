package dev.layar.bench;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One endpoint of a hundred by a request's hash, for each kind of balancer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingPickBenchmark {
  @Param({"RING_HASH", "MAGLEV", "ROUND_ROBIN", "LEAST_REQUEST"})
  public String policy = "";

  private final PickContext context = new PickContext();
  private final SplitMix64 random = new SplitMix64(7);
  private @Nullable Cluster cluster;

  @Setup
  public void build() {
    cluster =
        Objects.requireNonNull(
            BenchConfig.load(BenchConfig.bootstrap(policy, 100)).cluster("backend"));
  }

  @Benchmark
  public @Nullable Endpoint pick() {
    context.reset(0, random.next());
    context.hash(random.next());
    return Objects.requireNonNull(cluster).pick(context);
  }
}

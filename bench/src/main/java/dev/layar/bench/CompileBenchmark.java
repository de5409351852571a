package dev.layar.bench;

import dev.layar.compiler.MeshCompiler;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.MeshState;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.compiler.ProxyResources;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * 1,000 services for one sidecar: from nothing, after one rule's edit, after one endpoint's change.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CompileBenchmark {
  private static final ProxyIdentity PROXY =
      ProxyIdentity.sidecar(
          "ns-0",
          "client",
          "10.0.0.1",
          Map.of("app", "client"),
          new ProxyIdentity.Capture.Redirect());

  private MeshState mesh = MeshState.empty();
  private MeshState[] edits = {};
  private MeshState[] endpoints = {};
  private MeshCompiler warm = new MeshCompiler(MeshSettings.defaults());
  private int turn;

  @Setup
  public void build() {
    mesh = BenchMesh.of(1000);
    edits =
        new MeshState[] {mesh.with(BenchMesh.edit(500, 20)), mesh.with(BenchMesh.edit(500, 30))};
    endpoints =
        new MeshState[] {
          mesh.with(BenchMesh.endpoints(500, 4)), mesh.with(BenchMesh.endpoints(500, 6))
        };
    warm = new MeshCompiler(MeshSettings.defaults());
    warm.update(mesh);
    warm.resources(PROXY);
  }

  @Benchmark
  public ProxyResources fromNothing() {
    MeshCompiler cold = new MeshCompiler(MeshSettings.defaults());
    cold.update(mesh);
    return cold.resources(PROXY);
  }

  @Benchmark
  public ProxyResources oneRuleEdited() {
    warm.update(edits[turn++ & 1]);
    return warm.resources(PROXY);
  }

  @Benchmark
  public ProxyResources oneEndpointChanged() {
    warm.update(endpoints[turn++ & 1]);
    return warm.resources(PROXY);
  }

  @TearDown
  public void say() {
    System.out.println("queries after the last update: " + warm.stats());
  }
}

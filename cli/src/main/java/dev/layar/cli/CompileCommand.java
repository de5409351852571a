package dev.layar.cli;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.compiler.ConfigDump;
import dev.layar.compiler.MeshCompiler;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.OfflineMesh;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.ProxyResources;
import dev.layar.model.Decoded;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code layar compile}. */
@Command(
    name = "compile",
    description = {
      "Prints, offline, the xDS that a proxy would get, in the shape of Envoy's /config_dump.",
      "Findings go to standard error; objects with an error are left out and the exit code is 1."
    },
    mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {
  /** How the dump is written. */
  enum Format {
    JSON,
    YAML
  }

  private static final int HTTP_PROXY_PORT = 15001;

  private final Console console;

  @Mixin private Inputs inputs = new Inputs();

  @Option(
      names = "--proxy",
      paramLabel = "POD.NAMESPACE",
      required = true,
      description = {
        "Whose configuration; a Deployment's name stands for its first pod,",
        "and the namespace is default when left out."
      })
  private String proxy = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json (default) or yaml.")
  private Format output = Format.JSON;

  @Option(
      names = "--local",
      description = {
        "As layar up captures traffic, by an HTTP-proxy listener,",
        "instead of by redirection as on Kubernetes."
      })
  private boolean local;

  CompileCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Decoded manifests = inputs.decode(console);
    print(manifests.findings());
    Capture capture = local ? new Capture.HttpProxy(HTTP_PROXY_PORT) : new Capture.Redirect();
    MeshSettings settings = MeshSettings.defaults();
    OfflineMesh mesh = OfflineMesh.of(manifests.resources(), settings, capture);
    MeshCompiler compiler = new MeshCompiler(settings);
    compiler.update(mesh.state());
    ProxyResources resources = compiler.resources(identity(mesh));
    compiler.compileFindings().values().forEach(this::print);
    console
        .out()
        .print(
            switch (output) {
              case JSON -> ConfigDump.json(resources);
              case YAML -> ConfigDump.yaml(resources);
            });
    return manifests.hasErrors() ? ExitCode.FAILED : ExitCode.OK;
  }

  private ProxyIdentity identity(OfflineMesh mesh) {
    return switch (mesh.proxy(proxy)) {
      case Result.Ok<ProxyIdentity> found -> found.value();
      case Result.Rejected<ProxyIdentity> none -> {
        Finding finding = none.findings().getFirst();
        throw UserError.usage(
            "--proxy " + proxy + ": " + finding.message() + "; write " + finding.expected() + ".");
      }
    };
  }

  private void print(List<Finding> findings) {
    findings.forEach(finding -> console.err().println(finding.line()));
  }
}

package dev.layar.cli;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.proxy.StandaloneProxy;
import dev.layar.proxy.config.Bootstrap;
import dev.layar.proxy.net.Transport;
import dev.layar.proxy.server.ProxyOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code layar proxy}. */
@Command(
    name = "proxy",
    description = {
      "Runs the proxy alone from an Envoy v3 bootstrap file: static resources, an ADS server or"
          + " both.",
      "SIGTERM stops accepting, lets requests under way end, and exits."
    },
    mixinStandardHelpOptions = true)
final class ProxyCommand implements Callable<Integer> {
  private static final String CONCURRENCY = "LAYAR_CONCURRENCY";
  private static final String TRANSPORT = "LAYAR_TRANSPORT";
  private static final int MAX_LOOPS = 256;

  /** Below the 30 s after which Kubernetes kills (Pod {@code terminationGracePeriodSeconds}). */
  private static final Duration DRAIN = Duration.ofSeconds(25);

  private final Console console;

  @Option(
      names = {"-c", "--config-path"},
      paramLabel = "FILE",
      required = true,
      description = "The bootstrap, YAML or JSON.")
  private Path file = Path.of("");

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Number of event loops; else LAYAR_CONCURRENCY, else the number of cores.")
  private @Nullable Integer concurrency;

  @Option(
      names = "--transport",
      paramLabel = "KIND",
      description =
          "How bytes get in and out: auto, io_uring, epoll or nio; else LAYAR_TRANSPORT, else"
              + " auto.")
  private @Nullable String transport;

  ProxyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    long begun = System.nanoTime();
    int loops = loops(System.getenv(CONCURRENCY));
    Bootstrap bootstrap = value(Bootstrap.load(file));
    if (bootstrap == null) {
      return ExitCode.FAILED;
    }
    StandaloneProxy proxy = value(StandaloneProxy.start(bootstrap, options(loops)));
    if (proxy == null) {
      return ExitCode.FAILED;
    }
    ShutdownHook hook = ShutdownHook.closing(() -> drain(proxy));
    proxy.workload().whenReady(() -> console.err().println(ready(proxy, loops, begun)));
    proxy.awaitQuit();
    if (hook.running()) {
      hook.await();
    } else {
      hook.close();
      proxy.close();
    }
    return ExitCode.OK;
  }

  private void drain(StandaloneProxy proxy) throws InterruptedException {
    if (!proxy.drain(DRAIN)) {
      console.err().println("layar proxy: connections still open after " + DRAIN + ", cut them");
    }
    proxy.close();
  }

  /**
   * The time is that of this command alone: the system tells a process's start to the second only.
   * {@code layar proxy: ready after 412 ms, 2 event loops, http 0.0.0.0:8080, admin
   * 127.0.0.1:9901}.
   */
  private static String ready(StandaloneProxy proxy, int loops, long begun) {
    StringBuilder out = new StringBuilder("layar proxy: ready after ");
    out.append(Duration.ofNanos(System.nanoTime() - begun).toMillis()).append(" ms, ");
    out.append(loops).append(loops == 1 ? " event loop" : " event loops");
    proxy
        .workload()
        .addresses()
        .forEach((name, at) -> out.append(", ").append(name).append(text(at)));
    InetSocketAddress admin = proxy.adminAddress();
    if (admin != null) {
      out.append(", admin").append(text(admin));
    }
    return out.toString();
  }

  private static String text(InetSocketAddress at) {
    return " " + at.getAddress().getHostAddress() + ":" + at.getPort();
  }

  private ProxyOptions options(int loops) {
    String wanted = transport != null ? transport : System.getenv(TRANSPORT);
    if (wanted == null || wanted.isEmpty()) {
      return ProxyOptions.of(loops);
    }
    try {
      return ProxyOptions.of(loops).withTransport(Transport.choose(wanted));
    } catch (IllegalArgumentException e) {
      throw UserError.usage(String.valueOf(e.getMessage()));
    }
  }

  private int loops(@Nullable String environment) {
    if (concurrency != null) {
      return checked(concurrency, "--concurrency " + concurrency);
    }
    if (environment == null || environment.isBlank()) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return checked(Integer.parseInt(environment.strip()), CONCURRENCY + "=" + environment);
    } catch (NumberFormatException e) {
      throw wrong(CONCURRENCY + "=" + environment);
    }
  }

  private static int checked(int loops, String asWritten) {
    if (loops < 1 || loops > MAX_LOOPS) {
      throw wrong(asWritten);
    }
    return loops;
  }

  private static UserError wrong(String asWritten) {
    return UserError.usage(
        asWritten + " is no number of event loops; write 1 to " + MAX_LOOPS + ".");
  }

  /** The value, or null after the findings were printed. */
  private <T> @Nullable T value(Result<T> result) {
    print(result.findings());
    return switch (result) {
      case Result.Ok<T> ok -> ok.value();
      case Result.Rejected<T> _ -> null;
    };
  }

  private void print(List<Finding> findings) {
    findings.forEach(finding -> console.err().println(finding.line()));
  }
}

package dev.layar.local;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.proxy.admin.AdminWorkload;
import dev.layar.proxy.ads.AdsClient;
import dev.layar.proxy.ads.AdsClientOptions;
import dev.layar.proxy.ads.IdentityClient;
import dev.layar.proxy.server.LogSink;
import dev.layar.proxy.server.ProxyServer;
import dev.layar.proxy.server.Workload;
import dev.layar.proxy.server.WorkloadOptions;
import dev.layar.telemetry.Label;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pod's workload in the node's proxy, with its own xDS stream. Thread-safe. */
final class NodeWorkload {
  private static final Logger LOG = LoggerFactory.getLogger(NodeWorkload.class);

  /** The control plane is in the same process: it is either there or about to be. */
  private static final Duration FIRST_RETRY = Duration.ofMillis(50);

  private static final Duration MAX_RETRY = Duration.ofSeconds(2);

  private final Workload workload;
  private final AdsClient client;
  private final BooleanSupplier ready;
  private final Runnable anonymous;

  private NodeWorkload(
      Workload workload, AdsClient client, BooleanSupplier ready, Runnable anonymous) {
    this.workload = workload;
    this.client = client;
    this.ready = ready;
    this.anonymous = anonymous;
  }

  /**
   * Where a pod's listeners bind on this machine.
   *
   * @param address the pod's
   * @param ports configured port → the one given out for it
   */
  record Binding(String address, Map<Integer, Integer> ports) {
    InetSocketAddress of(InetSocketAddress configured) {
      int port = configured.getPort();
      return new InetSocketAddress(address, ports.getOrDefault(port, port));
    }
  }

  /**
   * @param whenReady called once it is configured, and certified if it is to be
   */
  static NodeWorkload start(
      ProxyServer proxy,
      InetSocketAddress controlPlane,
      ProxyIdentity identity,
      Identities.@Nullable Identity who,
      Binding binding,
      Path log,
      Runnable whenReady) {
    Workload workload =
        proxy.addWorkload(
            WorkloadOptions.of(identity.nodeId())
                .withBind(binding::of)
                .withIstioLabels(sourceLabels(identity))
                .withLogs(ignoredPath -> open(log)));
    Gate gate = new Gate(whenReady, who == null);
    Runnable anonymous = who == null ? () -> {} : certify(workload, who, gate);
    AdsClientOptions options =
        AdsClientOptions.of(controlPlane, identity.toNode()).withRetry(FIRST_RETRY, MAX_RETRY);
    AdsClient client = AdsClient.start(options, new ReadySink(workload.sink(), gate::configured));
    workload.whenReady(gate::configured);
    return new NodeWorkload(workload, client, gate::isOpen, anonymous);
  }

  /** Gets its certificate and keeps it fresh; returns what ends that. */
  private static Runnable certify(Workload workload, Identities.Identity who, Gate gate) {
    workload.config().localSecrets(IdentityClient.names());
    IdentityClient client =
        IdentityClient.start(
            who.options(),
            (name, secret) -> {
              workload.config().localSecret(name, secret);
              if (name.equals(IdentityClient.CERTIFICATE)) {
                gate.certified();
              }
            },
            InstantSource.system());
    return () -> {
      client.close();
      who.forget().run();
    };
  }

  /** Opens once, when the workload is configured and certified. */
  private static final class Gate {
    private final Runnable whenOpen;
    private boolean configured;
    private boolean certified;
    private boolean open;

    Gate(Runnable whenOpen, boolean certified) {
      this.whenOpen = whenOpen;
      this.certified = certified;
    }

    void configured() {
      synchronized (this) {
        configured = true;
      }
      look();
    }

    void certified() {
      synchronized (this) {
        certified = true;
      }
      look();
    }

    private void look() {
      synchronized (this) {
        if (open || !configured || !certified) {
          return;
        }
        open = true;
      }
      whenOpen.run();
    }

    synchronized boolean isOpen() {
      return open;
    }
  }

  /** The source's labels in Istio's standard metrics. */
  private static List<Label> sourceLabels(ProxyIdentity identity) {
    Map<String, String> labels = identity.labels();
    return List.of(
        new Label("reporter", "source"),
        new Label("source_workload", owner(identity.name(), labels)),
        new Label("source_workload_namespace", identity.namespace()),
        new Label("source_app", labels.getOrDefault("app", "unknown")),
        new Label("source_version", labels.getOrDefault("version", "unknown")));
  }

  /** The Deployment's name, which a pod's name begins with. */
  private static String owner(String pod, Map<String, String> labels) {
    String hash = labels.get("pod-template-hash");
    int end = hash == null ? -1 : pod.lastIndexOf("-" + hash + "-");
    return end < 0 ? pod : pod.substring(0, end);
  }

  String id() {
    return workload.id();
  }

  AdminWorkload shown() {
    return new AdminWorkload(
        workload.id(),
        workload.config(),
        workload.metrics(),
        ready,
        workload::addresses,
        workload::chains,
        null);
  }

  boolean isReady() {
    return ready.getAsBoolean();
  }

  /** Ends the xDS stream and stops accepting. */
  void disconnect() {
    client.close();
    anonymous.run();
    workload.drain();
  }

  /** Cuts what is left; blocks for a moment. */
  void remove(ProxyServer proxy) {
    try {
      proxy.removeWorkload(workload);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static LogSink open(Path log) throws IOException {
    Files.createDirectories(log.toAbsolutePath().getParent());
    FileOutputStream out = new FileOutputStream(log.toFile(), true);
    return new LogSink() {
      @Override
      public void write(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  /**
   * A workload is ready when its listeners are bound, which the proxy tells; one for which the
   * control plane has no listener, as a gateway before its first Gateway, is ready when it was told
   * so.
   */
  private static final class ReadySink implements ResourceSink {
    private final ResourceSink sink;
    private final Runnable ready;
    private final Set<String> listeners = new HashSet<>();

    ReadySink(ResourceSink sink, Runnable ready) {
      this.sink = sink;
      this.ready = ready;
    }

    @Override
    public List<Rejection> update(
        ResourceType type, List<XdsResource> changed, Set<String> removed) {
      List<Rejection> rejections = sink.update(type, changed, removed);
      for (Rejection rejection : rejections) {
        LOG.warn("{} {} is refused: {}", type, rejection.resourceName(), rejection.findings());
      }
      if (type == ResourceType.LISTENER) {
        changed.forEach(resource -> listeners.add(resource.name()));
        listeners.removeAll(removed);
        if (listeners.isEmpty()) {
          ready.run();
        }
      }
      return rejections;
    }

    @Override
    public Set<String> wanted(ResourceType type) {
      return sink.wanted(type);
    }
  }
}

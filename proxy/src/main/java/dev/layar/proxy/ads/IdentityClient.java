package dev.layar.proxy.ads;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.tls.Pem;
import dev.layar.proxy.tls.Secret;
import dev.layar.proxy.tls.SigningRequest;
import dev.layar.proxy.tls.Validation;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a workload's certificate from Istio's certificate service and keeps it fresh: a new key and
 * certificate after a part of the lifetime, with jitter; while the service is away the present one
 * stays. What it gets are the secrets that Istio's agent serves, {@code default} and {@code
 * ROOTCA}. Thread-safe; everything runs on one virtual thread of its own.
 */
public final class IdentityClient implements AutoCloseable {
  /** The workload's certificate. */
  public static final String CERTIFICATE = "default";

  /** What peers' certificates have to lead to. */
  public static final String ROOTS = "ROOTCA";

  private static final Logger LOG = LoggerFactory.getLogger(IdentityClient.class);
  private static final long DEADLINE_SECONDS = 10;
  private static final long JITTER_DIVISOR = 100;
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> CLUSTER =
      Metadata.Key.of("clusterid", Metadata.ASCII_STRING_MARSHALLER);

  private final IdentityOptions options;
  private final BiConsumer<String, Secret> secrets;
  private final InstantSource clock;
  private final ManagedChannel channel;
  private final ScheduledThreadPoolExecutor worker;
  private final Backoff backoff;
  private final SplitMix64 random;
  private volatile Instant expires = Instant.EPOCH;
  private volatile int certificates;

  private IdentityClient(
      IdentityOptions options,
      BiConsumer<String, Secret> secrets,
      InstantSource clock,
      ManagedChannel channel,
      ScheduledThreadPoolExecutor worker) {
    this.options = options;
    this.secrets = secrets;
    this.clock = clock;
    this.channel = channel;
    this.worker = worker;
    this.random = new SplitMix64(options.seed());
    this.backoff = new Backoff(options.firstRetry(), options.maxRetry(), random);
  }

  /** The names of the secrets that a client gives, for {@code ConfigStore.localSecrets}. */
  public static Set<String> names() {
    return Set.of(CERTIFICATE, ROOTS);
  }

  /**
   * Asks for the first certificate and returns at once.
   *
   * @param secrets told of each secret that is new
   * @throws IllegalArgumentException when the server's roots are no certificates
   */
  public static IdentityClient start(
      IdentityOptions options, BiConsumer<String, Secret> secrets, InstantSource clock) {
    ScheduledThreadPoolExecutor worker =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofVirtual().name("layar-identity").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    ManagedChannel channel = channel(options, worker);
    IdentityClient client = new IdentityClient(options, secrets, clock, channel, worker);
    worker.execute(client::request);
    return client;
  }

  private static ManagedChannel channel(
      IdentityOptions options, ScheduledThreadPoolExecutor worker) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(options.server()).executor(worker).disableRetry();
    String roots = options.serverRoots();
    if (roots == null) {
      return builder.usePlaintext().build();
    }
    try {
      builder.sslContext(
          GrpcSslContexts.forClient()
              .trustManager(new ByteArrayInputStream(roots.getBytes(StandardCharsets.US_ASCII)))
              .build());
    } catch (SSLException e) {
      throw new IllegalArgumentException("the server's roots cannot be used", e);
    }
    String name = options.serverName();
    return (name == null ? builder : builder.overrideAuthority(name)).build();
  }

  /** When the present certificate expires; the epoch while there is none. */
  public Instant expires() {
    return expires;
  }

  /** How many certificates have come so far. */
  public int certificates() {
    return certificates;
  }

  // ---- on the worker

  private void request() {
    SigningRequest request = SigningRequest.of(options.uri());
    Metadata headers = new Metadata();
    try {
      if (options.tokenFile() != null) {
        headers.put(AUTHORIZATION, "Bearer " + Files.readString(options.tokenFile()).strip());
      }
    } catch (IOException e) {
      failed("the token cannot be read: " + e.getMessage());
      return;
    }
    if (!options.clusterId().isEmpty()) {
      headers.put(CLUSTER, options.clusterId());
    }
    ClientCalls.asyncUnaryCall(
        io.grpc.ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(headers))
            .newCall(
                CertificateCalls.CREATE,
                CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)),
        new CertificateCalls.Request(request.pem(), options.lifetime().toSeconds()),
        new StreamObserver<CertificateCalls.Response>() {
          @Override
          public void onNext(CertificateCalls.Response response) {
            answered(request, response.chain());
          }

          @Override
          public void onError(Throwable failure) {
            failed(Status.fromThrowable(failure).toString());
          }

          @Override
          public void onCompleted() {}
        });
  }

  private void answered(SigningRequest request, List<String> chain) {
    if (chain.size() < 2) {
      failed("the answer has no root");
      return;
    }
    try {
      String own = String.join("", chain.subList(0, chain.size() - 1));
      X509Certificate leaf = Pem.certificates(own).getFirst();
      Secret.Certificate certificate = new Secret.Certificate(request.answered(own));
      expires = leaf.getNotAfter().toInstant();
      certificates++;
      // Roots first: whoever is certified by a new one is then believed.
      secrets.accept(
          ROOTS,
          new Secret.Trust(
              new Validation(
                  chain.getLast(), Map.of(), List.of(), List.of(), List.of(), false, false)));
      secrets.accept(CERTIFICATE, certificate);
      backoff.reset();
      Duration wait = untilNext(leaf);
      LOG.info("certified as {} until {}", options.uri(), expires);
      worker.schedule(this::request, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (GeneralSecurityException e) {
      failed("the answer cannot be used: " + e.getMessage());
    }
  }

  /** A part of the lifetime, give or take a hundredth, so that a mesh does not ask all at once. */
  private Duration untilNext(X509Certificate leaf) {
    Duration left = Duration.between(clock.instant(), leaf.getNotAfter().toInstant());
    long millis = (long) (left.toMillis() * options.rotateAt());
    long jitter = Math.max(1, millis / JITTER_DIVISOR);
    long moved = millis + Long.remainderUnsigned(random.next(), 2 * jitter) - jitter;
    return Duration.ofMillis(Math.max(options.firstRetry().toMillis(), moved));
  }

  private void failed(String why) {
    Duration wait = backoff.next();
    LOG.warn(
        "no certificate for {} ({}); asking again in {} ms", options.uri(), why, wait.toMillis());
    worker.schedule(this::request, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    worker.shutdownNow();
  }
}

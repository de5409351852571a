package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Pods;
import dev.layar.apiserver.auth.Authenticator;
import dev.layar.apiserver.auth.Credentials;
import dev.layar.apiserver.auth.DefaultRoles;
import dev.layar.apiserver.auth.Kubeconfig;
import dev.layar.apiserver.auth.Rbac;
import dev.layar.apiserver.auth.Tokens;
import dev.layar.apiserver.table.Tables;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The API server that kubectl and other clients talk to: HTTP/1.1 over TLS. Thread-safe.
 *
 * <pre>{@code
 * try (ApiServer server = ApiServer.start(api, pods, ServerOptions.in(directory))) {
 *   server.kubeconfig(directory.resolve("kubeconfig"));
 *   // kubectl --kubeconfig …/kubeconfig get pods
 * }
 * }</pre>
 *
 * <p>The server installs the default cluster roles into the {@link Api} and closes neither it nor
 * {@link Pods}: they belong to the caller, who closes the server first.
 */
public final class ApiServer implements AutoCloseable {
  private static final int EVENT_LOOPS = 2;

  private final EventLoopGroup loops;
  private final ChannelGroup channels;
  private final Channel listener;
  private final ExecutorService threads;
  private final Credentials credentials;
  private final Tokens tokens;
  private final Audit audit;

  private ApiServer(
      EventLoopGroup loops,
      ChannelGroup channels,
      Channel listener,
      ExecutorService threads,
      Credentials credentials,
      Tokens tokens,
      Audit audit) {
    this.loops = loops;
    this.channels = channels;
    this.listener = listener;
    this.threads = threads;
    this.credentials = credentials;
    this.tokens = tokens;
    this.audit = audit;
  }

  /** Starts listening; returns when connections are taken. */
  public static ApiServer start(Api api, Pods pods, ServerOptions options) throws IOException {
    Credentials credentials = Credentials.in(options.directory(), options.clock());
    Tokens tokens = new Tokens(credentials.tokenKeys(), options.clock());
    DefaultRoles.install(api);
    Audit audit = Audit.in(options.directory(), options.clock());
    Front front = front(api, pods, options, credentials, tokens, audit);
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(EVENT_LOOPS, NioIoHandler.newFactory());
    ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    try {
      SslContext tls = tls(credentials, names(options));
      Channel listener =
          new ServerBootstrap()
              .group(loops)
              .channel(NioServerSocketChannel.class)
              .option(ChannelOption.SO_REUSEADDR, true)
              .childOption(ChannelOption.TCP_NODELAY, true)
              .childHandler(new Connections(tls, channels, threads, front, options.limits()))
              .bind(options.bind())
              .syncUninterruptibly()
              .channel();
      return new ApiServer(loops, channels, listener, threads, credentials, tokens, audit);
    } catch (Exception e) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      threads.shutdownNow();
      audit.close();
      throw e instanceof IOException io
          ? io
          : new IOException("cannot listen on " + options.bind(), e);
    }
  }

  private static Front front(
      Api api,
      Pods pods,
      ServerOptions options,
      Credentials credentials,
      Tokens tokens,
      Audit audit) {
    Authenticator authenticator = new Authenticator(api, credentials, tokens);
    Rbac rbac = new Rbac(api);
    Catalog catalog = new Catalog(api);
    WebSockets webSockets = new WebSockets();
    Rendering rendering = new Rendering(new Tables(api, options.clock()));
    return new Front(
        new Front.Parts(
            new BrowserGuard(names(options)),
            authenticator,
            rbac,
            api,
            new Discovery(catalog),
            new OpenApi(catalog, api),
            new Resources(api, rendering, new Watches(api, rendering, webSockets)),
            new Reviews(api, authenticator, rbac, tokens, options.clock()),
            new Metrics(api, pods, options.clock()),
            new Streams(pods, webSockets),
            audit,
            options.version()),
        options.limits());
  }

  /** The names and addresses that the server answers to. */
  private static List<String> names(ServerOptions options) {
    List<String> names =
        new ArrayList<>(
            List.of(
                "127.0.0.1",
                "::1",
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local"));
    names.addAll(options.hosts());
    String bound = options.bind().getAddress().getHostAddress();
    if (!names.contains(bound)) {
      names.add(bound);
    }
    return names;
  }

  private static SslContext tls(Credentials credentials, List<String> names) throws IOException {
    Credentials.Identity identity = credentials.server(names);
    return SslContextBuilder.forServer(identity.key(), identity.certificate(), credentials.ca())
        .sslProvider(SslProvider.JDK)
        .protocols("TLSv1.3", "TLSv1.2")
        .clientAuth(ClientAuth.OPTIONAL)
        .trustManager(credentials.ca())
        .build();
  }

  /** Puts a connection together, a line a layer. */
  private static final class Connections extends ChannelInitializer<Channel> {
    private final SslContext tls;
    private final ChannelGroup channels;
    private final ExecutorService threads;
    private final Front front;
    private final ServerOptions.Limits limits;

    Connections(
        SslContext tls,
        ChannelGroup channels,
        ExecutorService threads,
        Front front,
        ServerOptions.Limits limits) {
      this.tls = tls;
      this.channels = channels;
      this.threads = threads;
      this.front = front;
      this.limits = limits;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (channels.size() >= limits.connections()) {
        channel.close();
        return;
      }
      channels.add(channel);
      int idle = (int) limits.idle().toSeconds();
      channel
          .pipeline()
          .addLast(tls.newHandler(channel.alloc()))
          .addLast(new IdleStateHandler(0, 0, idle))
          .addLast(
              new HttpServerCodec(
                  new HttpDecoderConfig()
                      .setMaxInitialLineLength(limits.headBytes())
                      .setMaxHeaderSize(limits.headBytes())))
          .addLast(new HttpObjectAggregator(limits.bodyBytes(), true))
          .addLast(new HttpConnection(threads, front::handle));
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Its URL. */
  public String url() {
    String host = address().getAddress().getHostAddress();
    return "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address().getPort();
  }

  /** Writes a kubeconfig for the administrator, readable by the owner alone. */
  public void kubeconfig(Path file) throws IOException {
    Kubeconfig.write(file, url(), credentials.caPem(), credentials.adminToken());
  }

  /** The server's keys: the CA certificate for other clients, and client certificates. */
  public Credentials credentials() {
    return credentials;
  }

  /** What signs service account tokens, for the pods that mount one. */
  public Tokens tokens() {
    return tokens;
  }

  /** Stops listening, ends every request and waits a little for them. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly(5, TimeUnit.SECONDS);
    channels.close().awaitUninterruptibly(5, TimeUnit.SECONDS);
    threads.shutdown();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    try {
      if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    audit.close();
  }
}

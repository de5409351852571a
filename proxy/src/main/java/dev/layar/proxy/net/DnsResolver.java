package dev.layar.proxy.net;

import dev.layar.proxy.cluster.Resolver;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Looks names up with Netty's resolver (hosts file first, then the system's name servers) on one
 * event loop. Made on first use: most proxies resolve nothing. Thread-safe.
 */
public final class DnsResolver implements Resolver {
  private final Loop loop;
  private final Transport transport;
  private @Nullable DnsNameResolver resolver;

  public DnsResolver(Loop loop, Transport transport) {
    this.loop = loop;
    this.transport = transport;
  }

  @Override
  public CompletionStage<List<InetAddress>> resolve(String host) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    resolver().resolveAll(host).addListener((Future<List<InetAddress>> f) -> pass(f, answer));
    return answer;
  }

  private static void pass(
      Future<List<InetAddress>> found, CompletableFuture<List<InetAddress>> answer) {
    if (found.isSuccess()) {
      answer.complete(found.getNow());
    } else {
      answer.completeExceptionally(found.cause());
    }
  }

  private synchronized DnsNameResolver resolver() {
    DnsNameResolver present = resolver;
    if (present == null) {
      present =
          new DnsNameResolverBuilder(loop.eventLoop())
              .datagramChannelType(transport.datagrams())
              .build();
      resolver = present;
    }
    return present;
  }
}

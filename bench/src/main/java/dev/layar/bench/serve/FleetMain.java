package dev.layar.bench.serve;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ResourceLeakDetector;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process of simulated proxies, one connection each, told what to do by lines on its input, so
 * that what the control plane costs can be told from what its clients cost. See {@link Fleet}.
 */
final class FleetMain {
  private static final int MAX_MESSAGE = 256 << 20;

  private FleetMain() {}

  public static void main(String[] args) throws Exception {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    InetSocketAddress server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
    ServeMesh mesh = new ServeMesh(0, Integer.parseInt(args[2]), false);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    List<SimulatedProxy> proxies = new ArrayList<>();
    List<ManagedChannel> channels = new ArrayList<>();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith("connect ")) {
        int count = Integer.parseInt(line.substring("connect ".length()));
        while (proxies.size() < count) {
          SimulatedProxy proxy = new SimulatedProxy(mesh.sidecar(proxies.size()).toNode());
          ManagedChannel channel =
              NettyChannelBuilder.forAddress(server)
                  .usePlaintext()
                  .eventLoopGroup(loops)
                  .channelType(NioSocketChannel.class)
                  .directExecutor()
                  .maxInboundMessageSize(MAX_MESSAGE)
                  .build();
          proxy.connect(channel);
          proxies.add(proxy);
          channels.add(channel);
        }
        System.out.println("ok");
      } else if (line.equals("stats")) {
        System.out.println(stats(proxies));
      } else {
        break;
      }
    }
    channels.forEach(ManagedChannel::shutdownNow);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Bytes, then messages, of every proxy, or what went wrong. */
  private static String stats(List<SimulatedProxy> proxies) {
    StringBuilder out = new StringBuilder();
    for (SimulatedProxy proxy : proxies) {
      if (proxy.failure() != null) {
        return "failed " + proxy.failure();
      }
      out.append(proxy.wireBytes()).append(':').append(proxy.messages()).append(' ');
    }
    return out.toString();
  }
}

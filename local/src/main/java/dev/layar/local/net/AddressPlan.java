package dev.layar.local.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/**
 * Addresses and ports of one mesh. Thread-safe.
 *
 * <p>Where the system has all of 127.0.0.0/8 (Linux), the mesh claims one block 127.B.0.0/16 for
 * its life, and every pod has an address of its own, on which it gets the very ports it asks for
 * unless the system forbids or has given away one. Where only 127.0.0.1 exists, all pods share it
 * on distinct ports, below the range from which systems take ephemeral ones.
 */
public final class AddressPlan implements AutoCloseable {
  private static final String SHARED = "127.0.0.1";
  private static final int CLAIM_PORT = 15999;
  private static final int FIRST_BLOCK = 64;
  private static final int BLOCKS = 190;
  private static final int FIRST_POD = 10;
  private static final int TWIN = 64;
  private static final int PODS = TWIN * 256 - FIRST_POD;
  private static final int FIRST_SERVICE = 128 * 256 + 1;
  private static final int SERVICES = 126 * 256;
  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 10_000;

  private final int block;
  private final ServerSocket claim;
  private final Set<Integer> podsInUse = new HashSet<>();
  private final Set<Integer> portsInUse = new HashSet<>();
  private int nextPod;
  private int nextService;
  private int nextPort;

  private AddressPlan(int block, ServerSocket claim, int firstPort) {
    this.block = block;
    this.claim = claim;
    this.nextPort = firstPort;
  }

  /**
   * Own addresses where the system allows them, else shared ones.
   *
   * @param seed where to begin looking for a free block; the same seed tends to give the same one
   */
  public static AddressPlan probe(int seed) throws IOException {
    for (int i = 0; i < BLOCKS; i++) {
      int block = FIRST_BLOCK + Math.floorMod(seed + i, BLOCKS);
      Claim claim = Claim.of("127." + block + ".255.254");
      switch (claim) {
        case Claim.Won(ServerSocket socket) -> {
          return new AddressPlan(block, socket, FIRST_PORT);
        }
        case Claim.Taken _ -> {
          continue;
        }
        case Claim.NoSuchAddress _ -> {
          return shared(seed);
        }
      }
    }
    return shared(seed);
  }

  /** Every pod on 127.0.0.1. */
  public static AddressPlan shared(int seed) throws IOException {
    return new AddressPlan(
        0, new ServerSocket(0, 1, address(SHARED)), FIRST_PORT + Math.floorMod(seed, PORTS));
  }

  /** Whether each pod has its own address. */
  public boolean ownAddresses() {
    return block > 0;
  }

  /**
   * An address for a pod, given out until {@link #release}. A released one is not given out again
   * before all others were.
   *
   * @throws IOException when all are in use
   */
  public synchronized String pod() throws IOException {
    if (block == 0) {
      return SHARED;
    }
    for (int i = 0; i < PODS; i++) {
      int index = nextPod;
      nextPod = (nextPod + 1) % PODS;
      if (podsInUse.add(index)) {
        return in(FIRST_POD + index);
      }
    }
    throw new IOException("all " + PODS + " pod addresses are in use");
  }

  /**
   * The address on which a pod's processes listen when its sidecar listens on the pod's own: a
   * second one, which nobody else is told. Where all pods share one address, that one.
   */
  public String behind(String pod) {
    if (block == 0) {
      return pod;
    }
    byte[] bytes = address(pod).getAddress();
    return "127." + block + "." + ((bytes[2] & 0xff) + TWIN) + "." + (bytes[3] & 0xff);
  }

  /** A cluster address for a Service; nothing listens there, it only names the service. */
  public synchronized String service() {
    int index = nextService;
    nextService = (nextService + 1) % SERVICES;
    return block == 0
        ? "127.255." + (index / 256) + "." + (index % 256)
        : in(FIRST_SERVICE + index);
  }

  /**
   * The port that a process on this address listens on instead of {@code wanted}: {@code wanted}
   * itself where possible, any when it is 0. Given out until {@link #release}.
   *
   * @throws IOException when no port is free
   */
  public synchronized int port(String address, int wanted) throws IOException {
    if (block > 0 && wanted > 0 && free(address, wanted)) {
      return wanted;
    }
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + Math.floorMod(nextPort++, PORTS);
      if ((block > 0 || !portsInUse.contains(port)) && free(address, port)) {
        if (block == 0) {
          portsInUse.add(port);
        }
        return port;
      }
    }
    throw new IOException("no free port on " + address);
  }

  /** Takes back a pod's address and the ports that were given out on it. */
  public synchronized void release(String address, Set<Integer> ports) {
    if (block == 0) {
      portsInUse.removeAll(ports);
      return;
    }
    byte[] bytes = address(address).getAddress();
    podsInUse.remove((bytes[2] & 0xff) * 256 + (bytes[3] & 0xff) - FIRST_POD);
  }

  @Override
  public void close() throws IOException {
    claim.close();
  }

  private String in(int host) {
    return "127." + block + "." + host / 256 + "." + host % 256;
  }

  private static boolean free(String address, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(address(address), port), 1);
      return true;
    } catch (IOException takenOrForbidden) {
      return false;
    }
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.ofLiteral(literal);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("not an address: " + literal, e);
    }
  }

  /** The outcome of claiming a block. */
  private sealed interface Claim {
    record Won(ServerSocket socket) implements Claim {}

    record Taken() implements Claim {}

    record NoSuchAddress() implements Claim {}

    static Claim of(String literal) throws IOException {
      if (!assignable(literal)) {
        return new NoSuchAddress();
      }
      ServerSocket socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(address(literal), CLAIM_PORT), 1);
        return new Won(socket);
      } catch (IOException taken) {
        socket.close();
        return new Taken();
      }
    }

    private static boolean assignable(String literal) {
      return free(literal, 0);
    }
  }
}

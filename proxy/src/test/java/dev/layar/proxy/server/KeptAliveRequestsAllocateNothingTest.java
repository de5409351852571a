package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * A kept-alive request costs no garbage: what the event loop's thread allocates over many requests,
 * with access log and counters on, stays below a byte a request.
 */
class KeptAliveRequestsAllocateNothingTest {
  private static final int WARM_UP = 30_000;
  private static final int MEASURED = 20_000;
  private static final byte[] REQUEST =
      ("GET /products/42?page=1 HTTP/1.1\r\nhost: shop.example.com\r\nuser-agent: test\r\n"
              + "accept: */*\r\ncookie: a=b\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  @Test
  void aSteadyRequestAllocatesNothing() throws Exception {
    ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try (TestUpstream upstream = TestUpstream.answering("x".repeat(1024));
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: web}}");
      long thread = loopThread(world);
      try (Socket client = new Socket()) {
        client.setTcpNoDelay(true);
        client.connect(world.address());
        int size = exchange(client, 1, 0);
        exchange(client, WARM_UP, size);
        long start = threads().getThreadAllocatedBytes(thread);
        exchange(client, MEASURED, size);
        long allocated = threads().getThreadAllocatedBytes(thread) - start;
        assertThat(allocated / (double) MEASURED).as("bytes a request").isLessThan(1.0);
      }
    } finally {
      ResourceLeakDetector.setLevel(before);
    }
  }

  private static ThreadMXBean threads() {
    return (ThreadMXBean) ManagementFactory.getThreadMXBean();
  }

  private static long loopThread(World world) throws Exception {
    long[] id = new long[1];
    world.onLoop(() -> id[0] = Thread.currentThread().threadId());
    return id[0];
  }

  /**
   * @param size of one answer; 0 to read a single answer and learn it
   */
  private static int exchange(Socket client, int times, int size) throws IOException {
    OutputStream out = client.getOutputStream();
    InputStream in = client.getInputStream();
    byte[] buffer = new byte[8192];
    int got = 0;
    for (int i = 0; i < times; i++) {
      out.write(REQUEST);
      got = in.read(buffer);
      while (size == 0 ? !complete(buffer, got) : got < size - 8) {
        got += in.read(buffer, got, buffer.length - got);
      }
    }
    return got;
  }

  private static boolean complete(byte[] buffer, int length) {
    String text = new String(Arrays.copyOf(buffer, length), StandardCharsets.US_ASCII);
    int head = text.indexOf("\r\n\r\n");
    return head >= 0 && length - head - 4 == 1024;
  }
}

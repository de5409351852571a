package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.net.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Configuration changes under load, on every transport and on two loops: no request fails. */
class HotSwapTest {
  private static final int CLIENTS = 8;
  private static final int SWAPS = 60;

  @ParameterizedTest
  @EnumSource(Transport.class)
  void noRequestFailsWhileEverythingChanges(Transport transport) throws Exception {
    Transport usable = Transport.choose(transport.name());
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger good = new AtomicInteger();
    List<String> bad = new ArrayList<>();
    try (TestUpstream blue = TestUpstream.answering("blue");
        TestUpstream green = TestUpstream.answering("green");
        World world = World.start(usable, 2).cluster("web", blue.port())) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: web}}");
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofVirtual().start(() -> call(world, stop, good, bad)));
      }
      for (int i = 0; i < SWAPS; i++) {
        swap(world, i, blue.port(), green.port());
        int seen = good.get();
        world.await(() -> good.get() > seen + 5 || !bad.isEmpty());
      }
      stop.set(true);
      for (Thread client : clients) {
        client.join();
      }
      assertThat(bad).isEmpty();
      assertThat(good.get()).isGreaterThan(SWAPS * 5);
      assertThat(world.stat("http.main.downstream_rq_5xx")).isZero();
    }
  }

  private static void swap(World world, int i, int blue, int green) {
    switch (i % 3) {
      case 0 -> world.cluster("web", i % 2 == 0 ? green : blue);
      case 1 -> world.routes("- {match: {prefix: /}, route: {cluster: web, timeout: " + i + "s}}");
      default -> world.cluster("web", "connect_timeout: " + (i + 1) + "s", blue, green);
    }
  }

  private static void call(World world, AtomicBoolean stop, AtomicInteger good, List<String> bad) {
    try (TestClient client = world.client()) {
      while (!stop.get()) {
        TestClient.Answer answer = client.get("/");
        if (answer.status() == 200) {
          good.incrementAndGet();
        } else {
          synchronized (bad) {
            bad.add(answer.toString());
          }
          return;
        }
      }
    } catch (IOException e) {
      synchronized (bad) {
        bad.add(e.toString());
      }
    }
  }
}

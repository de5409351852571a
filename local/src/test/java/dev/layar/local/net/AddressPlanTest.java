package dev.layar.local.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPlanTest {
  @Test
  void sharedAddressesDifferByPort() throws IOException {
    try (AddressPlan plan = AddressPlan.shared(7)) {
      assertThat(plan.ownAddresses()).isFalse();
      String first = plan.pod();
      assertThat(first).isEqualTo("127.0.0.1").isEqualTo(plan.pod());
      Set<Integer> ports = new HashSet<>();
      for (int i = 0; i < 50; i++) {
        ports.add(plan.port(first, 80));
      }
      assertThat(ports).hasSize(50).allMatch(port -> port >= 20_000 && port < 30_000);
      plan.release(first, ports);
      assertThat(plan.service()).isNotEqualTo(plan.service());
    }
  }

  @Test
  void twoMeshesNeverShareAnAddress() throws IOException {
    try (AddressPlan one = AddressPlan.probe(11);
        AddressPlan other = AddressPlan.probe(11)) {
      if (one.ownAddresses()) {
        assertThat(one.pod()).isNotEqualTo(other.pod());
        assertThat(one.pod()).isNotEqualTo(one.pod());
      } else {
        assertThat(one.port("127.0.0.1", 80)).isNotZero();
      }
    }
  }

  @Test
  void aTakenPortIsReplaced() throws IOException {
    try (AddressPlan plan = AddressPlan.probe(23);
        ServerSocket taken = new ServerSocket()) {
      String pod = plan.pod();
      taken.bind(new InetSocketAddress(InetAddress.ofLiteral(pod), 0));
      int port = plan.port(pod, taken.getLocalPort());
      assertThat(port).isNotEqualTo(taken.getLocalPort()).isPositive();
    }
  }

  @Test
  void releasedAddressesComeBackLast() throws IOException {
    try (AddressPlan plan = AddressPlan.probe(31)) {
      String first = plan.pod();
      plan.release(first, Set.of());
      if (plan.ownAddresses()) {
        assertThat(plan.pod()).isNotEqualTo(first);
      }
    }
  }
}

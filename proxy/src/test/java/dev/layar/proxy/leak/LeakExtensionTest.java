package dev.layar.proxy.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeakExtensionTest {
  private static final int LOST = 50;

  @Test
  void reportsABufferThatNobodyReleased() {
    assertThat(LeakExtension.reports()).isEmpty();
    lose();
    List<String> reports = new ArrayList<>();
    long patience = System.nanoTime() + 20_000_000_000L;
    while (reports.isEmpty() && System.nanoTime() < patience) {
      reports.addAll(LeakExtension.reports());
    }
    assertThat(reports).isNotEmpty();
    assertThat(reports.getFirst()).contains("LEAK");
  }

  private static void lose() {
    for (int i = 0; i < LOST; i++) {
      PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(i);
    }
  }
}

package dev.layar.proxy.leak;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class in which a buffer was lost: Netty's detector at its strictest, its reports
 * collected from its log. Registered for every test of the module.
 */
public final class LeakExtension implements BeforeAllCallback, AfterAllCallback {
  private static final int PROVOKING_ALLOCATIONS = 8;

  private static final List<String> REPORTS = new CopyOnWriteArrayList<>();
  private static final Collector COLLECTOR = install();

  /** Keeps what the detector says. */
  private static final class Collector extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      if (event.getFormattedMessage().contains("LEAK")) {
        REPORTS.add(event.getFormattedMessage());
      }
    }
  }

  private static Collector install() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    Collector collector = new Collector();
    Logger log = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    collector.setContext(log.getLoggerContext());
    collector.start();
    log.addAppender(collector);
    return collector;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    List<String> reports = reports();
    if (!reports.isEmpty()) {
      throw new AssertionError("buffers leaked:\n" + String.join("\n", reports));
    }
  }

  /** What was reported since the last call; provokes the detector to look. */
  static List<String> reports() {
    if (!COLLECTOR.isStarted()) {
      throw new IllegalStateException("the collector of leak reports does not run");
    }
    System.gc();
    for (int i = 0; i < PROVOKING_ALLOCATIONS; i++) {
      ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(16);
      buffer.release();
    }
    List<String> reports = List.copyOf(REPORTS);
    REPORTS.removeAll(reports);
    return reports;
  }
}

package dev.layar.bench;

import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.http.Head;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From socket buffer to a head whose parts are known: a browser's request of eleven lines. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadParseBenchmark {
  private final ByteBuf bytes = Requests.bytes("reviews:9080", "/reviews/0?page=3");
  private final Head head = new Head(2048);
  private final HeadParser parser = HeadParser.requests(Limits.REQUEST, false, false);

  @Benchmark
  public int parse() {
    bytes.readerIndex(0);
    head.reset();
    parser.reset();
    if (!parser.parse(bytes, head)) {
      throw new IllegalStateException("refused");
    }
    return head.headerCount();
  }
}

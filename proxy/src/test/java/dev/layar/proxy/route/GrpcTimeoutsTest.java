package dev.layar.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A gRPC client's deadline against a route's, by Envoy's rules. */
class GrpcTimeoutsTest {
  private static final long MILLI = 1_000_000;

  private static Head grpc(String timeout) {
    Head head = new Head(64);
    head.append(HeaderName.CONTENT_TYPE, Ascii.bytes("application/grpc"));
    if (!timeout.isEmpty()) {
      head.append(HeaderName.GRPC_TIMEOUT, Ascii.bytes(timeout));
    }
    return head;
  }

  /** All in milliseconds; 0 is none. */
  @ParameterizedTest
  @CsvSource({
    "5S, 0, 0, 5000",
    "5S, 3000, 0, 3000",
    "2S, 3000, 0, 2000",
    "'', 3000, 0, 3000",
    "'', 0, 0, 0",
    "2S, 0, 500, 1500",
    "200m, 0, 500, 200",
    "nonsense, 3000, 0, 3000",
    "123456789S, 3000, 0, 3000",
    "-5S, 3000, 0, 3000",
    "99999999H, 3000, 0, 3000",
    "1500000u, 0, 0, 1500",
    "1000000n, 0, 0, 1",
    "1M, 0, 0, 60000"
  })
  void theRoutesTimeout(String header, long max, long offset, long expected) {
    GrpcTimeouts timeouts = new GrpcTimeouts(max * MILLI, offset * MILLI, -1, 0);
    assertThat(timeouts.timeout(grpc(header), 7 * MILLI)).isEqualTo(expected * MILLI);
  }

  @Test
  void otherRequestsKeepTheRoutesTimeout() {
    GrpcTimeouts timeouts = new GrpcTimeouts(5, 0, 5, 0);
    Head head = new Head(64);
    assertThat(timeouts.timeout(head, 7)).isEqualTo(7);
    assertThat(timeouts.streamDuration(head, 8)).isEqualTo(8);
    assertThat(timeouts.rewrites(head)).isFalse();
    assertThat(GrpcTimeouts.UNSET.timeout(grpc("1S"), 7)).isEqualTo(7);
    assertThat(GrpcTimeouts.UNSET.streamDuration(grpc("1S"), 7)).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"5S, 0, 0, 5000", "5S, 3000, 0, 3000", "5S, 0, 1000, 4000", "'', 3000, 0, 9"})
  void theStreamsDuration(String header, long max, long offset, long expected) {
    GrpcTimeouts timeouts = new GrpcTimeouts(-1, 0, max * MILLI, offset * MILLI);
    assertThat(timeouts.streamDuration(grpc(header), 9 * MILLI)).isEqualTo(expected * MILLI);
  }

  @Test
  void theHeadersValue() {
    assertThat(GrpcTimeouts.header(1500)).asString().isEqualTo("1500m");
    assertThat(GrpcTimeouts.header(100_000_000)).asString().isEqualTo("100000S");
  }
}

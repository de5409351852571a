package dev.layar.proxy.cluster.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.cluster.breaker.CircuitBreaker.Resource;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  @Test
  void aLimitHoldsOverAllLoops() {
    CircuitBreaker breaker = new CircuitBreaker(new BreakerLimits(2, 1024, 1024, 3, 0, 3), 2);
    assertThat(breaker.tryAcquire(0, Resource.CONNECTIONS)).isTrue();
    assertThat(breaker.tryAcquire(1, Resource.CONNECTIONS)).isTrue();
    assertThat(breaker.tryAcquire(0, Resource.CONNECTIONS)).isFalse();
    assertThat(breaker.open(Resource.CONNECTIONS)).isTrue();
    breaker.release(1, Resource.CONNECTIONS);
    assertThat(breaker.tryAcquire(0, Resource.CONNECTIONS)).isTrue();
  }

  @Test
  void unlimitedNeverOpens() {
    int none = BreakerLimits.UNLIMITED;
    CircuitBreaker breaker = new CircuitBreaker(new BreakerLimits(none, none, none, none, 0, 3), 1);
    for (int i = 0; i < 5000; i++) {
      assertThat(breaker.tryAcquire(0, Resource.REQUESTS)).isTrue();
    }
    assertThat(breaker.active(Resource.REQUESTS)).isEqualTo(5000);
  }

  @Test
  void aBudgetAllowsRetriesInProportion() {
    CircuitBreaker breaker = new CircuitBreaker(new BreakerLimits(9, 9, 9999, 0, 20, 3), 1);
    for (int i = 0; i < 3; i++) {
      assertThat(breaker.tryAcquire(0, Resource.RETRIES)).isTrue();
    }
    assertThat(breaker.tryAcquire(0, Resource.RETRIES)).isFalse();
    for (int i = 0; i < 100; i++) {
      breaker.acquire(0, Resource.REQUESTS);
    }
    for (int i = 0; i < 17; i++) {
      assertThat(breaker.tryAcquire(0, Resource.RETRIES)).isTrue();
    }
    assertThat(breaker.tryAcquire(0, Resource.RETRIES)).isFalse();
  }
}

package dev.layar.proxy.cluster.outlier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.telemetry.Sample;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsecutiveFailuresTest {
  private static final long SECOND = 1_000_000_000L;
  private long now = SECOND;
  private int changes;

  private ConsecutiveFailures detector(OutlierConfig config, List<Endpoint> members) {
    ConsecutiveFailures detector =
        new ConsecutiveFailures(config, () -> now, new SplitMix64(1), () -> changes++);
    detector.members(members);
    return detector;
  }

  private static List<Endpoint> hosts(int count) {
    List<Endpoint> hosts = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("10.0.0." + i), 80);
      hosts.add(new Endpoint(address, Endpoint.Attributes.of(address), 1, 0));
    }
    return hosts;
  }

  private static OutlierConfig config(int maxPercent, boolean split) {
    return config(maxPercent, split, 0, 0);
  }

  private static OutlierConfig config(
      int maxPercent, boolean split, int failurePercentage, long jitter) {
    OutlierConfig d = OutlierConfig.DEFAULT;
    return new OutlierConfig(
        d.intervalNanos(),
        d.baseEjectionNanos(),
        d.maxEjectionNanos(),
        maxPercent,
        false,
        5,
        100,
        3,
        100,
        split,
        2,
        100,
        100,
        5,
        100,
        1900,
        failurePercentage,
        85,
        5,
        50,
        100,
        0,
        jitter);
  }

  private static void answers(OutlierDetector detector, Endpoint host, int... statuses) {
    for (int status : statuses) {
      detector.response(host, status);
    }
  }

  @Test
  void exactlyTheThresholdEjects() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector detector = detector(config(50, false), hosts);
    answers(detector, hosts.get(0), 500, 500, 500, 500, 200, 500, 500, 500, 500);
    assertThat(hosts.get(0).ejected()).isFalse();
    answers(detector, hosts.get(0), 500);
    assertThat(hosts.get(0).ejected()).isTrue();
    assertThat(hosts.get(0).usable()).isFalse();
    assertThat(changes).isEqualTo(1);
  }

  @Test
  void gatewayErrorsHaveACountOfTheirOwnThatOther5xxReset() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector detector = detector(config(50, false), hosts);
    answers(detector, hosts.get(0), 503, 503, 500, 503);
    assertThat(hosts.get(0).ejected()).isFalse();
    answers(detector, hosts.get(1), 502, 503, 504);
    assertThat(hosts.get(1).ejected()).isTrue();
  }

  @Test
  void connectFailuresCountAsGatewayErrorsUnlessSplit() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector together = detector(config(50, false), hosts);
    for (int i = 0; i < 3; i++) {
      together.localFailure(hosts.get(0), OutlierDetector.LocalFailure.CONNECT_FAILED);
    }
    assertThat(hosts.get(0).ejected()).isTrue();

    List<Endpoint> others = hosts(10);
    OutlierDetector split = detector(config(50, true), others);
    split.localFailure(others.get(0), OutlierDetector.LocalFailure.TIMEOUT);
    assertThat(others.get(0).ejected()).isFalse();
    split.localFailure(others.get(0), OutlierDetector.LocalFailure.TIMEOUT);
    assertThat(others.get(0).ejected()).isTrue();
  }

  @Test
  void noMoreThanTheAllowedShareIsEjected() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector detector = detector(config(25, false), hosts);
    for (Endpoint host : hosts) {
      answers(detector, host, 500, 500, 500, 500, 500);
    }
    assertThat(hosts.stream().filter(Endpoint::ejected)).hasSize(2);
  }

  @Test
  void withOneHostAndTheDefaultTenPercentNothingIsEjected() {
    List<Endpoint> hosts = hosts(1);
    OutlierDetector detector = detector(config(10, false), hosts);
    answers(detector, hosts.get(0), 500, 500, 500, 500, 500);
    assertThat(hosts.get(0).ejected()).isFalse();
  }

  @Test
  void ejectionEndsAtAnIntervalsEndAndLastsLongerEachTime() {
    List<Endpoint> hosts = hosts(10);
    Endpoint host = hosts.get(0);
    OutlierDetector detector = detector(config(50, false), hosts);
    answers(detector, host, 500, 500, 500, 500, 500);
    for (int i = 0; i < 2; i++) {
      now += 10 * SECOND;
      detector.tick(now);
      assertThat(host.ejected()).isTrue();
    }
    now += 10 * SECOND - 1;
    detector.tick(now);
    assertThat(host.ejected()).isTrue();
    now += 1;
    detector.tick(now);
    assertThat(host.ejected()).isFalse();

    answers(detector, host, 500, 500, 500, 500, 500);
    for (int i = 0; i < 5; i++) {
      now += 10 * SECOND;
      detector.tick(now);
      assertThat(host.ejected()).as("interval %d", i).isTrue();
    }
    now += 10 * SECOND;
    detector.tick(now);
    assertThat(host.ejected()).isFalse();
  }

  @Test
  void aHostFarBelowTheOthersSuccessRateIsEjected() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector detector = detector(config(50, false), hosts);
    for (Endpoint host : hosts) {
      host.metrics().add(0, Endpoint.RQ_SUCCESS, host == hosts.get(3) ? 60 : 200);
      host.metrics().add(0, Endpoint.RQ_ERROR, host == hosts.get(3) ? 140 : 0);
    }
    now += 10 * SECOND;
    detector.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).containsExactly(hosts.get(3));
  }

  @Test
  void anAnswerOfAnyKindEndsARowOfLocalFailuresWhereTheyAreApart() {
    List<Endpoint> hosts = hosts(10);
    OutlierDetector split = detector(config(50, true), hosts);
    split.localFailure(hosts.get(0), OutlierDetector.LocalFailure.RESET);
    answers(split, hosts.get(0), 500);
    split.localFailure(hosts.get(0), OutlierDetector.LocalFailure.RESET);
    assertThat(hosts.get(0).ejected()).isFalse();
    split.localFailure(hosts.get(0), OutlierDetector.LocalFailure.RESET);
    assertThat(hosts.get(0).ejected()).isTrue();
  }

  @Test
  void localFailuresHaveASuccessRateOfTheirOwnWhereTheyAreApart() {
    List<Endpoint> hosts = hosts(10);
    ConsecutiveFailures split = detector(config(50, true), hosts);
    for (Endpoint host : hosts) {
      host.metrics().add(0, Endpoint.RQ_SUCCESS, 200);
    }
    Endpoint slow = hosts.get(4);
    slow.metrics().add(0, Endpoint.RQ_TIMEOUT, 150);
    now += 10 * SECOND;
    split.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).containsExactly(slow);
    assertThat(count(split, "ejections_enforced_local_origin_success_rate")).isEqualTo(1);
    assertThat(count(split, "ejections_enforced_success_rate")).isZero();
  }

  @Test
  void timeoutsCountAgainstTheSuccessRateWhereNothingIsApart() {
    List<Endpoint> hosts = hosts(10);
    ConsecutiveFailures together = detector(config(50, false), hosts);
    for (Endpoint host : hosts) {
      host.metrics().add(0, Endpoint.RQ_SUCCESS, 200);
    }
    hosts.get(4).metrics().add(0, Endpoint.RQ_TIMEOUT, 150);
    now += 10 * SECOND;
    together.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).containsExactly(hosts.get(4));
  }

  @Test
  void aHostThatFailsTooOftenIsEjectedHoweverTheOthersDo() {
    List<Endpoint> hosts = hosts(5);
    ConsecutiveFailures detector = detector(config(100, false, 100, 0), hosts);
    for (Endpoint host : hosts) {
      host.metrics().add(0, Endpoint.RQ_SUCCESS, host == hosts.get(0) ? 9 : 8);
      host.metrics().add(0, Endpoint.RQ_ERROR, host == hosts.get(0) ? 51 : 45);
    }
    now += 10 * SECOND;
    detector.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).containsExactly(hosts.get(0));
    assertThat(count(detector, "ejections_enforced_failure_percentage")).isEqualTo(1);
    assertThat(count(detector, "ejections_enforced_total")).isEqualTo(1);
  }

  @Test
  void whatIsDetectedButNotEnforcedIsCounted() {
    List<Endpoint> hosts = hosts(5);
    ConsecutiveFailures detector = detector(config(100, false, 0, 0), hosts);
    for (Endpoint host : hosts) {
      host.metrics().add(0, Endpoint.RQ_ERROR, 60);
    }
    now += 10 * SECOND;
    detector.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).isEmpty();
    assertThat(count(detector, "ejections_detected_failure_percentage")).isEqualTo(5);
  }

  @Test
  void jitterMakesAnEjectionLonger() {
    List<Endpoint> hosts = hosts(10);
    ConsecutiveFailures detector = detector(config(100, false, 0, 1000 * SECOND), hosts);
    for (Endpoint host : hosts) {
      answers(detector, host, 500, 500, 500, 500, 500);
    }
    now += 30 * SECOND;
    detector.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected).count()).isGreaterThan(5);
    now += 1000 * SECOND;
    detector.tick(now);
    assertThat(hosts.stream().filter(Endpoint::ejected)).isEmpty();
  }

  private static long count(ConsecutiveFailures detector, String name) {
    List<Sample> samples = new ArrayList<>();
    detector.collect("c", samples::add);
    return samples.stream()
        .filter(sample -> sample.statName().equals("cluster.c.outlier_detection." + name))
        .mapToLong(sample -> sample.value() instanceof Sample.CounterValue(long total) ? total : -1)
        .sum();
  }
}

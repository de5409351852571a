package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.DestinationRule.ConsistentHashLb;
import dev.layar.model.istio.DestinationRule.Cookie;
import dev.layar.model.istio.DestinationRule.Distribute;
import dev.layar.model.istio.DestinationRule.Failover;
import dev.layar.model.istio.DestinationRule.HashAlgorithm;
import dev.layar.model.istio.DestinationRule.HashKey;
import dev.layar.model.istio.DestinationRule.LbPolicy;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.LocalityLb;
import dev.layar.model.istio.DestinationRule.Warmup;
import dev.layar.model.istio.DestinationRule.ZoneAwareLb;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The loadBalancer block of a DestinationRule. */
final class LoadBalancerRules {
  private static final Set<String> TOPOLOGY =
      Set.of(
          "topology.kubernetes.io/region",
          "topology.kubernetes.io/zone",
          "topology.istio.io/subzone");

  /** Envoy's limit for maglev_lb_config.table_size. */
  private static final long MAGLEV_LIMIT = 5_000_011;

  private final Report report;
  private final Checks checks;

  LoadBalancerRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(String path, LoadBalancer lb, boolean outlier) {
    if (lb.lbPolicy() instanceof LbPolicy.ConsistentHash hash) {
      consistentHash(path + ".consistentHash", hash.consistentHash());
    }
    if (lb.localityLbSetting() != null && lb.zoneAwareLbSetting() != null) {
      report.add(
          Rule.LOCALITY_AND_ZONE,
          path + ".zoneAwareLbSetting",
          "`localityLbSetting` and `zoneAwareLbSetting` exclude each other");
    }
    if (lb.localityLbSetting() != null) {
      locality(path + ".localityLbSetting", lb.localityLbSetting(), outlier);
    }
    if (lb.zoneAwareLbSetting() != null) {
      zoneAware(path + ".zoneAwareLbSetting", lb.zoneAwareLbSetting(), outlier);
    }
    checks.duration(path + ".warmupDurationSecs", lb.warmupDurationSecs());
    if (lb.warmup() != null) {
      warmup(path + ".warmup", lb.warmup());
    }
  }

  private void consistentHash(String path, ConsistentHashLb hash) {
    if (hash.hashKey() instanceof HashKey.HttpCookie cookie) {
      cookie(path + ".httpCookie", cookie.httpCookie());
    }
    if (hash.minimumRingSize() != 0) {
      report.add(
          Rule.RING_SIZE_OLD,
          path + ".minimumRingSize",
          "this place of minimumRingSize is deprecated",
          "",
          "ringHash: {minimumRingSize: " + hash.minimumRingSize() + "}");
      if (hash.hashAlgorithm() != null) {
        report.add(
            Rule.RING_SIZE_TWICE,
            path + ".minimumRingSize",
            "minimumRingSize is together with ringHash or maglev; keep the latter");
      }
    }
    if (hash.hashAlgorithm() instanceof HashAlgorithm.InTable table) {
      maglev(path + ".maglev.tableSize", table.maglev().tableSize());
    }
  }

  private void cookie(String path, Cookie cookie) {
    if (cookie.name().isEmpty()) {
      report.add(Rule.COOKIE, path + ".name", "the cookie has no name");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < cookie.attributes().size(); i++) {
      String name = cookie.attributes().get(i).name();
      if (name.isEmpty() || !names.add(name)) {
        report.add(
            Rule.COOKIE,
            Paths.item(path + ".attributes", i) + ".name",
            name.isEmpty() ? "the attribute has no name" : "the attribute is given twice",
            name,
            "");
      }
    }
  }

  private void maglev(String path, long size) {
    if (size <= 0 || size >= MAGLEV_LIMIT || !isPrime(size)) {
      report.add(
          Rule.MAGLEV_SIZE,
          path,
          "the table's size is a prime below " + MAGLEV_LIMIT,
          Long.toString(size),
          "65537");
    }
  }

  private static boolean isPrime(long number) {
    for (long i = 2; i * i <= number; i++) {
      if (number % i == 0) {
        return false;
      }
    }
    return number > 1;
  }

  private void warmup(String path, Warmup warmup) {
    checks.duration(path + ".duration", warmup.duration());
    Double minimum = warmup.minimumPercent();
    if (minimum != null && (minimum < 0 || minimum > 100)) {
      report.add(
          Rule.WARMUP,
          path + ".minimumPercent",
          "this is not a percentage",
          minimum.toString(),
          "0 to 100");
    }
    Double aggression = warmup.aggression();
    if (aggression != null && aggression <= 0) {
      report.add(
          Rule.WARMUP, path + ".aggression", "aggression is above 0", aggression.toString(), "1.0");
    }
  }

  private void locality(String path, LocalityLb setting, boolean outlier) {
    if (!setting.distribute().isEmpty() && !setting.failover().isEmpty()) {
      report.add(
          Rule.DISTRIBUTE_AND_FAILOVER,
          path + ".failover",
          "`distribute` and `failover` exclude each other");
    }
    if (!setting.failover().isEmpty()) {
      noTopology(path, setting.failoverPriority(), "together with failover");
    }
    localities(
        path + ".distribute",
        setting.distribute().stream().map(Distribute::from).toList(),
        ".from");
    for (int i = 0; i < setting.distribute().size(); i++) {
      distribute(Paths.item(path + ".distribute", i), setting.distribute().get(i));
    }
    failovers(path, setting.failover(), setting.failoverPriority(), outlier);
  }

  private void zoneAware(String path, ZoneAwareLb setting, boolean outlier) {
    noTopology(path, setting.failoverPriority(), "in zoneAwareLbSetting");
    failovers(path, setting.failover(), setting.failoverPriority(), outlier);
  }

  private void noTopology(String path, List<String> priority, String where) {
    for (int i = 0; i < priority.size(); i++) {
      String label = priority.get(i).split("=", 2)[0];
      if (TOPOLOGY.contains(label)) {
        report.add(
            Rule.FAILOVER_PRIORITY_TOPOLOGY,
            Paths.item(path + ".failoverPriority", i),
            "labels of region, zone and subzone have no place " + where,
            priority.get(i),
            "");
      }
    }
  }

  private void distribute(String path, Distribute distribute) {
    long sum = 0;
    for (var share : distribute.to().entrySet()) {
      if (share.getValue() < 1 || share.getValue() > 100) {
        report.add(
            Rule.DISTRIBUTE_WEIGHTS,
            Paths.field(path + ".to", share.getKey()),
            "a share is within 1 to 100",
            share.getValue().toString(),
            "");
      }
      sum += share.getValue();
    }
    if (sum != 100) {
      report.add(
          Rule.DISTRIBUTE_WEIGHTS, path + ".to", "the shares add up to " + sum, "", "a sum of 100");
    }
    localities(path + ".to", List.copyOf(distribute.to().keySet()), null);
  }

  /** Each well-formed, and none within another. */
  private void localities(String path, List<String> localities, @Nullable String suffix) {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < localities.size(); i++) {
      String locality = localities.get(i);
      String at = suffix == null ? Paths.field(path, locality) : Paths.item(path, i) + suffix;
      int star = locality.indexOf('*');
      boolean good =
          !locality.isEmpty()
              && List.of(locality.split("/", -1)).stream().noneMatch(String::isEmpty)
              && (star < 0 || star == locality.length() - 1);
      if (!good) {
        report.add(
            Rule.LOCALITY,
            at,
            "this is not a locality",
            locality,
            "region, region/zone or region/zone/subzone, with * only at the end");
      } else if (seen.stream().anyMatch(s -> overlap(s, locality))) {
        report.add(Rule.LOCALITY, at, "the locality overlaps another one", locality, "");
      }
      seen.add(locality);
    }
  }

  private static boolean overlap(String a, String b) {
    String x = a.endsWith("*") ? a.substring(0, a.length() - 1) : a;
    String y = b.endsWith("*") ? b.substring(0, b.length() - 1) : b;
    return a.equals(b)
        || a.endsWith("*") && y.startsWith(x)
        || b.endsWith("*") && x.startsWith(y)
        || y.startsWith(x + "/")
        || x.startsWith(y + "/");
  }

  private void failovers(
      String path, List<Failover> failovers, List<String> priority, boolean outlier) {
    for (int i = 0; i < failovers.size(); i++) {
      failover(Paths.item(path + ".failover", i), failovers.get(i));
    }
    if (!outlier && !(failovers.isEmpty() && priority.isEmpty())) {
      report.add(
          Rule.FAILOVER_NEEDS_OUTLIER,
          path,
          "without outlierDetection no endpoint is ever unhealthy, so nothing fails over",
          "",
          "outlierDetection: {}");
    }
  }

  private void failover(String path, Failover failover) {
    boolean same = failover.from().equals(failover.to());
    boolean region = isRegion(failover.from()) && isRegion(failover.to());
    if (same || !region) {
      report.add(
          Rule.FAILOVER,
          path,
          same ? "the region fails over to itself" : "a failover is between two regions",
          failover.from() + " to " + failover.to(),
          "region names without / or *");
    }
  }

  private static boolean isRegion(String text) {
    return !text.isEmpty() && !text.contains("/") && !text.contains("*");
  }
}

package dev.layar.proxy.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.lb.LbPolicy.Fallback;
import dev.layar.proxy.cluster.lb.LbPolicy.Selector;
import dev.layar.proxy.cluster.lb.LbPolicy.Subsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The example of Envoy's documentation on load balancer subsets, and what becomes of the rest. */
class SubsetBalancerTest {
  private static final List<Endpoint> ENDPOINTS =
      List.of(
          host(1, "stage=prod version=1.0 type=std xlarge=true"),
          host(2, "stage=prod version=1.0 type=std"),
          host(3, "stage=prod version=1.1 type=std"),
          host(4, "stage=prod version=1.1 type=std"),
          host(5, "stage=prod version=1.0 type=bigmem"),
          host(6, "stage=prod version=1.1 type=bigmem"),
          host(7, "stage=dev version=1.2-pre type=std"));

  private static final List<Selector> SELECTORS =
      List.of(
          keys("stage", "type"),
          keys("stage", "version"),
          keys("version"),
          keys("xlarge", "version"));

  @ParameterizedTest
  @CsvSource({
    "stage=prod type=std, 1 2 3 4",
    "stage=prod type=bigmem, 5 6",
    "stage=dev type=std, 7",
    "stage=prod version=1.0, 1 2 5",
    "stage=prod version=1.1, 3 4 6",
    "stage=dev version=1.2-pre, 7",
    "version=1.0, 1 2 5",
    "version=1.1, 3 4 6",
    "version=1.2-pre, 7",
    "xlarge=true version=1.0, 1",
    "version=9, 1 2",
    "stage=prod, 1 2",
    "'', 1 2"
  })
  void aRouteGetsTheSubsetThatItAsksFor(String wanted, String expected) {
    LoadBalancer balancer = balancer(Fallback.DEFAULT_SUBSET, SELECTORS, false);
    assertThat(picked(balancer, wanted)).isEqualTo(expected);
  }

  @Test
  void withoutASubsetTheClusterSaysWhatHappens() {
    assertThat(picked(balancer(Fallback.NO_FALLBACK, SELECTORS, false), "version=9")).isEmpty();
    assertThat(picked(balancer(Fallback.ANY_ENDPOINT, SELECTORS, false), "version=9"))
        .isEqualTo("1 2 3 4 5 6 7");
  }

  @Test
  void aSelectorMayFallBackInAWayOfItsOwn() {
    List<Selector> selectors =
        List.of(
            keys("version"),
            new Selector(Set.of("type"), Fallback.ANY_ENDPOINT, Set.of(), false),
            new Selector(Set.of("version", "type"), null, Set.of("version"), false));
    LoadBalancer balancer = balancer(Fallback.NO_FALLBACK, selectors, false);
    assertThat(picked(balancer, "type=none")).isEqualTo("1 2 3 4 5 6 7");
    assertThat(picked(balancer, "version=1.2-pre type=bigmem")).isEqualTo("7");
    assertThat(picked(balancer, "version=9")).isEmpty();
  }

  @Test
  void aSubsetPanicsByItselfOrTakesAnyEndpoint() {
    List<Endpoint> endpoints =
        List.of(
            host(1, "version=1", Health.UNHEALTHY),
            host(2, "version=1", Health.UNHEALTHY),
            host(3, "version=2", Health.HEALTHY));
    List<Selector> selectors = List.of(keys("version"));
    assertThat(picked(balancer(endpoints, Fallback.NO_FALLBACK, selectors, false), "version=1"))
        .as("its own endpoints, whatever their health")
        .isEqualTo("1 2");
    LbPolicy calm = new LbPolicy(new LbPolicy.Random(), 0, false, false);
    Subsets any = subsets(Fallback.NO_FALLBACK, selectors, true);
    assertThat(picked(new SubsetBalancer(calm, any, endpoints, world()), "version=1"))
        .isEqualTo("3");
  }

  @Test
  void oneHostPerSubsetAndListsThatStandForEachValue() {
    List<Endpoint> endpoints =
        List.of(
            labelled(1, Map.of("id", List.of("a", "b"))), labelled(2, Map.of("id", List.of("b"))));
    List<Selector> each = List.of(new Selector(Set.of("id"), null, Set.of(), false));
    SubsetBalancer balancer =
        new SubsetBalancer(
            Hosts.policy(new LbPolicy.Random()),
            new Subsets(Fallback.NO_FALLBACK, SubsetMatch.of(Map.of()), each, false, false, true),
            endpoints,
            world());
    assertThat(picked(balancer, "id=a")).isEqualTo("1");
    assertThat(picked(balancer, "id=b")).isEqualTo("1 2");
    List<Selector> single = List.of(new Selector(Set.of("id"), null, Set.of(), true));
    SubsetBalancer first =
        new SubsetBalancer(
            Hosts.policy(new LbPolicy.Random()),
            new Subsets(Fallback.NO_FALLBACK, SubsetMatch.of(Map.of()), single, false, false, true),
            endpoints,
            world());
    assertThat(picked(first, "id=b")).isEqualTo("1");
  }

  private static Selector keys(String... keys) {
    return new Selector(Set.of(keys), null, Set.of(), false);
  }

  private static LoadBalancer balancer(
      Fallback fallback, List<Selector> selectors, boolean panicModeAny) {
    return balancer(ENDPOINTS, fallback, selectors, panicModeAny);
  }

  private static LoadBalancer balancer(
      List<Endpoint> endpoints, Fallback fallback, List<Selector> selectors, boolean panicModeAny) {
    return new SubsetBalancer(
        Hosts.policy(new LbPolicy.Random()),
        subsets(fallback, selectors, panicModeAny),
        endpoints,
        world());
  }

  private static Subsets subsets(
      Fallback fallback, List<Selector> selectors, boolean panicModeAny) {
    return new Subsets(
        fallback,
        SubsetMatch.of(pairs("stage=prod type=std version=1.0")),
        selectors,
        false,
        panicModeAny,
        false);
  }

  private static PriorityBalancer.World world() {
    return new PriorityBalancer.World(Hosts.LOOPS, new Rotation(Hosts.LOOPS, 1), () -> 0L, 140);
  }

  private static Endpoint host(int number, String labels) {
    return host(number, labels, Health.HEALTHY);
  }

  private static Endpoint host(int number, String labels, Health health) {
    Map<String, List<String>> lists = new HashMap<>();
    pairs(labels).forEach((key, value) -> lists.put(key, List.of(value)));
    Endpoint plain = Hosts.host(number - 1, 1, 0, health, Locality.NONE);
    return labelled(plain, lists);
  }

  private static Endpoint labelled(int number, Map<String, List<String>> labels) {
    return labelled(Hosts.host(number - 1), labels);
  }

  private static Endpoint labelled(Endpoint plain, Map<String, List<String>> labels) {
    Endpoint.Attributes a = plain.attributes();
    return new Endpoint(
        plain.address(),
        new Endpoint.Attributes(
            "", 1, 0, a.health(), a.locality(), 0, a.hashKey(), "", Map.of(), labels),
        Hosts.LOOPS,
        0);
  }

  private static Map<String, String> pairs(String text) {
    Map<String, String> pairs = new HashMap<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      int equals = pair.indexOf('=');
      pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return pairs;
  }

  /** Last numbers of the addresses that streams with these criteria get. */
  private static String picked(LoadBalancer balancer, String wanted) {
    TreeSet<String> seen = new TreeSet<>();
    PickContext context = new PickContext();
    for (int i = 0; i < 200; i++) {
      context.reset(0, i);
      context.subset(wanted.isEmpty() ? null : SubsetMatch.of(pairs(wanted)));
      @Nullable Endpoint endpoint = balancer.pick(context);
      if (endpoint != null) {
        seen.add(endpoint.toString().replaceAll("^.*\\.|:.*$", ""));
      }
    }
    return String.join(" ", seen);
  }
}

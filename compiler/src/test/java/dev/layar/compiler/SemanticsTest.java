package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Golden;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The hundred rules of Istio's traffic API that implementations get wrong, and what proves each.
 * The table is written to {@code src/test/golden/semantics.md}.
 */
class SemanticsTest {
  private static final List<Class<?>> TESTS =
      List.of(
          GatewayServersTest.class,
          LocalityTest.class,
          MeshConfigTest.class,
          MutualTlsTest.class,
          OpaquePortsTest.class,
          PeerPoliciesTest.class,
          PolicyLookupTest.class,
          RoutingRulesTest.class,
          SeedScenariosTest.class,
          ServiceEntriesTest.class);

  /**
   * A rule.
   *
   * @param elsewhere what proves it besides annotated tests; where it begins with a capital letter
   *     or says so, what is not proven here
   */
  private record Rule(int number, String text, String elsewhere) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule(
              1, "A name without a dot belongs to the namespace of the object that writes it.", ""),
          new Rule(2, "Hosts are compared in lower case.", ""),
          new Rule(
              3,
              "Wildcards match in both directions where hosts are selected, in one where server"
                  + " names are.",
              ""),
          new Rule(4, "A rule's exact host counts before its longest wildcard.", ""),
          new Rule(5, "One VirtualService owns a service's host: exact before wildcard.", ""),
          new Rule(
              6,
              "A service answers to every way of writing its name, the bare one in its own"
                  + " namespace.",
              ""),
          new Rule(7, "A host without service has routes on port 80 alone.", ""),
          new Rule(8, "Objects are ordered by age, then name, then namespace.", ""),
          new Rule(
              9,
              "On sidecars VirtualServices of one host are not merged: private, then exported, then"
                  + " public.",
              ""),
          new Rule(10, "On gateways they are, catch-alls last.", "golden gateway-merge"),
          new Rule(11, "Nothing follows a rule that matches everything.", ""),
          new Rule(12, "Rules for others are no rules; rules that match nothing are 404.", ""),
          new Rule(13, "Virtual hosts are sorted by name.", "golden ports"),
          new Rule(
              14,
              "Match blocks are alternatives, their conditions all hold.",
              "golden rule-matches"),
          new Rule(
              15,
              "A match's gateways replace the list and, for HTTP, the conditions on the caller.",
              ""),
          new Rule(16, "Port, labels, namespace and gateways are decided when compiling.", ""),
          new Rule(
              17,
              "An empty match or the regular expression * means present.",
              "golden rule-matches"),
          new Rule(18, "A prefix is a prefix of the text, not of segments.", "golden rule-matches"),
          new Rule(19, "withoutHeaders takes a missing header as empty.", "golden rule-matches"),
          new Rule(
              20,
              "Scheme, method and authority are pseudo headers; the authority with its port.",
              "golden rule-matches"),
          new Rule(21, "Delegates are one level deep and must be visible.", "golden delegates"),
          new Rule(
              22,
              "The delegate's rules replace the root's, under both sides' conditions.",
              "golden delegates"),
          new Rule(23, "Conditions that contradict drop the delegate's rule.", "golden delegates"),
          new Rule(24, "The delegate's actions go before the root's.", "golden delegates"),
          new Rule(25, "Gateway and rules share the more specific of their hosts.", ""),
          new Rule(26, "Gateways of one pod are merged by port, the oldest deciding.", ""),
          new Rule(27, "httpsRedirect holds without any rules.", ""),
          new Rule(28, "A server without rules answers 404.", ""),
          new Rule(
              29, "A Gateway without selector is for every gateway, and none for sidecars.", ""),
          new Rule(30, "One VirtualService sends from the mesh to an egress gateway and on.", ""),
          new Rule(
              31,
              "What is passed needs tls rules, terminated HTTPS http rules, terminated TLS tcp"
                  + " rules.",
              ""),
          new Rule(32, "AUTO_PASSTHROUGH leads the mesh's TLS by its server name.", ""),
          new Rule(33, "exportTo: empty is the default, * all, . the own namespace.", ""),
          new Rule(
              34,
              "DestinationRules are looked for in the caller's, the service's, then the root"
                  + " namespace.",
              ""),
          new Rule(
              35, "There the most specific host is taken before its visibility is looked at.", ""),
          new Rule(36, "DestinationRules of one host and audience join the oldest.", ""),
          new Rule(37, "Rules for single callers do not count inbound.", ""),
          new Rule(
              38,
              "Port settings replace a policy, subsets replace block by block.",
              "golden policies"),
          new Rule(39, "The mesh's defaultTrafficPolicy fills what is unset.", ""),
          new Rule(
              40, "A service's connection pool also limits its own workloads' inbound side.", ""),
          new Rule(
              41,
              "The hash of a call: subset's port, subset, host's port, host.",
              "golden seed-consistent-hash"),
          new Rule(42, "A missing subset is 503 NC, one without endpoints 503 UH.", ""),
          new Rule(43, "Outlier detection turns locality failover on.", ""),
          new Rule(44, "0 in a connection pool means unset.", "golden policies"),
          new Rule(45, "The TCP idle timeout stands in for the HTTP one.", "golden policies"),
          new Rule(
              46,
              "appProtocol goes before the port's name; unknown is detected, where servers speak"
                  + " first TCP.",
              "golden ports"),
          new Rule(47, "Detected ports have routes of their own.", ""),
          new Rule(48, "HTTP shares 0.0.0.0, TCP has its own address, ranges share by prefix.", ""),
          new Rule(49, "HTTP and TCP on one address are told apart, or the older stays.", ""),
          new Rule(50, "A destination without port means the only one, else the one dialled.", ""),
          new Rule(51, "HTTPS ports are opaque unless tls rules match.", ""),
          new Rule(52, "Clusters have Istio's names.", ""),
          new Rule(53, "Routes have no timeout by default.", ""),
          new Rule(54, "The default retries twice, on failures before an answer.", ""),
          new Rule(55, "Inbound routes retry what was reset before it was sent.", ""),
          new Rule(56, "Numbers in retryOn are status codes.", "golden rule-actions"),
          new Rule(57, "A mirror without percentage gets all.", ""),
          new Rule(58, "A single destination needs no weight; among several 0 means none.", ""),
          new Rule(59, "Headers of the only destination join the route's.", "golden rule-actions"),
          new Rule(60, "A rewrite replaces what matched; regexRewrite what it matches.", ""),
          new Rule(61, "Delays and timeouts both apply.", "golden rule-actions"),
          new Rule(62, "Unknown traffic passes, or is refused with REGISTRY_ONLY.", ""),
          new Rule(63, "An entry without address takes its whole port.", ""),
          new Rule(64, "A service that a Sidecar excludes is unknown.", "Sidecar"),
          new Rule(65, "Undeclared inbound ports reach the workload from 127.0.0.6.", ""),
          new Rule(66, "Kubernetes' service goes before an entry of its name.", ""),
          new Rule(67, "Each address of an entry listens.", ""),
          new Rule(
              68,
              "DNS without endpoints asks for the host; an endpoint's port goes before targetPort.",
              ""),
          new Rule(69, "NONE on a gateway has no endpoints.", ""),
          new Rule(70, "Selectors take pods and WorkloadEntries, of entries and of services.", ""),
          new Rule(71, "What is external is not called with mutual TLS; rules originate TLS.", ""),
          new Rule(
              72,
              "Automatic mutual TLS is chosen by endpoint, and by the service's namespace.",
              ""),
          new Rule(73, "Any tls in a rule ends the choice.", ""),
          new Rule(
              74,
              "The oldest PeerAuthentication of a level counts; UNSET is the wider level's.",
              ""),
          new Rule(75, "Inbound chains follow the mode and the declared protocol.", ""),
          new Rule(
              76,
              "Servers must be one of the service's accounts; the server name says which cluster.",
              ""),
          new Rule(
              77, "AuthorizationPolicies of the root namespace hold everywhere.", "package authz"),
          new Rule(78, "One Sidecar for each workload.", "Sidecar"),
          new Rule(79, "A rule's destinations come with it.", "Sidecar"),
          new Rule(80, "DestinationRules come with their services.", "Sidecar"),
          new Rule(81, "Exclusion after inclusion.", "Sidecar"),
          new Rule(82, "ingress listeners need a service.", "Sidecar"),
          new Rule(
              83,
              "Clusters, endpoints, listeners, routes are sent in this order.",
              "module xds: ResourceType"),
          new Rule(84, "What no query reads recomputes nothing.", "IncrementalCompileTest"),
          new Rule(85, "attempts 0 turns retries off.", ""),
          new Rule(
              86, "Redirect codes without an equivalent are reported.", "UnsupportedFieldTest"),
          new Rule(87, "An empty match block is no condition.", ""),
          new Rule(88, "Destinations without any weight are refused and answered.", ""),
          new Rule(
              89,
              "* is a host of gateways alone; overlapping hosts are errors.",
              "module analysis"),
          new Rule(90, "exportTo may not say the own namespace twice.", "module analysis"),
          new Rule(91, "Every service, port and subset in scope has a cluster.", ""),
          new Rule(
              92,
              "Routes keep the names of their rules; default, allow_any and block_all.",
              "golden ports"),
          new Rule(93, "Names of virtual hosts and route configurations are Istio's.", ""),
          new Rule(94, "An ExternalName is another name; loops do not exist.", ""),
          new Rule(95, "Headless services listen on each pod, and answer to pods' names.", ""),
          new Rule(96, "A service without endpoints is 503 UH, not unknown.", ""),
          new Rule(97, "Timeouts of a weighted TCP rule are the first destination's.", ""),
          new Rule(98, "A delegate may add mirror to mirrors.", "golden delegates"),
          new Rule(99, "Attempts are counted in a header.", "golden rule-actions"),
          new Rule(100, "A Sidecar with one side has the default on the other.", "Sidecar"));

  @Test
  void everyRuleHasAProofOrSaysWhereItIs() {
    assertThat(RULES).hasSize(100);
    Map<Integer, List<String>> proofs = proofs();
    StringBuilder table = new StringBuilder("| | Rule | Proven by |\n|---|---|---|\n");
    for (Rule rule : RULES) {
      List<String> own = new ArrayList<>(proofs.getOrDefault(rule.number(), List.of()));
      if (!rule.elsewhere().isEmpty()) {
        own.add(rule.elsewhere());
      }
      assertThat(own).as(rule.number() + ": " + rule.text()).isNotEmpty();
      table
          .append("| ")
          .append(rule.number())
          .append(" | ")
          .append(rule.text())
          .append(" | ")
          .append(String.join("; ", own))
          .append(" |\n");
    }
    Golden.check(Golden.directory("compiler").resolve("semantics.md"), table.toString());
  }

  private static Map<Integer, List<String>> proofs() {
    Map<Integer, List<String>> proofs = new TreeMap<>();
    for (Class<?> test : TESTS) {
      List<Method> methods = new ArrayList<>(List.of(test.getDeclaredMethods()));
      methods.sort(java.util.Comparator.comparing(Method::getName));
      for (Method method : methods) {
        Semantics semantics = method.getAnnotation(Semantics.class);
        if (semantics != null) {
          for (int number : semantics.value()) {
            proofs
                .computeIfAbsent(number, n -> new ArrayList<>())
                .add(test.getSimpleName() + "." + method.getName());
          }
        }
      }
    }
    return proofs;
  }
}

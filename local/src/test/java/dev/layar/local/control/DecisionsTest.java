package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.local.kube.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/** Tables of the smaller controllers' decisions. */
class DecisionsTest {
  @ParameterizedTest
  @CsvSource({
    // completions, parallelism, limit, active, succeeded, failures → verdict, create, stop
    "1, 1, 6, 0, 0, 0, GOING_ON, 1, false",
    "1, 1, 6, 1, 0, 0, GOING_ON, 0, false",
    "1, 1, 6, 0, 1, 0, COMPLETE, 0, true",
    "5, 2, 6, 1, 2, 0, GOING_ON, 1, false",
    "5, 3, 6, 0, 4, 0, GOING_ON, 1, false",
    "1, 1, 2, 0, 0, 2, GOING_ON, 1, false",
    "1, 1, 2, 0, 0, 3, FAILED, 0, true",
    "-1, 3, 6, 0, 0, 0, GOING_ON, 3, false",
    "-1, 3, 6, 2, 1, 0, GOING_ON, 0, false",
    "-1, 3, 6, 0, 1, 0, COMPLETE, 0, false"
  })
  void jobs(
      int completions,
      int parallelism,
      int limit,
      int active,
      int succeeded,
      int failures,
      JobPlan.Verdict verdict,
      int create,
      boolean stop) {
    JobPlan.Wanted wanted = new JobPlan.Wanted(completions, parallelism, limit, false);
    assertThat(JobPlan.next(wanted, active, succeeded, failures))
        .isEqualTo(new JobPlan.Step(verdict, create, stop));
  }

  /** {@code N} new and ready, {@code n} new, {@code O} and {@code o} old, {@code d} deleting. */
  @ParameterizedTest
  @CsvSource({
    // replicas, parallel, pods by ordinal → create, delete
    "3, false, '', '0', ''",
    "3, false, 'n', '', ''",
    "3, false, 'N', '1', ''",
    "3, false, 'NNN', '', ''",
    "1, false, 'NNN', '', 'web-2'",
    "3, false, 'OOO', '', 'web-2'",
    "3, false, 'OOn', '', ''",
    "3, false, 'OON', '', 'web-1'",
    "3, false, 'OOo', '', 'web-2'",
    "3, false, 'OOd', '', ''",
    "3, true, 'n', '1 2', ''",
    "1, true, 'NNN', '', 'web-2 web-1'"
  })
  void statefulSets(int replicas, boolean parallel, String letters, String create, String delete) {
    List<Ordinals.PodState> pods = new ArrayList<>();
    for (int i = 0; i < letters.length(); i++) {
      char c = letters.charAt(i);
      pods.add(
          new Ordinals.PodState(
              "web-" + i,
              i,
              Character.toLowerCase(c) == 'n',
              Character.isUpperCase(c),
              false,
              c == 'd'));
    }
    Ordinals.Step step = Ordinals.next(new Ordinals.Wanted(0, replicas, parallel, 0, false), pods);
    assertThat(String.join(" ", step.create().stream().map(String::valueOf).toList()))
        .isEqualTo(create);
    assertThat(String.join(" ", step.delete())).isEqualTo(delete);
  }

  @Test
  void podsGoWhereTheirSelectorAndAffinityAllow() {
    List<ObjectNode> nodes = List.of(node("a", "z1"), node("b", "z2"), node("c", "z2"));
    ObjectNode pod = Trees.object("spec", Trees.object("nodeSelector", Map.of("zone", "z2")));
    assertThat(Scheduling.place(pod, nodes, Map.of("b", 2L, "c", 1L))).contains("c");
    ObjectNode expression =
        Trees.object("key", "zone", "operator", "NotIn", "values", Trees.list("z2"));
    ObjectNode term = Trees.object("matchExpressions", Trees.list(expression));
    ObjectNode affine =
        affinity(
            "requiredDuringSchedulingIgnoredDuringExecution",
            Trees.object("nodeSelectorTerms", Trees.list(term)));
    assertThat(Scheduling.place(affine, nodes, Map.of("a", 9L))).contains("a");
    ObjectNode prefers =
        affinity(
            "preferredDuringSchedulingIgnoredDuringExecution",
            Trees.list(Trees.object("weight", 5, "preference", term)));
    assertThat(Scheduling.place(prefers, nodes, Map.of("a", 9L))).contains("a");
    ObjectNode nowhere = Trees.object("spec", Trees.object("nodeSelector", Map.of("gpu", "yes")));
    assertThat(Scheduling.place(nowhere, nodes, Map.of())).isEmpty();
    nodes.getFirst().putObject("spec").put("unschedulable", true);
    assertThat(Scheduling.place(affine, nodes, Map.of())).isEmpty();
  }

  private static ObjectNode node(String name, String zone) {
    return Trees.object("metadata", Trees.object("name", name, "labels", Map.of("zone", zone)));
  }

  private static ObjectNode affinity(String field, Object value) {
    return Trees.object(
        "spec", Trees.object("affinity", Trees.object("nodeAffinity", Trees.object(field, value))));
  }

  @Test
  void injectionAddsAnInitContainerAndARestartableProxy() {
    ObjectNode pod =
        Trees.object(
            "metadata",
            Trees.object("generateName", "sleep-", "labels", Map.of("app", "sleep")),
            "spec",
            Trees.object(
                "initContainers",
                Trees.list(Trees.object("name", "mine")),
                "containers",
                Trees.list(Trees.object("name", "sleep"))));
    SidecarTemplate.inject(pod, true);
    ObjectNode once = pod.deepCopy();
    SidecarTemplate.inject(pod, true);
    assertThat(pod).as("injected twice").isEqualTo(once);
    assertThat(Trees.items(pod, "spec", "initContainers"))
        .extracting(c -> Trees.text(c, "name") + Trees.text(c, "restartPolicy"))
        .containsExactly("istio-init", "istio-proxyAlways", "mine");
    assertThat(Trees.annotations(pod))
        .containsEntry("kubectl.kubernetes.io/default-container", "sleep")
        .containsKey("sidecar.istio.io/status");
    assertThat(Trees.labels(pod)).containsEntry("service.istio.io/canonical-name", "sleep");
  }

  @Test
  void templatesThatSayTheSameHaveTheSameHash() {
    ObjectNode one = Trees.object("a", 1, "b", Trees.object("c", "x", "d", true));
    ObjectNode other = Trees.object("b", Trees.object("d", true, "c", "x"), "a", 1);
    assertThat(PodNames.templateHash(one, 0))
        .isEqualTo(PodNames.templateHash(other, 0))
        .hasSize(9)
        .isNotEqualTo(PodNames.templateHash(one.put("a", 2), 0));
  }

  @Test
  void movedPortsComeBackAsWritten() {
    String text = MovedPorts.text(Map.of(80, 20001));
    ObjectNode pod =
        Trees.object("metadata", Trees.object("annotations", Map.of(MovedPorts.ANNOTATION, text)));
    assertThat(MovedPorts.of(pod)).isEqualTo(Map.of(80, 20001));
    assertThat(MovedPorts.text(Map.of(80, 80))).isEmpty();
  }
}

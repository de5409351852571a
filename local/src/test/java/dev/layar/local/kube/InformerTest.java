package dev.layar.local.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.ResourceType;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** News that arrive in the wrong order. */
class InformerTest {
  private final Informer informer =
      new Informer(
          new ResourceType(
              "apps",
              List.of("v1"),
              "v1",
              "replicasets",
              "replicaset",
              "ReplicaSet",
              List.of(),
              List.of(),
              true,
              Set.of(),
              false));

  private static ObjectNode object(String uid, int revision) {
    return Trees.object(
        "metadata",
        Trees.object(
            "namespace",
            "default",
            "name",
            "web",
            "uid",
            uid,
            "resourceVersion",
            Integer.toString(revision)));
  }

  @Test
  void theAnswerToAWriteBringsNothingBackThatIsGone() {
    informer.put(object("a", 1));
    informer.remove(object("a", 3));

    informer.put(object("a", 2));

    assertThat(informer.list()).isEmpty();
  }

  @Test
  void anObjectThatAListNoLongerHoldsIsGoneToo() {
    informer.put(object("a", 1));
    informer.replace(List.of());

    informer.put(object("a", 2));

    assertThat(informer.list()).isEmpty();
  }

  @Test
  void anotherObjectOfTheSameNameIsAnother() {
    informer.put(object("a", 1));
    informer.remove(object("a", 2));

    informer.put(object("b", 3));

    assertThat(informer.get("default", "web")).isEqualTo(object("b", 3));
  }

  @Test
  void anOlderStateChangesNothing() {
    informer.put(object("a", 2));

    informer.put(object("a", 1));

    assertThat(informer.get("default", "web")).isEqualTo(object("a", 2));
  }
}

package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeshStateTest {
  private static final Resource<Service> A = Make.service("ns", "a", Make.port("http", 80));
  private static final Resource<Service> A_CHANGED = Make.service("ns", "a", Make.port("http", 81));
  private static final Resource<Service> B = Make.service("ns", "b", Make.port("http", 80));

  @Test
  void anEditIsARevisionAndLeavesTheEarlierStateAlone() {
    MeshState one = MeshState.empty().with(List.of(B, A));
    MeshState two = one.with(List.of(A_CHANGED)).without(List.of(B.key()));

    assertThat(one.revision()).isEqualTo(1);
    assertThat(one.all(Kinds.SERVICE)).isEqualTo(List.of(A, B));
    assertThat(two.revision()).isEqualTo(3);
    assertThat(two.all(Kinds.SERVICE)).isEqualTo(List.of(A_CHANGED));
    assertThat(two.get(A.key())).isEqualTo(A_CHANGED);
    assertThat(two.get(B.key())).isNull();
    assertThat(two.size()).isEqualTo(1);
  }

  @Test
  void anEditThatChangesNothingIsTheSameState() {
    MeshState state = MeshState.empty().with(List.of(A));

    assertThat(state.with(List.of(A))).isSameAs(state);
    assertThat(state.without(List.of(B.key()))).isSameAs(state);
    assertThat(state.without(List.of(new ObjectKey(Kinds.NODE, "", "n")))).isSameAs(state);
    assertThat(MeshState.empty().with(List.<Resource<?>>of())).isSameAs(MeshState.empty());
  }

  @Test
  void aDifferenceNamesEveryObjectThatChanged() {
    MeshState one = MeshState.empty().with(List.of(A, B));
    MeshState two = one.with(List.of(A_CHANGED)).without(List.of(B.key()));
    List<String> log = new ArrayList<>();

    two.diff(one, (key, before, after) -> log.add(key.name() + (after == null ? "-" : "+")));

    assertThat(log).containsExactlyInAnyOrder("a+", "b-");
  }
}

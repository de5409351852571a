package dev.layar.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResourceSetTest {
  private static final ResourceSet OLD =
      ResourceSet.of(List.of(cluster("same", "1"), cluster("changed", "1"), cluster("gone", "1")));
  private static final ResourceSet NEW =
      ResourceSet.of(List.of(cluster("same", "1"), cluster("changed", "2"), cluster("added", "1")));

  private static XdsResource cluster(String name, String word) {
    return Fakes.resource(ResourceType.CLUSTER, name, word);
  }

  @Test
  void namesWhatChanged() {
    ResourceSet.Changes changes = NEW.since(OLD);
    assertThat(changes.changed()).containsExactly("changed", "added");
    assertThat(changes.removed()).containsExactly("gone");
    assertThat(NEW.since(NEW).changed()).isEmpty();
    assertThat(NEW.since(ResourceSet.EMPTY).changed()).isEqualTo(NEW.names());
    assertThat(ResourceSet.EMPTY.since(OLD).removed()).isEqualTo(OLD.names());
  }

  @Test
  void comparesTwoSetsOnce() {
    assertThat(NEW.since(OLD)).isSameAs(NEW.since(OLD));
  }

  @Test
  void theVersionIsDecidedByEveryByteAndTheLength() {
    byte[] bytes = new byte[21];
    List<String> versions =
        IntStream.range(0, 21 * 8)
            .mapToObj(
                bit -> {
                  byte[] other = bytes.clone();
                  other[bit / 8] ^= (byte) (1 << (bit % 8));
                  return version(other);
                })
            .toList();
    assertThat(versions).doesNotHaveDuplicates().doesNotContain(version(bytes));
    assertThat(version(new byte[20])).isNotEqualTo(version(bytes)).matches("[0-9a-f]{16}");
    assertThat(version(bytes.clone())).isEqualTo(version(bytes));
  }

  private static String version(byte[] bytes) {
    return XdsResource.of(ResourceType.CLUSTER, "c", ByteString.copyFrom(bytes)).version();
  }
}

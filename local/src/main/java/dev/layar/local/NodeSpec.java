package dev.layar.local;

import java.util.ArrayList;
import java.util.List;

/** A node of the local cluster: a name and where it is said to stand. */
public record NodeSpec(String name, String region, String zone) {

  /** One node without a place. */
  public static List<NodeSpec> single() {
    return List.of(new NodeSpec("local", "", ""));
  }

  /**
   * Reads {@code region/zone,zone,…;region/zone…} into one node a zone, named {@code region-zone};
   * {@code ap-northeast-2/a,b} gives zones {@code ap-northeast-2a} and {@code ap-northeast-2b}.
   *
   * @throws IllegalArgumentException with one sentence when the text has another form
   */
  public static List<NodeSpec> parse(String text) {
    List<NodeSpec> nodes = new ArrayList<>();
    for (String part : text.split(";")) {
      String[] halves = part.strip().split("/", -1);
      if (halves.length != 2 || halves[0].isBlank() || halves[1].isBlank()) {
        throw new IllegalArgumentException(
            "nodes are written region/zone,zone for example ap-northeast-2/a,b; got: " + text);
      }
      for (String zone : halves[1].split(",")) {
        String region = halves[0].strip();
        nodes.add(new NodeSpec(region + "-" + zone.strip(), region, region + zone.strip()));
      }
    }
    return List.copyOf(nodes);
  }
}

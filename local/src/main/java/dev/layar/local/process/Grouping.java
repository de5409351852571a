package dev.layar.local.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** How a container's processes are kept together so that they can be killed together. */
public enum Grouping {
  /** {@code setsid(1)}: every Linux. */
  SETSID("setsid"),
  /** {@code perl -e setpgrp}: macOS and the BSDs. */
  PERL("perl"),
  /** Neither is there: descendants are found by walking {@code ps}. */
  TREE("tree");

  private final String word;

  Grouping(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  /** The best that the programs on this PATH allow. */
  public static Grouping of(Map<String, String> environment) {
    String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
    if (onPath("setsid", path)) {
      return SETSID;
    }
    return onPath("perl", path) ? PERL : TREE;
  }

  private static boolean onPath(String program, String path) {
    for (String directory : path.split(File.pathSeparator)) {
      if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }
}

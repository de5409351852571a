package dev.layar.e2e;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tests' own checkout is. */
final class Repository {
  private Repository() {}

  static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isExecutable(directory.resolve("layar"))) {
      directory = directory.getParent();
    }
    if (directory == null) {
      throw new IllegalStateException("not inside the repository: " + Path.of("").toAbsolutePath());
    }
    return directory;
  }

  static Path example(String name) {
    return root().resolve("examples").resolve(name);
  }
}

package dev.layar.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where Layar is installed: the folder of the launcher, which it passes as {@code layar.home}. */
final class Home {
  private Home() {}

  /**
   * The folder {@code examples}.
   *
   * @throws UserError when there is none
   */
  static Path examples() {
    Path home = Path.of(System.getProperty("layar.home", "."));
    Path examples = home.resolve("examples");
    if (!Files.isDirectory(examples)) {
      throw UserError.failed(
          "there is no folder " + examples.toAbsolutePath() + "; start with the launcher ./layar.");
    }
    return examples;
  }
}

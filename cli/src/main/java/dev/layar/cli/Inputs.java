package dev.layar.cli;

import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.Manifests;
import dev.layar.model.Decoded;
import java.util.List;

/** What the option {@code -f} of several commands names. */
final class Inputs {
  private Inputs() {}

  /**
   * Reads, decodes and validates.
   *
   * @throws UserError usage, when a file cannot be read
   */
  static Decoded decode(List<String> files, Console console) {
    return Manifests.decode(read(files, console));
  }

  /**
   * Reads.
   *
   * @throws UserError usage, when a file cannot be read
   */
  static List<ManifestFiles.Text> read(List<String> files, Console console) {
    try {
      return ManifestFiles.read(files, console.in());
    } catch (ManifestFiles.Unreadable e) {
      throw UserError.usage(String.valueOf(e.getMessage()));
    }
  }
}

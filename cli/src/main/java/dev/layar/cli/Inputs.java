package dev.layar.cli;

import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.ManifestFiles.Folders;
import dev.layar.cli.manifest.ManifestFiles.Text;
import dev.layar.cli.manifest.ManifestFiles.Unreadable;
import dev.layar.cli.manifest.Manifests;
import dev.layar.model.Decoded;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The manifests a command is about: kubectl's {@code -f} and {@code -R}. A picocli mixin. */
final class Inputs {
  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      arity = "1..*",
      description = "Files, folders, or - for standard input.")
  private List<String> files = List.of();

  @Option(
      names = {"-R", "--recursive"},
      description = "Look into the subfolders of folders too.")
  private boolean recursive;

  /** Whether nothing was named. */
  boolean isEmpty() {
    return files.isEmpty();
  }

  /** Whether standard input was named. */
  boolean hasStdin() {
    return files.contains(ManifestFiles.STDIN);
  }

  /** What was named, as arguments. */
  List<String> arguments() {
    List<String> out = new ArrayList<>();
    files.forEach(file -> out.addAll(List.of("-f", file)));
    if (recursive) {
      out.add("-R");
    }
    return out;
  }

  /** What was named, for a message. */
  String names() {
    return String.join(", ", files);
  }

  /**
   * Reads, decodes and validates.
   *
   * @throws UserError usage, when a file cannot be read
   */
  Decoded decode(Console console) {
    return Manifests.decode(read(console));
  }

  /**
   * Reads what is to be applied.
   *
   * @throws UserError usage, when a file cannot be read
   */
  Manifests.Loaded load(Console console) {
    return Manifests.load(read(console));
  }

  /**
   * Reads.
   *
   * @throws UserError usage, when a file cannot be read
   */
  List<Text> read(Console console) {
    if (files.isEmpty()) {
      throw UserError.usage("missing required option -f FILE|DIR|-.");
    }
    try {
      return ManifestFiles.read(files, folders(), console.in());
    } catch (Unreadable e) {
      throw UserError.usage(String.valueOf(e.getMessage()));
    }
  }

  /** Reads again what has a file; standard input is read only once. */
  Manifests.Loaded loadAgain(Console console) throws Unreadable {
    return Manifests.load(ManifestFiles.read(onDisk(), folders(), console.in()));
  }

  /** Begins to watch the files and folders. */
  FileWatch watch() {
    return FileWatch.of(onDisk(), folders());
  }

  private List<String> onDisk() {
    return files.stream().filter(file -> !file.equals(ManifestFiles.STDIN)).toList();
  }

  private Folders folders() {
    return recursive ? Folders.RECURSIVE : Folders.FLAT;
  }
}

package dev.layar.cli.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What {@code -f} names, resolved to texts. */
public final class ManifestFiles {
  /** {@code -f -}. */
  public static final String STDIN = "-";

  private static final long MAX_BYTES = 32L << 20;

  private ManifestFiles() {}

  /**
   * One text.
   *
   * @param source the name that findings carry: the file as the user gave it, {@code -} for
   *     standard input
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Text(String source, byte[] bytes) {}

  /** How far into a folder to look. Links to folders are not followed, as kubectl does not. */
  public enum Folders {
    /** The folder's own files, as kubectl does by itself. */
    FLAT(1),
    /** Those of its subfolders too, as kubectl does with {@code -R}. */
    RECURSIVE(Integer.MAX_VALUE);

    private final int depth;

    Folders(int depth) {
      this.depth = depth;
    }
  }

  /** A {@code -f} that cannot be read. The message is one sentence. */
  public static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  /**
   * Reads files, the {@code .yaml}, {@code .yml} and {@code .json} files of folders, and {@code -}.
   * Files of a folder come in the order of their paths.
   *
   * @throws Unreadable for the first name that does not exist, is empty of manifests, or fails to
   *     be read
   */
  public static List<Text> read(List<String> names, Folders folders, InputStream stdin)
      throws Unreadable {
    List<Text> out = new ArrayList<>();
    for (String name : names) {
      if (name.equals(STDIN)) {
        out.add(new Text(STDIN, stdin(stdin)));
        continue;
      }
      for (Path file : files(name, folders)) {
        out.add(new Text(file.toString(), bytes(file)));
      }
    }
    return out;
  }

  /** The manifest files that {@code name} stands for. */
  public static List<Path> files(String name, Folders folders) throws Unreadable {
    Path path = Path.of(name);
    if (!Files.exists(path)) {
      throw new Unreadable("there is no file or folder " + name + "; check the name after -f.");
    }
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    List<Path> found = manifestsIn(path, folders);
    if (found.isEmpty()) {
      throw new Unreadable(
          "the folder "
              + name
              + " holds no .yaml, .yml or .json file; name another after -f"
              + (folders == Folders.FLAT ? ", or add -R for its subfolders." : "."));
    }
    return found;
  }

  private static List<Path> manifestsIn(Path folder, Folders folders) throws Unreadable {
    try (Stream<Path> entries = Files.walk(folder, folders.depth)) {
      return entries
          .filter(ManifestFiles::isManifest)
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new Unreadable("cannot list the folder " + folder + " (" + e.getMessage() + ").");
    }
  }

  private static boolean isManifest(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
  }

  private static byte[] bytes(Path file) throws Unreadable {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new Unreadable("the file " + file + " is larger than 32 MiB; split it.");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new Unreadable(
          "cannot read " + file + " (" + e.getMessage() + "); check its permissions.");
    }
  }

  private static byte[] stdin(InputStream stdin) throws Unreadable {
    try {
      byte[] bytes = stdin.readNBytes((int) MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new Unreadable("standard input is larger than 32 MiB; split it.");
      }
      return bytes;
    } catch (IOException e) {
      throw new Unreadable("cannot read standard input (" + e.getMessage() + ").");
    }
  }
}

package dev.layar.cli;

import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.ManifestFiles.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/** Notices that files or folders named by {@code -f} changed, by their times and sizes. */
final class FileWatch {
  private record Stamp(Path file, FileTime time, long size) {}

  private final List<String> names;
  private final Folders folders;
  private List<Stamp> last;

  private FileWatch(List<String> names, Folders folders) {
    this.names = names;
    this.folders = folders;
    this.last = stamps();
  }

  /** Begins to watch. */
  static FileWatch of(List<String> names, Folders folders) {
    return new FileWatch(names, folders);
  }

  /** Whether something changed since this was last asked. */
  boolean changed() {
    List<Stamp> now = stamps();
    boolean changed = !now.equals(last);
    last = now;
    return changed;
  }

  private List<Stamp> stamps() {
    List<Stamp> out = new ArrayList<>();
    for (String name : names) {
      try {
        for (Path file : ManifestFiles.files(name, folders)) {
          out.add(new Stamp(file, Files.getLastModifiedTime(file), Files.size(file)));
        }
      } catch (IOException | ManifestFiles.Unreadable e) {
        out.add(new Stamp(Path.of(name), FileTime.fromMillis(0), -1)); // being replaced, or gone
      }
    }
    return out;
  }
}

package dev.layar.apiserver.store;

import java.io.PrintStream;
import java.nio.file.Path;

/** A process that writes until it is killed, and prints every write once it was acknowledged. */
final class CrashingWriter {
  static final int WRITERS = 3;
  static final long COMPACT_AFTER = 20_000;

  private CrashingWriter() {}

  /**
   * @param args the directory, then for each writer the step to begin with
   */
  public static void main(String[] args) throws Exception {
    ObjectApi api =
        ObjectApi.open(StoreOptions.inMemory().in(Path.of(args[0])).compactingAfter(COMPACT_AFTER));
    PrintStream out = System.out;
    for (int i = 0; i < WRITERS; i++) {
      int writer = i;
      int first = Integer.parseInt(args[1 + i]);
      Thread.ofPlatform()
          .start(
              () -> {
                for (int step = first; ; step++) {
                  CrashModel.write(api, writer, step);
                  synchronized (out) {
                    out.println(writer + " " + step);
                    out.flush();
                  }
                }
              });
    }
  }
}

package dev.layar.local;

/**
 * What a command run in a pod's environment did.
 *
 * @param exitCode the process's exit code; 124 when it was stopped at the time limit, as {@code
 *     timeout(1)} has it
 * @param stdout what it wrote, at most 8 MiB
 * @param stderr what it wrote there, at most 8 MiB
 */
public record ExecResult(int exitCode, String stdout, String stderr) {
  public static final int TIMED_OUT = 124;

  public boolean ok() {
    return exitCode == 0;
  }
}

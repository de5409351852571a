package dev.layar.local.node;

import dev.layar.local.LocalException;
import dev.layar.local.image.Program;
import dev.layar.samples.Samples;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Command lines of this machine for what pods run. */
public final class Programs {
  /** Small, quick to start, and quiet: a sample is ready in about a tenth of a second. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          "-Xmx32m",
          "-Xss512k",
          "-XX:-UsePerfData");

  private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z_][A-Za-z0-9_.-]*)\\)");

  private Programs() {}

  static List<String> commandLine(Program program, Map<String, String> environment) {
    return switch (program) {
      case Program.Sample(String name, Map<String, String> _, int _) -> sample(List.of(name));
      case Program.Sleep() -> List.of("/bin/sh", "-c", "exec sleep 31536000");
      case Program.Nothing() -> List.of("/bin/sh", "-c", ":");
      case Program.Command(List<String> command) ->
          command.stream().map(word -> expand(word, environment)).toList();
      case Program.Proxy() ->
          throw new IllegalStateException("a gateway is a workload, not a process");
    };
  }

  /** The samples' own tools run from the jar, everything else from the machine's PATH. */
  public static List<String> execLine(List<String> command, Map<String, String> environment)
      throws LocalException {
    if (command.isEmpty()) {
      throw new LocalException("say which command to run in the pod");
    }
    if (command.getFirst().equals("fetch")) {
      return sample(command);
    }
    String program = command.getFirst();
    if (!program.contains("/") && !onPath(program, environment)) {
      throw new LocalException(
          "there is no program " + program + " on this machine's PATH; pods run what it has");
    }
    return command;
  }

  private static boolean onPath(String program, Map<String, String> environment) {
    for (String directory :
        environment.getOrDefault("PATH", "/usr/bin:/bin").split(java.io.File.pathSeparator)) {
      if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  private static List<String> sample(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_FLAGS);
    command.addAll(List.of("-cp", samplesLocation(), Samples.class.getName()));
    command.addAll(arguments);
    return command;
  }

  private static String samplesLocation() {
    CodeSource source = Samples.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      throw new IllegalStateException("the samples have no location");
    }
    try {
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the samples have no location", e);
    }
  }

  /** Kubernetes' {@code $(NAME)}; a name that is not set stays as written. */
  static String expand(String text, Map<String, String> environment) {
    Matcher matcher = REFERENCE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      String value = environment.getOrDefault(matcher.group(1), matcher.group());
      matcher.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(out).toString();
  }

  /** A container's working directory where this machine has it, else the mesh's own. */
  static Path directory(String workingDir) {
    Path wanted = Path.of(workingDir.isEmpty() ? "." : workingDir);
    return Files.isDirectory(wanted) ? wanted : Path.of(".");
  }

  /** The part of this machine's environment that programs need to run at all. */
  static Map<String, String> inherited(boolean everything) {
    return System.getenv().entrySet().stream()
        .filter(e -> everything || KEPT.contains(e.getKey()))
        .filter(e -> !e.getKey().toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static final List<String> KEPT =
      List.of("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TERM", "TZ", "JAVA_HOME");
}

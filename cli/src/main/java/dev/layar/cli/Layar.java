package dev.layar.cli;

import dev.layar.model.Similar;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command tree, and how its errors read. */
@Command(
    name = "layar",
    synopsisSubcommandLabel = "COMMAND",
    description = "A service mesh in Java: the Istio API on one laptop.",
    versionProvider = Layar.Version.class,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Start with: ./layar demo",
      "Exit codes: 0 done, 1 invalid input or a failure, 2 wrong command line."
    })
final class Layar {
  private static final String PROXY = "proxy";

  private Layar() {}

  /** Runs one command line. Never throws for a mistake of the user's. */
  static int run(Console console, String... args) {
    boolean proxyAlone = args.length > 0 && args[0].equals(PROXY);
    CommandLine line = proxyAlone ? proxyLine(console) : commandLine(console);
    if (args.length == 0) {
      line.usage(console.err(), ansi(console));
      return ExitCode.USAGE;
    }
    return line.execute(args);
  }

  /** The whole tree, bound to {@code console}. */
  static CommandLine commandLine(Console console) {
    return commandLine(console, commands(console));
  }

  /** What runs beside every workload has neither classes nor jars of the other commands. */
  private static CommandLine proxyLine(Console console) {
    return commandLine(console, List.of(new ProxyCommand(console)));
  }

  private static CommandLine commandLine(Console console, List<Object> commands) {
    CommandLine line = new CommandLine(new Layar());
    for (Object command : commands) {
      line.addSubcommand(command);
    }
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setColorScheme(CommandLine.Help.defaultColorScheme(ansi(console)));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler((e, ignored) -> wrongCommandLine(console, e));
    line.setExecutionExceptionHandler((e, ignored, parsed) -> failed(console, e));
    return line;
  }

  private static List<Object> commands(Console console) {
    return List.of(
        new DemoCommand(console),
        new UpCommand(console),
        new DownCommand(console),
        new EnvCommand(console),
        new PsCommand(console),
        new ExecCommand(console),
        new LogsCommand(console),
        new ValidateCommand(console),
        new CompileCommand(console),
        new ProxyCommand(console),
        new AutoComplete.GenerateCompletion());
  }

  private static Ansi ansi(Console console) {
    return console.interactive() ? Ansi.ON : Ansi.OFF;
  }

  private static int wrongCommandLine(Console console, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    StringBuilder text =
        new StringBuilder("layar: ")
            .append(sentence(Objects.requireNonNullElse(e.getMessage(), "wrong command line")));
    if (e instanceof UnmatchedArgumentException unmatched) {
      String near = nearest(unmatched.getUnmatched().getFirst(), e.getCommandLine());
      if (near != null) {
        text.append("; did you mean ").append(near);
      }
    }
    console.err().println(text.append("; see ").append(command).append(" --help."));
    return ExitCode.USAGE;
  }

  /** The option or subcommand that was probably meant. */
  private static @Nullable String nearest(String wrong, CommandLine line) {
    List<String> names = new ArrayList<>(line.getSubcommands().keySet());
    line.getCommandSpec().options().forEach(option -> names.addAll(List.of(option.names())));
    return Similar.nearest(wrong, names);
  }

  private static String sentence(String message) {
    String text = message.strip();
    if (text.endsWith(".")) {
      text = text.substring(0, text.length() - 1);
    }
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private static int failed(Console console, Exception e) throws Exception {
    if (e instanceof UserError error) {
      console.err().println("layar: " + error.getMessage());
      return error.exitCode();
    }
    throw e;
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Layar.class.getPackage().getImplementationVersion();
      return new String[] {
        "layar " + (version == null ? "(not packaged)" : version),
        "Java " + Runtime.version() + " on " + System.getProperty("os.name")
      };
    }
  }
}

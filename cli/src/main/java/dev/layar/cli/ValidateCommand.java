package dev.layar.cli;

import dev.layar.analysis.Analyzer;
import dev.layar.base.Finding;
import dev.layar.base.Severity;
import dev.layar.cli.json.Json;
import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.Manifests;
import dev.layar.model.Decoded;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code layar validate}. */
@Command(
    name = "validate",
    description = "Checks manifests, without a mesh. Exit code 0 valid, 1 invalid, 2 usage.",
    mixinStandardHelpOptions = true)
final class ValidateCommand implements Callable<Integer> {
  /** How findings are written. */
  enum Format {
    TEXT,
    JSON
  }

  private final Console console;

  @Mixin private Inputs inputs = new Inputs();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "text (default) or json.")
  private Format output = Format.TEXT;

  @Option(
      names = "--all",
      description = {
        "The files are the whole mesh: also check objects against each other,",
        "for example a route to a host or subset that nobody declares."
      })
  private boolean whole;

  ValidateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<ManifestFiles.Text> texts = inputs.read(console);
    Decoded decoded = Manifests.decode(texts);
    if (whole) {
      List<Finding> across = Analyzer.analyze(decoded.resources());
      decoded = decoded.plus(new Decoded(List.of(), across));
    }
    if (output == Format.JSON) {
      console
          .out()
          .println(Json.pretty(decoded.findings().stream().map(ValidateCommand::entry).toList()));
    } else {
      decoded.findings().forEach(finding -> console.out().println(finding.line()));
      console.out().println(summary(texts.size(), decoded));
    }
    return decoded.hasErrors() ? ExitCode.FAILED : ExitCode.OK;
  }

  /** {@code invalid: 2 errors and 1 warning in 3 files; 5 objects are good}. */
  private static String summary(int files, Decoded decoded) {
    long errors = decoded.findings().stream().filter(Finding::isError).count();
    long warnings =
        decoded.findings().stream().filter(f -> f.severity() == Severity.WARNING).count();
    return (errors == 0 ? "valid: " : "invalid: ")
        + counted(errors, "error")
        + " and "
        + counted(warnings, "warning")
        + " in "
        + counted(files, "file")
        + "; "
        + counted(decoded.resources().size(), "good object");
  }

  private static String counted(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  private static Map<String, Object> entry(Finding finding) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    out.put("code", finding.code());
    out.put("file", finding.location().source());
    out.put("line", finding.location().line());
    out.put("column", finding.location().column());
    out.put("path", finding.path());
    out.put("message", finding.message());
    out.put("value", finding.value());
    out.put("expected", finding.expected());
    return out;
  }
}

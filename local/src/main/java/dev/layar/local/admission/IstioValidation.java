package dev.layar.local.admission;

import dev.layar.analysis.Analyzer;
import dev.layar.analysis.Validator;
import dev.layar.apiserver.Admission;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.base.Finding;
import dev.layar.model.DecodeCode;
import dev.layar.model.Decoded;
import dev.layar.model.Kinds;
import dev.layar.model.Resource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses objects of Istio's kinds with the findings of {@code layar validate}; what is doubtful in
 * the light of the other objects is a warning. Thread-safe.
 */
public final class IstioValidation implements Admission {
  /** Names the object that is being written in findings' locations. */
  private static final String SOURCE = "the object";

  private static final int MAX_ANALYZED = 5_000;
  private static final int BAD_REQUEST = 400;
  private static final int UNPROCESSABLE = 422;

  private final Supplier<List<Resource<?>>> others;

  /**
   * @param others the mesh's objects as they are stored
   */
  public IstioValidation(Supplier<List<Resource<?>>> others) {
    this.others = others;
  }

  @Override
  public List<String> admit(Request request) {
    ObjectNode object = request.after();
    ResourceType type = request.ref().type();
    boolean concerns =
        object != null
            && request.subresource() == Subresource.NONE
            && type.group().endsWith("istio.io")
            && Kinds.find(type.group(), type.kind()) != null
            && !isSame(request.before(), object);
    return concerns && object != null ? validate(request, object) : List.of();
  }

  /** What was stored is not refused again because its labels change. */
  private static boolean isSame(
      @org.jspecify.annotations.Nullable ObjectNode before, ObjectNode after) {
    return before != null && before.path("spec").equals(after.path("spec"));
  }

  private List<String> validate(Request request, ObjectNode object) {
    ObjectNode bare = object.deepCopy();
    bare.remove("status");
    Decoded decoded =
        Validator.decodeAndValidate(SOURCE, bare.toString().getBytes(StandardCharsets.UTF_8));
    List<String> warnings = new ArrayList<>();
    List<Finding> errors = new ArrayList<>();
    for (Finding finding : decoded.findings()) {
      if (finding.code().equals(DecodeCode.UNKNOWN_FIELD.id())) {
        unknownField(request, finding, warnings);
      } else if (finding.isError()) {
        errors.add(finding);
      } else {
        warnings.add(sentence(finding));
      }
    }
    if (!errors.isEmpty()) {
      throw invalid(request, errors);
    }
    warnings.addAll(analyze(decoded.resources()));
    return warnings;
  }

  /** As Kubernetes words and treats what it calls strict decoding. */
  private static void unknownField(Request request, Finding finding, List<String> warnings) {
    String text = "unknown field \"" + finding.path() + "\"";
    FieldValidation how = request.options().fieldValidation();
    switch (how) {
      case IGNORE -> {}
      case WARN -> warnings.add(text);
      case STRICT -> {
        String kind = request.ref().type().kind();
        throw new StatusException(
            BAD_REQUEST,
            "BadRequest",
            kind
                + " in version \""
                + request.version()
                + "\" cannot be handled as a "
                + kind
                + ": strict decoding error: "
                + text,
            StatusException.Details.NONE);
      }
    }
  }

  private static StatusException invalid(Request request, List<Finding> errors) {
    ResourceType type = request.ref().type();
    String name = request.ref().name();
    List<StatusException.Cause> causes =
        errors.stream()
            .map(
                finding ->
                    new StatusException.Cause(
                        "FieldValueInvalid", sentence(finding), finding.path()))
            .toList();
    String all =
        errors.stream()
            .map(finding -> finding.path() + ": " + sentence(finding))
            .collect(Collectors.joining(", "));
    return new StatusException(
        UNPROCESSABLE,
        "Invalid",
        type.kind()
            + "."
            + type.group()
            + " \""
            + name
            + "\" is invalid: "
            + (errors.size() == 1 ? all : "[" + all + "]"),
        new StatusException.Details(type.group(), type.kind(), name, "", causes, 0));
  }

  private static String sentence(Finding finding) {
    StringBuilder out = new StringBuilder(finding.code()).append(": ").append(finding.message());
    if (!finding.value().isEmpty()) {
      out.append(" (value: ").append(finding.value()).append(')');
    }
    if (!finding.expected().isEmpty()) {
      out.append("; expected: ").append(finding.expected());
    }
    return out.toString();
  }

  /** Findings about this object, were it among the others. */
  private List<String> analyze(List<Resource<?>> written) {
    List<Resource<?>> all = new ArrayList<>(others.get());
    if (written.size() != 1 || all.size() > MAX_ANALYZED) {
      return List.of();
    }
    Resource<?> object = written.getFirst();
    all.removeIf(other -> other.key().equals(object.key()));
    all.add(object);
    return Analyzer.analyze(all).stream()
        .filter(finding -> finding.location().source().equals(SOURCE))
        .map(IstioValidation::sentence)
        .distinct()
        .toList();
  }
}

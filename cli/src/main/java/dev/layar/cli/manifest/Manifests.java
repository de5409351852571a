package dev.layar.cli.manifest;

import dev.layar.analysis.Validator;
import dev.layar.base.Finding;
import dev.layar.local.Manifest;
import dev.layar.local.ObjectId;
import dev.layar.model.DecodeCode;
import dev.layar.model.Decoded;
import dev.layar.model.Kinds;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Texts to objects, decoded and validated. */
public final class Manifests {
  private Manifests() {}

  /**
   * What to apply.
   *
   * @param objects whole, as they were written
   */
  public record Loaded(List<Manifest> objects, List<Finding> findings) {
    public boolean hasErrors() {
      return findings.stream().anyMatch(Finding::isError);
    }
  }

  /**
   * Every good object of every text, in order, with every finding. A kind that the cluster serves
   * but the model does not read is good.
   */
  public static Loaded load(List<ManifestFiles.Text> texts) {
    List<Manifest> objects = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (ManifestFiles.Text text : texts) {
      Decoded decoded = Validator.decodeAndValidate(text.source(), text.bytes());
      Set<String> foreign = new HashSet<>();
      for (Manifest manifest : Manifest.read(text.bytes())) {
        ObjectId id = manifest.id();
        if (Kinds.find(id.group(), id.kind()) == null) {
          if (Manifest.isServed(id.apiVersion(), id.kind())) {
            foreign.add(id.kind());
            objects.add(manifest);
          }
        } else if (isAmong(decoded.resources(), id)) {
          objects.add(manifest);
        }
      }
      decoded.findings().stream()
          .filter(finding -> !isAboutKind(finding, foreign))
          .forEach(findings::add);
    }
    return new Loaded(List.copyOf(objects), List.copyOf(findings));
  }

  private static boolean isAmong(List<Resource<?>> resources, ObjectId id) {
    return resources.stream()
        .map(Resource::key)
        .anyMatch(
            key ->
                key.kind().kind().equals(id.kind())
                    && key.kind().group().equals(id.group())
                    && key.namespace().equals(id.namespace())
                    && key.name().equals(id.name()));
  }

  private static boolean isAboutKind(Finding finding, Set<String> kinds) {
    return kinds.contains(finding.value())
        && (finding.code().equals(DecodeCode.UNKNOWN_KIND.id())
            || finding.code().equals(DecodeCode.UNSUPPORTED_KIND.id()));
  }

  /** Every good object of every text, in order, with every finding. */
  public static Decoded decode(List<ManifestFiles.Text> texts) {
    Decoded all = new Decoded(List.of(), List.of());
    for (ManifestFiles.Text text : texts) {
      all = all.plus(Validator.decodeAndValidate(text.source(), text.bytes()));
    }
    return all;
  }
}

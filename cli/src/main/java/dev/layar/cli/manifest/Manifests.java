package dev.layar.cli.manifest;

import dev.layar.analysis.Validator;
import dev.layar.model.Decoded;
import java.util.List;

/** Texts to objects, decoded and validated. */
public final class Manifests {
  private Manifests() {}

  /** Every good object of every text, in order, with every finding. */
  public static Decoded decode(List<ManifestFiles.Text> texts) {
    Decoded all = new Decoded(List.of(), List.of());
    for (ManifestFiles.Text text : texts) {
      all = all.plus(Validator.decodeAndValidate(text.source(), text.bytes()));
    }
    return all;
  }
}

package dev.layar.cli.manifest;

import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import java.util.List;

/** Texts to objects. */
public final class Manifests {
  private Manifests() {}

  /** Every object of every text, in order, with every finding. */
  public static Decoded decode(List<ManifestFiles.Text> texts) {
    Decoded all = new Decoded(List.of(), List.of());
    for (ManifestFiles.Text text : texts) {
      all = all.plus(Decoder.decode(text.source(), text.bytes()));
    }
    return all;
  }
}
